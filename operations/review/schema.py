"""What CloudFormation replaces: create-only properties of resource types.

From the schemas of the CloudFormation registry that cfn-lint ships, and an overlay for types whose
schemas leave them out (CloudFormation Template Reference, property pages: "Update requires:
Replacement").
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

_REGIONS = ("eu-west-1", "us-east-1")
_OVERLAY: Mapping[str, Sequence[str]] = {
    "AWS::FSx::FileSystem": (
        "/FileSystemTypeVersion",
        "/LustreConfiguration/DeploymentType",
        "/LustreConfiguration/DriveCacheType",
        "/LustreConfiguration/ExportPath",
        "/LustreConfiguration/ImportPath",
        "/OpenZFSConfiguration/DeploymentType",
        "/OpenZFSConfiguration/PreferredSubnetId",
    ),
    "AWS::Glue::Database": ("/CatalogId", "/DatabaseInput/Name"),
}

# Two of these may have one name.
_SHARED_NAMES = ("AWS::EC2::SecurityGroup", "AWS::SageMaker::Domain", "AWS::Cognito::UserPool")

Effect = Literal["replace", "may replace", ""]


@cache
def schema_of(resource_type: str) -> Mapping[str, Any]:
    """Return the registry's schema of a type; empty if there is none."""
    import cfnlint

    folder = Path(cfnlint.__file__).parent / "data" / "schemas"
    for region in _REGIONS:
        providers = _providers(folder / "providers" / f"{region}.json")
        if name := providers.get(resource_type):
            schema: Mapping[str, Any] = json.loads(
                (folder / "resources" / f"{name}.json").read_text("utf-8")
            )
            return schema
    return {}


@cache
def _providers(file: Path) -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(file.read_text("utf-8"))
    return found


@cache
def _pointers(resource_type: str, key: str) -> tuple[str, ...]:
    schema = schema_of(resource_type)
    found = [str(one).removeprefix("/properties").replace("/*", "") for one in schema.get(key, ())]
    if key == "createOnlyProperties":
        found += _OVERLAY.get(resource_type, ())
    return tuple(found)


def effect_of(pointer: str, resource_type: str) -> Effect:
    """Return what a change at a place in the properties of a type does.

    Args:
        pointer: place, such as ``/DatabaseInput/Name``, without positions in lists.
        resource_type: type of the resource.
    """
    certain = _pointers(resource_type, "createOnlyProperties")
    if any(pointer == one or pointer.startswith(f"{one}/") for one in certain):
        return "replace"
    conditional = _pointers(resource_type, "conditionalCreateOnlyProperties")
    if any(pointer == one or pointer.startswith(f"{one}/") for one in conditional):
        return "may replace"
    # A block that came or went as a whole, with a create-only property inside.
    if any(one.startswith(f"{pointer}/") for one in (*certain, *conditional)):
        return "may replace"
    return ""


@cache
def names_of(resource_type: str) -> tuple[str, ...]:
    """Return the properties with the physical name that templates may give.

    They are unique in an account and region. There are several for names below something else,
    such as a table of a database, and none for types that AWS names.
    """
    schema = schema_of(resource_type)
    read_only = set(schema.get("readOnlyProperties", ()))
    names = schema.get("primaryIdentifier", ())
    if resource_type in _SHARED_NAMES:
        return ()
    if names and not read_only & set(names):
        return tuple(str(one).removeprefix("/properties/") for one in names)
    # AWS identifies it by an ARN or URL that holds the name.
    certain = _pointers(resource_type, "createOnlyProperties")
    for name in (f"{resource_type.rpartition('::')[2]}Name", "Name"):
        if f"/{name}" in certain:
            return (name,)
    return ()


def is_deleted_first(resource_type: str) -> bool:
    """Return whether CloudFormation deletes the old resource before it creates the new one."""
    return bool(schema_of(resource_type).get("replacementStrategy") == "delete_then_create")
