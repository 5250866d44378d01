"""Settings of personas."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter, field_validator

from stacks.access.extension import BUILT_IN_PERSONAS, Activity, PolicyKind, all_activities
from stacks.arns import OF_ACCOUNT_OR_AWS, PolicyArn, PrincipalArn
from stacks.fields import Listed, PolicyPath, Settings, close_to, validation_error
from stacks.sagemaker_api import instance_types


def _names() -> list[str]:
    return sorted(all_activities())


def _activity(value: str) -> str:
    if value not in (known := _names()):
        raise validation_error(f"must be one of {', '.join(known)}")
    return value


ActivityName = Annotated[str, AfterValidator(_activity), Listed(_names)]
"""An activity; see the guide to personas."""


_ARN, _PATH = TypeAdapter[str](PolicyArn), TypeAdapter[str](PolicyPath)
# Policies that AWS manages and that allow everything, or all of a service.
_TOO_WIDE = re.compile(r"AdministratorAccess|PowerUserAccess|.*FullAccess(V\d+)?|.*Admin(Access)?")


def _managed_policy(value: str) -> str:
    if not value.startswith("arn:"):
        if value.startswith(("Amazon", "AWS")):
            raise validation_error(
                "must be the name of a policy in the account. For a policy that AWS manages, give "
                f"its ARN, such as arn:aws:iam::aws:policy/{value}"
            )
        return _PATH.validate_python(value)
    _ARN.validate_python(value)
    name = value.rpartition("/")[2]
    if ":aws:policy/" in value and _TOO_WIDE.fullmatch(name):
        raise validation_error(
            f"must not be {name}, which allows more than a persona may do. Write a policy with "
            "what is needed, and give its name"
        )
    return value


ManagedPolicyName = Annotated[str, AfterValidator(_managed_policy), OF_ACCOUNT_OR_AWS]


# What people ask for instances for, with botocore's lists of types.
_USES = (
    "AppInstanceType",
    "InstanceType",
    "ProcessingInstanceType",
    "ProductionVariantInstanceType",
    "TrainingInstanceType",
    "TransformInstanceType",
)


@cache
def _types() -> Sequence[str]:
    return sorted({name for use in _USES for name in instance_types(use)})


def _type_pattern(value: str) -> str:
    found = sum(fnmatchcase(name, value) for name in _types())
    if found == len(_types()):
        raise validation_error("matches all instance types. Remove the list to allow them all")
    if not found or not re.fullmatch(r"[a-z0-9.*?-]+", value):
        raise validation_error(
            "must be an instance type of SageMaker, or match one with * and ?, such as ml.m5.*"
            f"{close_to(value, _types())}"
        )
    return value


InstanceTypePattern = Annotated[str, AfterValidator(_type_pattern)]
"""An instance type, or a pattern of several."""


class PersonaSettings(Settings):
    """A group of people, and the role they share."""

    activities: Annotated[list[ActivityName], Field(min_length=1)] | None = None
    """Activities of the persona. Defaults to the activities of the built-in persona of that
    name."""
    managed_policies: list[ManagedPolicyName] = []
    """Additional IAM policies of the role: names of policies in the account, with their path, or
    ARNs, including those of AWS managed policies. Review what they allow."""
    assumed_by: list[PrincipalArn] = []
    """ARNs of IAM roles or users who may assume the role outside Studio, such as the roles of
    permission sets."""
    allowed_instance_types: (
        Annotated[list[InstanceTypePattern], Field(min_length=1, max_length=60)] | None
    ) = None
    """Instance types that people may use for apps, jobs and endpoints. Accepts `*` and `?`, such
    as `ml.m5.*`. Defaults to all types. If Studio has a list too, an app's type must be in both."""

    @field_validator("activities", "managed_policies", "assumed_by", "allowed_instance_types")
    @classmethod
    def _check_twice(cls, values: list[str] | None) -> list[str] | None:
        if values is not None and len(set(values)) < len(values):
            raise validation_error("names one twice")
        return values

    def allows_instance_type(self, name: str) -> bool:
        """Whether people may use an instance type."""
        allowed = self.allowed_instance_types
        return allowed is None or any(fnmatchcase(name, pattern) for pattern in allowed)

    def with_policy(self, kind: PolicyKind) -> list[str]:
        """Return the activities whose policy is of a kind, see `Activity`."""
        return [name for name, activity in self._known() if activity.policy == kind]

    @property
    def passes_role(self) -> bool:
        """Whether people give the role to jobs and models."""
        return any(activity.passes_role for _, activity in self._known())

    def _known(self) -> list[tuple[str, Activity]]:
        known = all_activities()
        return [(name, known[name]) for name in self.activities or ()]


def built_in_persona(name: str, *, unavailable: Collection[str]) -> list[str]:
    """Return the activities of a built-in persona, without those that are unavailable."""
    return [
        activity
        for activity, about in all_activities().items()
        if name in about.personas and activity not in unavailable
    ]


def effective_personas(
    personas: Mapping[str, PersonaSettings],
    *,
    used: Iterable[str],
    unavailable: Collection[str],
) -> dict[str, PersonaSettings]:
    """Return the personas of an environment, each with its activities.

    Args:
        personas: personas of the settings.
        used: names that people of the environment have. Built-in personas are added.
        unavailable: activities that built-in personas do not have in the environment.
    """
    found = dict(personas)
    for name in used:
        if name in BUILT_IN_PERSONAS:
            found.setdefault(name, PersonaSettings())
    return {
        name: persona
        if persona.activities is not None
        else persona.model_copy(
            update={"activities": built_in_persona(name, unavailable=unavailable)}
        )
        for name, persona in found.items()
    }
