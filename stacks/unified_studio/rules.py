"""Rules of Unified Studio with the environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from stacks.access.extension import BUILT_IN_PERSONAS
from stacks.fields import close_to, validation_error
from stacks.teams import TEAM_TAG

if TYPE_CHECKING:
    from stacks.access.settings import PersonaSettings
    from stacks.team_settings import TeamSettings
    from stacks.unified_studio.settings import HostSettings
    from stacks.unified_studio.who_settings import WhoSettings

_HOST = "unified_studio.host"
_PROFILE_TAGS = 25


def check_sign_in(host: HostSettings, region: str) -> None:
    """Refuse an instance of IAM Identity Center in another region.

    Source: SageMaker Unified Studio Administrator Guide, "Setting up IAM Identity Center".
    """
    center = host.identity_center
    if center is not None and center.region != region:
        raise validation_error(
            f"must be {region}, the region of the environment: AWS requires the instance of IAM "
            "Identity Center in the region of the domain. Put the domain into an environment in "
            "the region of the instance",
            at=f"{_HOST}.identity_center.region",
            value=center.region,
        )


def check_personas(host: HostSettings, personas: Mapping[str, PersonaSettings]) -> None:
    """Refuse personas that do not exist or that do not use Unified Studio."""
    _check_personas(((f"{_HOST}.{at}", who) for at, who in host.named), personas)


def check_team_people(
    host: HostSettings, teams: Mapping[str, TeamSettings], personas: Mapping[str, PersonaSettings]
) -> None:
    """Refuse people of the teams of a domain who cannot use it."""
    for name in host.teams:
        people = [(f"teams.{name}.{at}", who) for at, who in teams[name].named]
        for at, who in people:
            host.check_identity(who, at=at)
        _check_personas(people, personas)


def _check_personas(
    people: Iterable[tuple[str, WhoSettings]], personas: Mapping[str, PersonaSettings]
) -> None:
    for place, who in people:
        if who.persona is None:
            continue
        # Text in place of the block has the error at its own place.
        if who.persona not in personas:
            known = [*personas, *(one for one in BUILT_IN_PERSONAS if one not in personas)]
            raise validation_error(
                f"must be a persona, one of {', '.join(known)}{close_to(who.persona, known)}",
                at=place,
                value=who.persona,
            )
        if "use_unified_studio" not in (personas[who.persona].activities or ()):
            raise validation_error(
                "must be a persona with the activity use_unified_studio. Add it to the activities "
                f"of {who.persona}",
                at=place,
                value=who.persona,
            )


def check_tags(tags: Mapping[str, str], *, teams: bool) -> None:
    """Refuse more tags than a project profile takes (AWS::DataZone::ProjectProfile).

    Args:
        tags: tags of the environment.
        teams: whether projects have the tag of a team.
    """
    if len(tags) + (teams and TEAM_TAG not in tags) > _PROFILE_TAGS:
        raise validation_error(
            f"must be at most {_PROFILE_TAGS} tags together with the four of the environment, "
            "because projects of Unified Studio carry them. Remove some",
            at="tags",
        )
