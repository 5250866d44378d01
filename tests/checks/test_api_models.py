"""Strings in templates fit the API models of botocore: lengths, patterns and values.

AWS refuses what does not fit only when it creates the resource, and the schemas of many types have
no limits.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tests.support import stacks

# Services and operations whose names do not follow from the resource type.
SERVICES = {"APS": "amp", "ApplicationAutoScaling": "application-autoscaling"}
OPERATIONS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "RegisterScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "PutScalingPolicy",
    "AWS::CloudWatch::Alarm": "PutMetricAlarm",
    "AWS::EC2::SecurityGroupEgress": "AuthorizeSecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress": "AuthorizeSecurityGroupIngress",
    "AWS::IAM::ManagedPolicy": "CreatePolicy",
    "AWS::IAM::Policy": "PutRolePolicy",
    "AWS::Lambda::LayerVersion": "PublishLayerVersion",
    "AWS::Lambda::Permission": "AddPermission",
}
# Character classes of other languages, in Python's.
CLASSES = {
    r"\p{L}": "a-zA-Z",
    r"\p{N}": "0-9",
    r"\p{Z}": " ",
    r"\p{M}": "",
    r"\p{Alnum}": "a-zA-Z0-9",
}


@cache
def session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def operation(type_name: str) -> OperationModel | None:
    """Return the operation that creates a resource of a type, None if none is known."""
    _, service, noun = type_name.split("::")
    found = [
        name
        for name in session().get_available_services()
        if name in (SERVICES.get(service), service.lower())
        or name.replace("-", "") == service.lower()
    ]
    if not found:
        return None
    model = session().get_service_model(found[0])
    names = (OPERATIONS.get(type_name), f"Create{noun}", f"Put{noun}", f"Register{noun}")
    known = [name for name in names if name in model.operation_names]
    return model.operation_model(known[0]) if known else None


def literal(value: Any) -> tuple[str, bool]:
    """Return a string with a letter for each reference, and whether it has none."""
    if isinstance(value, str):
        return value, True
    [(function, argument)] = value.items()
    if function == "Fn::Join" and isinstance(argument[1], list):
        return argument[0].join(literal(part)[0] for part in argument[1]), False
    return "x", False


def is_text(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, dict)
        and len(value) == 1
        and next(iter(value)).startswith(("Fn::", "Ref"))
    )


def faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Return what the model of an operation does not accept."""
    if is_text(value):
        if shape.type_name == "string":
            yield from string_faults(shape, value, path)
    elif isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = {name.lower(): member for name, member in shape.members.items()}
        for name, one in value.items():
            if name.lower() in members:
                yield from faults(members[name.lower()], one, f"{path}.{name}")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for one in value:
            yield from faults(shape.member, one, path)
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        for name, one in value.items():
            yield from faults(shape.value, one, f"{path}.{name}")


def string_faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    text, whole = literal(value)
    limits = shape.metadata
    if len(text) > limits.get("max", len(text)):
        yield f"{path}: {text!r} has {len(text)} characters; must have at most {limits['max']}"
    if not whole:
        return
    if len(text) < limits.get("min", 0):
        yield f"{path}: {text!r} has {len(text)} characters; must have at least {limits['min']}"
    if limits.get("enum") and text not in limits["enum"]:
        yield f"{path}: got {text!r}; must be one of {limits['enum']}"
    # A dynamic reference is not the value that the service gets.
    pattern = "" if text.startswith("{{resolve:") else limits.get("pattern", "")
    for other, class_ in CLASSES.items():
        pattern = pattern.replace(other, class_)
    try:
        fits = not pattern or re.fullmatch(pattern, text) is not None
    except re.error:  # a pattern that Python cannot read
        fits = True
    if not fits:
        yield f"{path}: got {text!r}; must match {pattern}"


def faults_of(resource: Mapping[str, Any]) -> list[str]:
    model = operation(resource["Type"]) if resource["Type"].startswith("AWS::") else None
    if model is None or model.input_shape is None:
        return []
    return list(faults(model.input_shape, resource.get("Properties", {}), resource["Type"]))


def test_templates_fit_the_api_models(typical: Path, examples: Path) -> None:
    checked, found = set(), []
    for one in [*stacks(typical), *stacks(examples)]:
        for logical_id, resource in one.resources().items():
            if resource["Type"].startswith("AWS::") and operation(resource["Type"]):
                checked.add(resource["Type"])
            found += [f"{one.id}/{logical_id}: {fault}" for fault in faults_of(resource)]
    assert found == []
    assert len(checked) > 70, "operations of most types must be known"


@pytest.mark.parametrize(
    ("type_name", "properties"),
    [
        ("AWS::IAM::Role", {"Description": "two \u2713"}),
        ("AWS::IAM::Role", {"RoleName": "x" * 65}),
        ("AWS::Events::Rule", {"Description": "x" * 513}),
        ("AWS::Glue::Database", {"DatabaseInput": {"Name": ""}}),
        ("AWS::SageMaker::Domain", {"DomainName": "a b"}),
        ("AWS::SageMaker::Domain", {"AppNetworkAccessType": "Closed"}),
        ("AWS::Athena::WorkGroup", {"Name": "not/allowed"}),
        ("AWS::KMS::Key", {"Description": {"Fn::Join": ["", ["x" * 8192, {"Ref": "A"}]]}}),
    ],
)
def test_fault_is_found(type_name: str, properties: dict[str, Any]) -> None:
    assert len(faults_of({"Type": type_name, "Properties": properties})) == 1
