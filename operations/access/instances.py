"""Instance types that a persona may use, and those that are denied to it."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from operations.access.role import Role
from stacks.sagemaker_api import instance_types

_KEY = "sagemaker:instancetypes"
_JOBS = ("TrainingInstanceType", "ProcessingInstanceType", "TransformInstanceType")
_ENDPOINTS = ("ProductionVariantInstanceType",)


def chosen_types(role: Role) -> Mapping[str, str | None]:
    """Return types that tasks name: of jobs and of endpoints, and one that is denied to jobs."""
    lists = list(_lists(role))
    return {
        "instance_type": _first(lists, _JOBS, "ml.m5.large"),
        "endpoint_type": _first(lists, _ENDPOINTS, "ml.c7i.xlarge"),
        "denied_type": _denied(lists),
    }


def _lists(role: Role) -> Iterator[Sequence[str]]:
    """Yield the lists of what the role may use, one for each statement that denies all else."""
    for policy in role.policies:
        for statement in policy.statements:
            if statement.deny and statement.names_action("sagemaker:CreateTrainingJob"):
                yield from (
                    one.values
                    for one in statement.conditions
                    if one.key == _KEY and one.operator != "Null"
                )


def _first(lists: Sequence[Sequence[str]], uses: Sequence[str], usual: str) -> str:
    """Return the usual type, or else the first that all lists allow for all uses."""
    known = [one for one in instance_types(uses[0]) if all(one in instance_types(u) for u in uses)]
    return next((one for one in [usual, *known] if _allowed(lists, one)), usual)


def _denied(lists: Sequence[Sequence[str]]) -> str | None:
    known = instance_types("TrainingInstanceType")
    return next((one for one in known if not _allowed(lists, one)), None)


def _allowed(lists: Sequence[Sequence[str]], name: str) -> bool:
    return all(any(fnmatchcase(name, pattern) for pattern in one) for one in lists)
