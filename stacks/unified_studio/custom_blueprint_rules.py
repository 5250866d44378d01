"""Rules among the blueprints of the team, units, and project profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.fields import close_to, validation_error
from stacks.unified_studio.unit_rules import check_unit

if TYPE_CHECKING:
    from stacks.unified_studio.custom_blueprint_settings import CustomBlueprintSettings
    from stacks.unified_studio.profile_settings import Part
    from stacks.unified_studio.settings import HostSettings, UnifiedStudioSettings

_BLOCK = "custom_blueprints"


def check_custom_blueprints(settings: UnifiedStudioSettings) -> None:
    """Refuse blueprints of the team where there is no domain, and parts that do not fit them."""
    custom = settings.custom_blueprints
    if custom and settings.join is not None:
        raise validation_error(
            "must be in the environment that hosts the domain, which has the blueprint. Move the "
            "block there",
            at=_BLOCK,
            value=list(custom),
        )
    host, names = settings.wanted_host, dict[str, str]()
    for key, one in custom.items():
        at = f"{_BLOCK}.{key}"
        if (earlier := names.setdefault(one.name, key)) != key:
            raise validation_error(
                f"must be another name than that of {earlier}", at=f"{at}.name", value=one.name
            )
        for number, path in enumerate(one.units or ()):
            check_unit(path, host.unit_paths, at=f"{at}.units.{number}")
        if one.template is None and host.sign_in == "iam":
            raise validation_error(
                "must be in a domain with sign-in by IAM Identity Center: there AWS makes the role "
                "of a project, and gives it the access. Add host.identity_center, or use template",
                at=f"{at}.{'mlflow_app' if one.mlflow_app else 'feature_group'}",
            )
    if custom:
        _check_parts(host, custom)


def _check_parts(host: HostSettings, custom: Mapping[str, CustomBlueprintSettings]) -> None:
    for key, profile in host.all_profiles.items():
        for part_key, part in profile.all_parts.items():
            if (blueprint := custom.get(part.blueprint)) is None:
                continue
            at = f"host.profiles.{key}.parts.{part_key}"
            if profile.account is not None:
                raise validation_error(
                    "must be a blueprint that the account offers, because the projects of the "
                    "profile are in another account. Remove the part, or the account of the "
                    "profile",
                    at=f"{at}.blueprint",
                    value=part.blueprint,
                )
            _check_parameters(part, blueprint, at)


def _check_parameters(part: Part, blueprint: CustomBlueprintSettings, at: str) -> None:
    known = list(blueprint.parameters)
    editable = [name for name, one in blueprint.parameters.items() if one.editable]
    for group, names, words in (
        ("fixed", known, "a parameter"),
        ("editable", editable, "an editable parameter"),
    ):
        for name, value in getattr(part, group).items():
            if name not in names:
                raise validation_error(
                    f"must be {words} of {_BLOCK}.{part.blueprint}: "
                    f"{', '.join(names) or 'there is none'}{close_to(name, names)}",
                    at=f"{at}.{group}.{name}",
                    value=value,
                )
