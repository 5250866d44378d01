"""Rules among units, blueprints, project profiles and grants of a domain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from sagemaker_platform.catalog.unified_studio import parameter_rule
from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from stacks.unified_studio.profile_settings import BlueprintSettings
    from stacks.unified_studio.settings import HostSettings

TOOLING_OF = {"iam": "ToolingLite", "identity_center": "Tooling"}
"""Blueprint of the first part of each project, by how people sign in.

Source: SageMaker Unified Studio Administrator Guide, "IAM-based domains"."""


def check_blueprints(blueprints: Sequence[BlueprintSettings], units: Collection[str]) -> None:
    """Refuse a blueprint that is there twice, and units that do not exist.

    Args:
        blueprints: what the account offers.
        units: paths of the units of the domain.
    """
    names = [one.name for one in blueprints]
    for index, one in enumerate(blueprints):
        if one.name in names[:index]:
            raise validation_error(
                "must be unique: AWS overwrites the configuration of a blueprint as a whole",
                at=f"blueprints.{index}",
                value=one.name,
            )
        for number, path in enumerate(one.units or ()):
            check_unit(path, units, at=f"blueprints.{index}.units.{number}")


def check_profiles(host: HostSettings, offered: Collection[str]) -> None:
    """Refuse profiles of the other kind of domain, and blueprints that are not offered."""
    names: dict[str, str] = {}
    for key, profile in host.all_profiles.items():
        at, wanted = f"host.profiles.{key}", TOOLING_OF[host.sign_in]
        if (earlier := names.setdefault(profile.name, key)) != key:
            raise validation_error(
                f"must be another name than that of {earlier}", at=f"{at}.name", value=profile.name
            )
        for part_key, part in profile.all_parts.items():
            if part.blueprint in TOOLING_OF.values() and part.blueprint != wanted:
                signs_in = "IAM roles" if host.sign_in == "iam" else "IAM Identity Center"
                place = "preset" if profile.preset else f"parts.{part_key}.blueprint"
                raise validation_error(
                    f"must have {wanted} and not {part.blueprint}, because people sign in with "
                    f"{signs_in}" + (". Use another preset" if profile.preset else ""),
                    at=f"{at}.{place}",
                    value=profile.preset or part.blueprint,
                )
            if part.blueprint not in offered:
                raise validation_error(
                    f"must have {part.blueprint}, which the project profile {key} needs"
                    f"{close_to(part.blueprint, list(offered))}",
                    at="blueprints",
                    value=list(offered),
                )


def check_grants(host: HostSettings) -> None:
    """Refuse units and profiles that do not exist, and equal grants."""
    seen: dict[Any, int] = {}
    for index, grant in enumerate(host.grants or ()):
        at = f"host.grants.{index}"
        if grant.unit is not None:
            check_unit(grant.unit, host.unit_paths, at=f"{at}.unit")
        known = list(host.all_profiles)
        for number, profile in enumerate(grant.profiles or ()):
            if profile not in known:
                raise validation_error(
                    f"must be a key of host.profiles{close_to(profile, known)}",
                    at=f"{at}.profiles.{number}",
                    value=profile,
                )
        for one in grant.single(known):
            if (earlier := seen.setdefault(one.content, index)) != index:
                raise validation_error(
                    f"must not have what grants[{earlier}] has already: AWS refuses a second "
                    "grant of the same content. Remove one of them",
                    at=at,
                )


def check_projects(host: HostSettings) -> None:
    """Refuse profiles, units and parameters that do not exist, and equal names."""
    names: dict[str, str] = {}
    for key, project in host.projects.items():
        at = f"host.projects.{key}"
        if (earlier := names.setdefault(project.name, key)) != key:
            raise validation_error(
                f"must be another name than that of {earlier}", at=f"{at}.name", value=project.name
            )
        profile = host.all_profiles.get(project.profile)
        if profile is None:
            known = list(host.all_profiles)
            raise validation_error(
                f"must be a key of host.profiles: {', '.join(known)}"
                f"{close_to(project.profile, known)}",
                at=f"{at}.profile",
                value=project.profile,
            )
        if project.unit is not None:
            check_unit(project.unit, host.unit_paths, at=f"{at}.unit")
        parts = profile.all_parts
        for part, values in project.parameters.items():
            place = f"{at}.parameters.{part}"
            if part not in parts:
                raise validation_error(
                    f"must be the key of a part of the profile: {', '.join(parts)}"
                    f"{close_to(part, list(parts))}",
                    at=place,
                    value=part,
                )
            known = list(parts[part].editable)
            for name, value in values.items():
                if name not in known:
                    raise validation_error(
                        f"must be an editable parameter of {part} in the profile: "
                        f"{', '.join(known) or 'there is none'}{close_to(name, known)}",
                        at=f"{place}.{name}",
                        value=value,
                    )
                if value and (rule := parameter_rule(name, value)):
                    raise validation_error(rule, at=f"{place}.{name}", value=value)


def check_unit(path: str, units: Collection[str], *, at: str) -> None:
    """Refuse a unit that does not exist."""
    known = list(units)
    if path not in known:
        raise validation_error(
            f"must be the path of a unit: {', '.join(known) or 'there is none'}"
            f"{close_to(path, known)}",
            at=at,
            value=path,
        )
