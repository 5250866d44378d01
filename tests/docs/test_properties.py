"""Guides say of each property of a resource what it is here."""

import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from tests.support import ROOT

INFERENCE = ("docs/inference.md", "## Which property of SageMaker is which key")
CLUSTERS = ("docs/hyperpod-eks.md", "## Every property of the cluster")
TABLES = {
    "EndpointConfig": INFERENCE,
    "Endpoint": INFERENCE,
    "Model": INFERENCE,
    "InferenceComponent": INFERENCE,
    "Cluster": CLUSTERS,
}


def schema(kind: str) -> dict[str, Any]:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    found = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", f"AWS::SageMaker::{kind}")
    return dict(found.schema)


def writable(kind: str) -> Iterator[str]:
    """Yield the names of all properties that a template may give, blocks within blocks too."""
    found = schema(kind)
    # Of a list, as of a single block.
    paths = [path.replace("/*", "") for path in found.get("readOnlyProperties", ())]
    read_only = {tuple(path.split("/")[2:]) for path in paths}

    def walk(node: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
        node = found["definitions"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node
        if "items" in node:
            yield from walk(node["items"], path)
        for option in node.get("oneOf", ()):
            yield from walk(option, path)
        for name, below in node.get("properties", {}).items():
            if (*path, name) not in read_only and name != "Tags":
                yield name
                yield from walk(below, (*path, name))

    yield from walk(found, ())


OPERATIONS = (
    "CreateCluster",
    "UpdateCluster",
    "CreateClusterExtension",
    "UpdateClusterExtension",
)
"""Operations whose parameters the guide to clusters names, also those CloudFormation lacks."""


def parameters(operation: str) -> Iterator[str]:
    """Yield the names of all parameters of an operation of the pinned botocore."""
    model = botocore.session.get_session().get_service_model("sagemaker")

    def walk(shape: Any) -> Iterator[str]:
        for name, member in getattr(shape, "members", {}).items():
            yield name
            yield from walk(member)
        if shape.type_name == "list":
            yield from walk(shape.member)

    yield from walk(model.operation_model(operation).input_shape)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_parameter_of_the_api_is_named(operation: str) -> None:
    missing = set(parameters(operation)) - named_in(*CLUSTERS)

    assert not missing, f"say in {CLUSTERS[0]} which key it is, or why there is none"


def named_in(page: str, heading: str) -> set[str]:
    """Return all words in code of a guide, from a heading on."""
    guide = (ROOT / page).read_text("utf-8")
    table = guide[guide.index(heading) :]
    return set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]+`", table))))


@pytest.mark.parametrize("kind", TABLES)
def test_each_property_is_named(kind: str) -> None:
    page, heading = TABLES[kind]

    missing = set(writable(kind)) - named_in(page, heading)

    assert not missing, f"say in {page} which key it is, or why there is none"


@pytest.mark.parametrize(
    ("shape", "member", "kind"),
    [
        ("ContainerDefinition", "AdditionalModelDataSources", "Model"),
        ("ProductionVariant", "AcceleratorPartitionLayouts", "EndpointConfig"),
    ],
)
def test_property_of_the_api_is_not_in_cloudformation(shape: str, member: str, kind: str) -> None:
    """If this fails, CloudFormation has learned the property: give it a key."""
    service = botocore.session.get_session().get_service_model("sagemaker")
    assert member in service.shape_for(shape).members
    assert member not in set(writable(kind))
