"""What AWS offers in Unified Studio: blueprints, policies and project profiles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from sagemaker_platform.catalog.table import rows

BlueprintParameter = Literal["boundary", "bucket", "key", "network", "subnets"]
ALL_PARAMETERS: frozenset[str] = frozenset({"bucket", "key", "network"})
"""What a blueprint takes that the table does not have."""
TOOLING = ("Tooling", "ToolingLite")
"""Blueprints of which each project has one, before all others."""


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """A managed blueprint.

    Attributes:
        parameters: kinds of regional parameters that it takes.
        provisioned: whether AWS creates its resources with the provisioning role.
        by_the_hour: what costs money by the hour; empty for nothing.
    """

    parameters: frozenset[str]
    provisioned: bool
    by_the_hour: str


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy of a domain unit or of a blueprint.

    Attributes:
        type: type of the policy in CloudFormation.
        entity: type of the entity that has the policy.
        principals: who can have a grant: ``people`` or ``projects``.
        profiles: whether a grant names project profiles.
        children: whether a grant can include the units below.
    """

    type: str
    entity: str
    principals: str
    profiles: bool
    children: bool

    @property
    def detail(self) -> str:
        """Key of the detail that belongs to the type, as the CDK writes it."""
        first, *rest = self.type.split("_")
        return first.lower() + "".join(word.title() for word in rest)


@dataclass(frozen=True)
class PresetPart:
    """A part of a project profile that AWS offers.

    Attributes:
        blueprint: its blueprint.
        name: name that people see.
        when: whether it is made with the project or on demand.
        fixed: parameters that members cannot change.
        editable: parameters that members can change.
    """

    blueprint: str
    name: str
    when: Literal["create", "demand"]
    fixed: dict[str, str] = field(default_factory=dict)
    editable: dict[str, str] = field(default_factory=dict)


@cache
def blueprints() -> Mapping[str, Blueprint]:
    """Return the managed blueprints by name."""
    return {
        row["blueprint"]: Blueprint(
            parameters=frozenset(row["parameters"].split()),
            provisioned=row["provisioned"] == "true",
            by_the_hour=row["by_the_hour"],
        )
        for row in rows("unified_blueprints.csv")
    }


def blueprint(name: str) -> Blueprint:
    """Return a blueprint; one that the table does not have takes all parameters."""
    unknown = Blueprint(parameters=ALL_PARAMETERS, provisioned=True, by_the_hour="")
    return blueprints().get(name, unknown)


@cache
def policies() -> Mapping[str, Policy]:
    """Return the policies by the name that settings give them."""
    return {
        row["policy"]: Policy(
            type=row["type"],
            entity=row["entity"],
            principals=row["principals"],
            profiles=row["profiles"] == "true",
            children=row["children"] == "true",
        )
        for row in rows("unified_policies.csv")
    }


@cache
def presets() -> Mapping[str, Mapping[str, PresetPart]]:
    """Return the project profiles that AWS offers, with their parts by key."""
    found: dict[str, dict[str, PresetPart]] = {}
    for row in rows("unified_presets.csv"):
        parts = found.setdefault(row["preset"], {})
        if row["blueprint"]:
            when: Literal["create", "demand"] = "create" if row["when"] == "create" else "demand"
            parts[row["part"]] = PresetPart(row["blueprint"], row["name"], when)
        if row["parameter"]:
            part = parts[row["part"]]
            values = part.editable if row["editable"] == "true" else part.fixed
            values[row["parameter"]] = row["value"]
    return found


@cache
def _parameters() -> Mapping[str, Mapping[str, str]]:
    return {row["parameter"]: row for row in rows("unified_parameters.csv")}


def parameter_rule(name: str, value: str) -> str:
    """Return what would be right about the value of a parameter; empty if it is right."""
    row = _parameters().get(name)
    if row is None:
        return ""
    if known := row["values"].split():
        return "" if value in known else f"must be one of {', '.join(known)}"
    low, high = int(row["minimum"]), int(row["maximum"])
    if value.isascii() and value.isdigit() and low <= int(value) <= high:
        return ""
    return f"must be a whole number from {low} to {high}, in quotes"


@cache
def time_zones() -> Sequence[str]:
    """Return the time zones of data sources, as Amazon DataZone names them.

    Source: schema of `AWS::DataZone::DataSource`, 2026-10-20.
    """
    return tuple(row["name"] for row in rows("datazone_time_zones.csv"))


@cache
def asset_types() -> Mapping[str, str]:
    """Return the types of assets that a rule can name, by the name that settings give them."""
    return {row["asset_type"]: row["identifier"] for row in rows("unified_asset_types.csv")}
