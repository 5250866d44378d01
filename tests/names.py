"""Physical names in templates."""

from collections.abc import Iterator
from functools import cache

from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.support import StackTemplate

# Names within a role, a bucket, a workspace and the like, although their identifier is one value.
_LOCAL = {
    "AWS::APS::RuleGroupsNamespace",
    "AWS::Glue::Table",
    "AWS::IAM::Policy",
    "AWS::S3Tables::Table",
}


def is_own_name(type_name: str, property_name: str) -> bool:
    """Tell whether a property is the resource's own name: Name, or PolicyName, for example."""
    kind = property_name.removesuffix("Name")
    return kind != property_name and type_name.endswith(kind)


def physical_names(stack: StackTemplate) -> Iterator[tuple[str, str]]:
    """Yield types and explicit names that must be unique in an account and region."""
    for resource in stack.resources().values():
        kind = resource["Type"]
        for key, value in resource.get("Properties", {}).items():
            if is_own_name(kind, key) and isinstance(value, str) and not _is_local(kind):
                yield kind, value


@cache
def _is_local(type_name: str) -> bool:
    """Tell whether a name belongs to something else: a domain, for example."""
    if type_name in _LOCAL or not type_name.startswith("AWS::"):
        return True
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema
    except ResourceNotFoundError:
        return True
    return len(schema["primaryIdentifier"]) > 1
