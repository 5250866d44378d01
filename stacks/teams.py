"""Teams: a name, in a tag of what its people use, by which AWS and `cost` tell costs apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs import IConstruct

TEAM_TAG = "team"
"""Key of the tag. Studio also gives it to the apps and jobs of a user (tag propagation)."""


class NamesTeams:
    """A capability whose settings name teams."""

    def teams(self) -> Iterable[str]:
        """Return the teams whose name is a tag of what they use."""
        return ()

    def quota_teams(self) -> Iterable[str]:
        """Return the teams that have a quota of something that AWS bills as a whole."""
        return ()

    def team_personas(self) -> Iterable[tuple[str, str, str]]:
        """Return the places where a persona works for a team: place, team and persona."""
        return ()


def tag_team(scope: IConstruct, team: str | None) -> None:
    """Tag everything in a scope with a team; without one, it is the environment's."""
    if team is not None:
        # Here, because capabilities import this module before they need the CDK.
        from aws_cdk import Tags

        Tags.of(scope).add(TEAM_TAG, team)
