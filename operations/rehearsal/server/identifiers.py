"""Identifiers and attributes in the form of AWS's, generated from the registry schemas."""

import re
import secrets
import string
import time
from collections.abc import Mapping
from typing import Any

import rstr

from operations.rehearsal.server import fakes
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.schemas import Path, ResourceSchema, lookup

_SETTLED = (
    "InService", "ACTIVE", "Active", "AVAILABLE", "Available", "Ready", "READY", "ENABLED",
    "Enabled", "COMPLETED", "Completed", "Created", "CREATED", "available", "active", "SUCCEEDED",
)  # fmt: skip


def named(schema: ResourceSchema, properties: Mapping[str, Any], owner: Owner) -> dict[str, Any]:
    """Return the properties, with a generated name if the type needs one."""
    for name in (f"{schema.noun}Name", "Name"):
        if name in schema.document.get("properties", {}):
            if name not in properties and (name,) not in schema.read_only:
                limit = int(schema.property_schema((name,)).get("maxLength", 63))
                generated = f"{owner.stack}-{owner.logical_id}"[: max(limit - 13, 1)]
                return {**properties, name: f"{generated}-{_random(12)}"[:limit]}
            break
    return dict(properties)


def attributes(
    schema: ResourceSchema, properties: Mapping[str, Any], owner: Owner
) -> dict[str, Any]:
    """Return all attributes of `Fn::GetAtt`, by their dotted names."""
    identifier = _identifier(schema, properties)
    found: dict[str, Any] = {}
    for name, path in schema.attributes.items():
        given = lookup(properties, path)
        if given is not None:
            found[name] = given
        elif path in schema.read_only or schema.property_schema(path):
            found[name] = _attribute(schema, path, identifier, properties, owner)
    for path in schema.primary_identifier:
        name = ".".join(path)
        if name not in found:
            given = lookup(properties, path)
            found[name] = (
                given
                if given is not None
                else _attribute(schema, path, identifier, properties, owner)
            )
    return found


def reference(schema: ResourceSchema, values: Mapping[str, Any]) -> str:
    """Return the value of `Ref`: the primary identifier, its parts joined by `|`."""
    if other := fakes.facts_of(schema.type_name).ref:
        return str(values[other])
    return "|".join(str(values[".".join(path)]) for path in schema.primary_identifier)


def settled(schema: Mapping[str, Any]) -> str:
    """Return the value of a status enum for a resource that is ready."""
    values = [str(value) for value in schema.get("enum", [])]
    ready = [value for value in _SETTLED if value in values]
    return ready[0] if ready else values[0] if values else "ACTIVE"


def kebab(name: str) -> str:
    """Return `endpoint-config` for `EndpointConfig`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _identifier(schema: ResourceSchema, properties: Mapping[str, Any]) -> str:
    """Return the part of an ARN that identifies this resource."""
    facts = fakes.facts_of(schema.type_name)
    if facts.arn_id_prefix:
        return facts.arn_id_prefix + _random(12).upper()
    for name in (f"{schema.noun}Id", "Id"):
        if (name,) in schema.read_only:
            return _generated_id(schema, (name,))
    if facts.identify is not None:
        return facts.identify(properties)
    for name in (f"{schema.noun}Name", "Name"):
        if isinstance(properties.get(name), str):
            parent = properties.get("DomainId")
            own = properties[name]
            return f"{parent}/{own}" if isinstance(parent, str) else str(own)
    return _generated_id(schema, (f"{schema.noun}Id",))


def _generated_id(schema: ResourceSchema, path: Path) -> str:
    of_attribute = fakes.id_prefix_of(path[-1])
    if of_attribute is not None:
        return of_attribute + secrets.token_hex(9)[:17]
    prefix = fakes.facts_of(schema.type_name).id_prefix
    if schema.service in ("EC2", "FSx"):
        return prefix + secrets.token_hex(9)[:17]
    return prefix + _random(12)


def _attribute(
    schema: ResourceSchema,
    path: Path,
    identifier: str,
    properties: Mapping[str, Any],
    owner: Owner,
) -> Any:
    definition = schema.property_schema(path)
    kind = definition.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind in ("integer", "number"):
        return definition.get("minimum", 0)
    if kind == "boolean":
        return False
    if kind == "array":
        return []
    if kind == "object":
        return {}
    value = _text(schema, path, identifier, owner, definition)
    pattern = definition.get("pattern")
    if pattern and not re.search(pattern, value):
        return _matching(pattern, value)[: definition.get("maxLength", 256)]
    return value


def _text(
    schema: ResourceSchema,
    path: Path,
    identifier: str,
    owner: Owner,
    definition: Mapping[str, Any],
) -> str:
    name = path[-1]
    service = fakes.arn_service_of(schema.service)
    if "enum" in definition:
        return settled(definition)
    if name.lower().endswith("arn"):
        subject = name[:-3]
        kind = kebab(schema.noun if subject in ("", "Resource", schema.noun) else subject)
        separator = fakes.facts_of(schema.type_name).arn_separator
        return owner.arn(service, f"{kind}{separator}{identifier.lstrip('/')}")
    if name.endswith(("Ip", "IpAddress")):
        return f"203.0.113.{secrets.randbelow(254) + 1}"
    if name in ("Id", f"{schema.noun}Id"):
        return identifier
    if name.endswith("Id") or fakes.id_prefix_of(name) is not None:
        return _generated_id(schema, path)
    if name.endswith(("Url", "Uri", "Endpoint", "PortalUrl")):
        return f"https://{_random(12)}.{service}.{owner.region}.amazonaws.com"
    if name.endswith(("At", "Time", "Date")):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if name.endswith(("Status", "State")):
        return "ACTIVE"
    if name.endswith("AccountId"):
        return owner.account
    if name == "DNSName":
        return f"{identifier}.{service}.{owner.region}.amazonaws.com"
    if name.endswith("MountName"):
        # FSx has at most eight characters.
        return _random(8)
    return f"{kebab(name)}-{_random(8)}"


def _matching(pattern: str, fallback: str) -> str:
    try:
        return str(rstr.xeger(pattern.replace(r"\p{L}", "a-z")))
    except Exception:  # a pattern beyond what Python's parser reads: any text is as good
        return fallback


def _random(length: int) -> str:
    letters = string.ascii_lowercase + string.digits
    return "".join(secrets.choice(letters) for _ in range(length))
