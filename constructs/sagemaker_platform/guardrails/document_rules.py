"""Rules that Guard cannot express: policies in all their forms, and plain credentials.

CloudFormation takes one statement for a list, a string for a list of actions or principals,
and a policy as JSON in a string; IAM reads actions without regard to case. Guard would need a
rule for each form and each type.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagemaker_platform.catalog.credentials import find_argument, find_credential

_EVERYTHING = re.compile(r"[*?]+|[A-Za-z0-9*?-]+:[*?]+")

RULES = {
    "NO_ACTION_ON_EVERYTHING": "A policy must name the actions that it allows, not '*', all of a "
    "service, or all but some (NotAction).",
    "ROLE_TRUST_NAMED": "A role must name who may assume it (Principal), not everyone.",
    "ROLE_FEDERATION_CONDITIONED": "A role that a federation may assume must say which of its "
    "identities (Condition).",
    "RESOURCE_POLICY_NAMED": "A resource policy must not allow everyone without a condition. Name "
    "the principals, or add a Condition.",
    "NO_PLAIN_CREDENTIAL": "A template must not carry a credential. Keep it in AWS Secrets "
    "Manager, and pass its ARN.",
}


@dataclass(frozen=True, kw_only=True)
class DocumentFinding:
    """What a rule found in a resource.

    Args:
        rule: key in `RULES`.
        logical_id: resource.
        path: place below the resource, such as ``Properties.Policies.0``.
        message: what is wrong.
    """

    rule: str
    logical_id: str
    path: str
    message: str


def check_documents(template: Mapping[str, Any]) -> Iterator[DocumentFinding]:
    """Check all policies and strings of a template."""
    for logical_id, resource in template.get("Resources", {}).items():
        # One finding for each place, however many forms of a statement are wrong.
        for path, rule in dict.fromkeys(_in_resource(resource)):
            yield DocumentFinding(rule=rule, logical_id=logical_id, path=path, message=RULES[rule])


def _in_resource(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    properties = resource.get("Properties", {})
    for path, key, value in _walk(properties, "Properties", ""):
        if isinstance(value, Mapping):
            if "Statement" in value:
                for statement in _statements(value["Statement"]):
                    for rule in _broken(statement, trust=key == "AssumeRolePolicyDocument"):
                        yield f"{path}.Statement", rule
            name, text = (value.get(part) for part in ("Name", "Value"))
            if isinstance(name, str) and isinstance(text, str) and find_credential(name, text):
                yield f"{path}.Value", "NO_PLAIN_CREDENTIAL"
        elif isinstance(value, list):
            texts = [part if isinstance(part, str) else "" for part in value]
            if find_argument(texts) is not None:
                yield path, "NO_PLAIN_CREDENTIAL"
        elif isinstance(value, str) and find_credential(key, value):
            yield path, "NO_PLAIN_CREDENTIAL"


def _walk(value: Any, path: str, key: str) -> Iterator[tuple[str, str, Any]]:
    """Yield everything below a value, and the JSON inside its strings, with path and key."""
    if isinstance(value, Mapping):
        yield path, key, value
        if "Fn::Join" in value and (inside := _joined(value["Fn::Join"])) is not None:
            yield from _walk(inside, path, key)
        for name, below in value.items():
            yield from _walk(below, f"{path}.{name}", name)
    elif isinstance(value, list):
        yield path, key, value
        for index, below in enumerate(value):
            if not isinstance(below, str):
                yield from _walk(below, f"{path}.{index}", key)
    elif isinstance(value, str):
        yield path, key, value
        if (inside := _json(value)) is not None:
            yield from _walk(inside, path, key)


def _json(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _joined(join: Any) -> Any:
    """Return the JSON that a Fn::Join makes, with a word for each reference in it."""
    if not (isinstance(join, list) and len(join) == 2 and isinstance(join[1], list)):
        return None
    return _json(str(join[0]).join(part if isinstance(part, str) else "ref" for part in join[1]))


def _statements(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for part in value:
            yield from _statements(part)
    elif isinstance(value, Mapping):
        if "Effect" in value:
            yield value
        elif "Fn::If" in value:
            yield from _statements(value["Fn::If"])


def _broken(statement: Mapping[str, Any], *, trust: bool) -> Iterator[str]:
    if statement["Effect"] != "Allow":
        return
    if trust:
        if _is_everyone(statement):
            yield "ROLE_TRUST_NAMED"
        principal = statement.get("Principal")
        federated = isinstance(principal, Mapping) and "Federated" in principal
        if federated and not statement.get("Condition"):
            yield "ROLE_FEDERATION_CONDITIONED"
    elif "Principal" in statement or "NotPrincipal" in statement:
        if _is_everyone(statement) and not statement.get("Condition"):
            yield "RESOURCE_POLICY_NAMED"
    elif "NotAction" in statement or any(
        _EVERYTHING.fullmatch(action) for action in _strings(statement.get("Action"))
    ):
        yield "NO_ACTION_ON_EVERYTHING"


def _is_everyone(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = list(principal.values()) if isinstance(principal, Mapping) else principal
    return "NotPrincipal" in statement or "*" in _strings(named)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
