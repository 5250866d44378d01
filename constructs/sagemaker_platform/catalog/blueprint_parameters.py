"""Parameters of the templates of blueprints that Amazon DataZone fills."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sagemaker_platform.catalog.table import rows


@dataclass(frozen=True, kw_only=True)
class ReservedParameter:
    """A parameter that Amazon DataZone fills itself.

    Attributes:
        tooling: whether a template of the category TOOLING must have it.
        iam: whether only domains with sign-in by IAM roles fill it.
    """

    tooling: bool
    iam: bool


@cache
def reserved_parameters() -> Mapping[str, ReservedParameter]:
    """Return the parameters that Amazon DataZone fills, by name."""
    return {
        row["parameter"]: ReservedParameter(
            tooling=row["tooling"] == "true", iam=row["iam"] == "true"
        )
        for row in rows("unified_reserved_parameters.csv")
    }
