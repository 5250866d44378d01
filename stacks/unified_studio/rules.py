"""Rules of Unified Studio with the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.access.extension import BUILT_IN_PERSONAS
from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from stacks.access.settings import PersonaSettings
    from stacks.unified_studio.settings import HostSettings

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
    for at, who in host.named:
        if who.persona is None:
            continue
        # Text in place of the block has the error at its own place.
        place = f"{_HOST}.{at}"
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


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse more tags than a project profile takes (AWS::DataZone::ProjectProfile)."""
    if len(tags) > _PROFILE_TAGS:
        raise validation_error(
            f"must be at most {_PROFILE_TAGS} tags together with the four of the environment, "
            "because projects of Unified Studio carry them. Remove some",
            at="tags",
        )
