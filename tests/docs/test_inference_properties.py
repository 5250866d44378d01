"""The guide to inference says of each property what it is here."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import ROOT

TYPES = ("EndpointConfig", "Endpoint", "Model", "InferenceComponent")


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
        for name, below in node.get("properties", {}).items():
            if (*path, name) not in read_only and name != "Tags":
                yield name
                yield from walk(below, (*path, name))

    yield from walk(found, ())


@pytest.mark.parametrize("kind", TYPES)
def test_each_property_is_named(kind: str) -> None:
    guide = (ROOT / "docs/inference.md").read_text("utf-8")
    tables = guide[guide.index("## Which property of SageMaker is which key") :]
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]+`", tables))))

    missing = set(writable(kind)) - named

    assert not missing, "say in docs/inference.md which key it is, or why there is none"
