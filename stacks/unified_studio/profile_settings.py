"""Settings of blueprints and project profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog.unified_studio import TOOLING, parameter_rule, presets
from stacks.fields import EnvironmentName, Settings, close_to, validation_error
from stacks.unified_studio.fields import BlueprintName, Key, ParameterName, Title, UnitPath
from stacks.unified_studio.who_settings import OrText

Preset = Literal["sql_analytics", "all_capabilities", "generative_ai", "default"]
When = Literal["create", "demand"]
Parameters = dict[ParameterName, str]


class BlueprintSettings(Settings):
    """A blueprint that this account offers to the domain. Text in its place is its name."""

    name: BlueprintName
    """Name of a managed blueprint of AWS."""
    units: Annotated[list[UnitPath], Field(min_length=1)] | None = None
    """Units whose projects can use it, with the units below them. Defaults to all."""
    parameters: Parameters = {}
    """Regional parameters, in addition to the network, bucket and key of the environment. Names
    are AWS's."""
    global_parameters: Parameters = {}
    """Parameters of all regions. Names are AWS's."""

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


OfferedBlueprint = Annotated[BlueprintSettings, OrText()]


class PartSettings(Settings):
    """A part of a project, which a blueprint creates. Keys that are not given are the preset's."""

    blueprint: BlueprintName | None = None
    """Blueprint of AWS. Required if the preset has no part of this key."""
    name: Title | None = None
    """Name that people see. Defaults to that of the preset, or of the blueprint."""
    when: When | None = None
    """Whether the part is created with the project, or on demand of a member. Defaults to the
    preset's, or `create`."""
    order: Annotated[int, Field(ge=0, le=16)] | None = None
    """Order among the parts that are created with the project. Defaults to 0 for tooling, and 1
    for all others."""
    fixed: Parameters = {}
    """Parameters that members cannot change. Names are AWS's; values are strings."""
    editable: Parameters = {}
    """Parameters that members can change, with their defaults."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in self.fixed.keys() & self.editable.keys():
            raise validation_error(
                "must be in fixed or in editable, not in both. Remove one of them",
                at=f"editable.{key}",
                value=self.editable[key],
            )
        for group in ("fixed", "editable"):
            for key, value in getattr(self, group).items():
                if value and (rule := parameter_rule(key, value)):
                    raise validation_error(rule, at=f"{group}.{key}", value=value)
        return self


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a project with all its values."""

    blueprint: str
    name: str
    when: When
    order: int
    fixed: Mapping[str, str]
    editable: Mapping[str, str]


class ProfileSettings(Settings):
    """A project profile: what a project consists of."""

    name: Title
    """Name that people see. It can change; the key cannot."""
    description: Annotated[str, Field(max_length=2048)] | None = None
    """Description that people see. Defaults to none."""
    preset: Preset | None = None
    """Profile of AWS to begin with. `default` is for a domain with sign-in by IAM roles, the
    others for IAM Identity Center. Defaults to none: `parts` has everything."""
    parts: dict[Key, PartSettings] = {}
    """Parts by key. They add to the parts of the preset, or change them."""
    account: EnvironmentName | None = None
    """Key of `host.accounts`: the account that its projects are made in. Defaults to the account
    of the domain."""
    enabled: bool = True
    """Whether people can create projects with it. Projects that exist stay."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = presets()[self.preset] if self.preset else {}
        if not known and not self.parts:
            raise validation_error("must have a preset or parts. Add preset: sql_analytics")
        for key, part in self.parts.items():
            if key not in known and part.blueprint is None:
                hint = close_to(key, list(known))
                raise validation_error(
                    f"must have a blueprint, because the preset has no part {key}{hint}"
                    if known
                    else "must have a blueprint",
                    at=f"parts.{key}",
                )
            if part.when == "demand" and part.order is not None:
                raise validation_error(
                    "must not be given for a part on demand. Remove the line",
                    at=f"parts.{key}.order",
                    value=part.order,
                )
        self._check_tooling()
        self._check_names()
        return self

    def _check_tooling(self) -> None:
        """Source: SageMaker Unified Studio Administrator Guide, "Project profiles"."""
        parts = self.all_parts
        tooling = {key: one for key, one in parts.items() if one.blueprint in TOOLING}
        if len(tooling) != 1:
            raise validation_error(
                f"must have exactly one part with the blueprint {' or '.join(TOOLING)}; has "
                f"{', '.join(tooling) or 'none'}",
                at="parts",
            )
        [(key, part)] = tooling.items()
        if part.when != "create" or part.order != 0:
            raise validation_error(
                f"must be created with the project at order 0, because it is {part.blueprint}. "
                "Remove when and order",
                at=f"parts.{key}",
            )
        for other, one in parts.items():
            if other != key and one.when == "create" and one.order == 0:
                raise validation_error(
                    f"must be at least 1: 0 is for {part.blueprint} alone",
                    at=f"parts.{other}.order",
                    value=0,
                )

    def _check_names(self) -> None:
        seen: dict[str, str] = {}
        for key, part in self.all_parts.items():
            if (earlier := seen.setdefault(part.name, key)) != key:
                raise validation_error(
                    f"must have another name than {earlier}, which is called {part.name} too",
                    at=f"parts.{key}",
                )

    @property
    def all_parts(self) -> dict[str, Part]:
        """All parts by key: those of the preset with their changes, then the others."""
        known = presets()[self.preset] if self.preset else {}
        found: dict[str, Part] = {}
        for key in dict.fromkeys([*known, *self.parts]):
            preset, own = known.get(key), self.parts.get(key) or PartSettings()
            blueprint = own.blueprint or (preset.blueprint if preset else "")
            given = {**own.fixed, **own.editable}
            before = (preset.fixed, preset.editable) if preset else ({}, {})
            kept_fixed, kept_editable = (
                {name: value for name, value in group.items() if name not in given}
                for group in before
            )
            order = own.order if own.order is not None else int(blueprint not in TOOLING)
            found[key] = Part(
                blueprint=blueprint,
                name=own.name or (preset.name if preset else blueprint),
                when=own.when or (preset.when if preset else "create"),
                order=order,
                fixed={**kept_fixed, **own.fixed},
                editable={**kept_editable, **own.editable},
            )
        return found
