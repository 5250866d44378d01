"""The registry schemas of CloudFormation resource types, as cfn-lint ships them."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as Folder
from typing import Any

from cfnlint.jsonschema.validators import CfnTemplateValidator
from cfnlint.schema import Schema
from cfnlint.schema._exceptions import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from cfnlint.template import Template

Path = tuple[str, ...]
_NEWER = Folder(__file__).with_name("newer_schemas")

# Types that CloudFormation or the CDK handles: their properties have no schema to check.
WITHOUT_SCHEMA = ("AWS::CDK::Metadata", "AWS::CloudFormation::", "Custom::")


class UnknownResourceTypeError(ValueError):
    """The registry schemas of the region do not know the resource type."""


class ResourceSchema:
    """The registry schema of one resource type in one region.

    Raises:
        UnknownResourceTypeError: if the region's schemas do not have the type.
    """

    def __init__(self, type_name: str, region: str) -> None:
        """Load the schema of `type_name` as published for `region`."""
        try:
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_name)
        except (ResourceNotFoundError, KeyError) as error:
            file = _NEWER / f"{type_name.replace('::', '-')}.json"
            if not file.is_file():
                raise UnknownResourceTypeError(
                    f"The resource type {type_name} is not in the registry schemas of {region}."
                ) from error
            schema = Schema(json.loads(file.read_text("utf-8")))
        self.type_name = type_name
        self.document: Mapping[str, Any] = schema.schema
        self.attributes: dict[str, Path] = {
            name: _path(pointer) for name, pointer in schema.get_atts.items() if "*" not in pointer
        }
        self.primary_identifier = self._paths("primaryIdentifier")
        self.read_only = self._paths("readOnlyProperties")
        self.create_only = self._paths("createOnlyProperties")
        self._resolver = schema.resolver

    def _paths(self, key: str) -> list[Path]:
        return [_path(pointer) for pointer in self.document.get(key, []) if "*" not in pointer]

    @property
    def noun(self) -> str:
        """The last part of the type: `Endpoint` for `AWS::SageMaker::Endpoint`."""
        return self.type_name.rsplit("::", 1)[-1]

    @property
    def service(self) -> str:
        """The middle part of the type: `SageMaker` for `AWS::SageMaker::Endpoint`."""
        return self.type_name.split("::")[1]

    @property
    def replacing_properties(self) -> tuple[str, ...]:
        """Top-level properties whose change replaces the resource."""
        return tuple(path[0] for path in self.create_only if len(path) == 1)

    def property_schema(self, path: Path) -> Mapping[str, Any]:
        """Return the schema of one property, `{}` if the type has none."""
        node: Mapping[str, Any] = self.document
        for name in path:
            node = self._dereferenced(node).get("properties", {}).get(name, {})
        return self._dereferenced(node)

    def _dereferenced(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            _, node = self._resolver.resolve(node["$ref"])
        return node

    def problems(self, properties: Mapping[str, Any]) -> list[str]:
        """Return the schema violations of resolved properties, one sentence each.

        Strings that hold numbers or booleans pass as such, as CloudFormation accepts them.
        """
        validator = CfnTemplateValidator(
            schema=self.document,
            resolver=self._resolver,
            context=_context(),
        )
        return [_sentence(error) for error in validator.iter_errors(dict(properties))]


@cache
def _context() -> Any:
    return Template("", {}).context.evolve(strict_types=False)


@cache
def resource_schema(type_name: str, region: str) -> ResourceSchema:
    """Return the schema of a resource type in a region, loaded once.

    Raises:
        UnknownResourceTypeError: if the region's schemas do not have the type.
    """
    return ResourceSchema(type_name, region)


def has_schema(type_name: str) -> bool:
    """Return whether the registry has schemas of the type."""
    return not type_name.startswith(WITHOUT_SCHEMA)


def changed_paths(
    paths: list[Path], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Path]:
    """Return the paths whose value differs between two sets of properties."""
    for path in paths:
        if lookup(old, path) != lookup(new, path):
            yield path


def lookup(properties: Mapping[str, Any], path: Path) -> Any:
    """Return the value at `path`, None if there is none."""
    node: Any = properties
    for name in path:
        if not isinstance(node, Mapping):
            return None
        node = node.get(name)
    return node


def _path(pointer: str) -> Path:
    return tuple(pointer.removeprefix("/properties/").split("/"))


def _sentence(error: Any) -> str:
    where = "/".join(str(part) for part in error.path)
    message = str(error.message)
    if len(message) > 300:
        message = message[:297] + "..."
    return f"{where}: {message}" if where else message
