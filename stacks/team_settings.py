"""Settings of teams: who belongs to one, for all blocks that name it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stacks.fields import Settings, close_to, validation_error
from stacks.unified_studio.fields import UnitPath
from stacks.unified_studio.who_settings import Who, WhoSettings

if TYPE_CHECKING:
    from stacks.teams import NamesTeams


class TeamSettings(Settings):
    """A team: its people, and its place in Unified Studio. Its key is the value of its tag."""

    owners: list[Who] = []
    """Users and groups that own its projects and units in Unified Studio."""
    contributors: list[Who] = []
    """Users and groups that work in its projects."""
    unit: UnitPath | None = None
    """Unit of its projects in Unified Studio, by the keys, such as `research/vision`. Defaults to
    the whole domain."""

    @property
    def people(self) -> list[WhoSettings]:
        """Owners and contributors."""
        return [*self.owners, *self.contributors]

    @property
    def named(self) -> Iterator[tuple[str, WhoSettings]]:
        """Owners and contributors, by the path of their key below the team."""
        for group in ("owners", "contributors"):
            yield from ((f"{group}.{n}", who) for n, who in enumerate(getattr(self, group)))


def check_teams(
    teams: Mapping[str, TeamSettings], blocks: Sequence[NamesTeams], *, environment_team: str
) -> None:
    """Refuse people who are in a team twice, and teams and personas that contradict it.

    Args:
        teams: teams of the settings. Without any, the names of teams are free.
        blocks: capabilities that name teams.
        environment_team: team of everything that names none.
    """
    for key, team in teams.items():
        seen: dict[tuple[str, str], str] = {}
        for at, who in team.named:
            if (earlier := seen.setdefault(who.identity, at)) != at:
                raise validation_error(
                    f"must not be in the team twice: {earlier} has it already. An owner "
                    "contributes too",
                    at=f"teams.{key}.{at}",
                    value=who.identity[1],
                )
    if not teams:
        return
    known = list(teams)
    for block in blocks:
        for name in (*block.teams(), *block.quota_teams()):
            if name not in teams and name != environment_team:
                raise validation_error(
                    f"must have {name}, which a user, endpoint, cluster, quota or project names"
                    f"{close_to(name, known)}. Add it, or correct the name there",
                    at="teams",
                    value=known,
                )
        for at, name, persona in block.team_personas():
            people = teams[name].people if name in teams else []
            personas = [who.persona for who in people if who.persona]
            if personas and persona not in personas:
                raise validation_error(
                    f"must be a persona of the team {name}: {', '.join(personas)}. Add it to "
                    f"teams.{name}, or use another",
                    at=at,
                    value=persona,
                )
