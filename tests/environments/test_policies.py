"""IAM policies say only what IAM knows: a wrong name allows nothing, and no deploy tells."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from tests.support import stacks

# With these a condition holds where the request has no such key at all.
_PASSES_WITHOUT_KEY = ("IfExists", "Null", "StringNotEquals", "StringNotLike", "ForAllValues")


@cache
def known(service: str) -> Mapping[str, tuple[frozenset[str], bool]]:
    """Return the condition keys of a service's actions, and whether they act on resources."""
    data = get_service_prefix_data(service)
    found = {}
    for action, privilege in data.get("privileges", {}).items():
        kinds = privilege["resource_types"]
        keys = {
            key
            for kind, details in kinds.items()
            for source in (details, data["resources"].get(kind, {}))
            for key in source.get("condition_keys", [])
        }
        found[action] = (frozenset(map(comparable, keys)), any(kinds))
    return found


def comparable(key: str) -> str:
    """Return a condition key without the name of a tag, which is anything."""
    return re.sub(r"(Tag|\w+Properties)/.*", r"\1/", key).lower()


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def faults(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield what IAM would take without a word, and never apply."""
    asked = {
        comparable(key)
        for operator, keys in statement.get("Condition", {}).items()
        if not any(word in operator for word in _PASSES_WITHOUT_KEY)
        for key in keys
        # Keys of every request, but for those of tags.
        if not key.startswith("aws:") or "Tag" in key
    }
    for action in as_list(statement["Action"]):
        service, name = action.split(":")
        if name not in known(service):
            yield f"{action}: no such action"
            continue
        keys, acts_on_resources = known(service)[name]
        yield from (f"{action}: has no condition key {key}" for key in sorted(asked - keys))
        if not acts_on_resources and as_list(statement["Resource"]) != ["*"]:
            yield f"{action}: acts on no resource, so that it needs *"


@pytest.mark.parametrize("which", ["typical", "examples"])
def test_policies_say_what_iam_knows(which: str, request: pytest.FixtureRequest) -> None:
    assembly: Path = request.getfixturevalue(which)
    found = {
        f"{stack.id} {logical_id}: {fault}"
        for stack in stacks(assembly)
        for logical_id, resource in stack.resources().items()
        if resource["Type"] in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        for fault in faults(statement)
    }
    assert not found


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ({"Action": "s3:GetObjects", "Resource": "x"}, "s3:GetObjects: no such action"),
        (
            {
                "Action": ["sagemaker:CreateTransformJob"],
                "Resource": ["x"],
                "Condition": {"StringEquals": {"sagemaker:VpcSubnets": "subnet"}},
            },
            "sagemaker:CreateTransformJob: has no condition key sagemaker:vpcsubnets",
        ),
        (
            {"Action": "sagemaker:ListTrainingJobs", "Resource": "arn:x"},
            "sagemaker:ListTrainingJobs: acts on no resource, so that it needs *",
        ),
    ],
)
def test_faults_are_found(statement: Mapping[str, Any], fault: str) -> None:
    assert list(faults(statement)) == [fault]
