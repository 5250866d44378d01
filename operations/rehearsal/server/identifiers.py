"""Identifiers and attributes that look like AWS's, made from the registry schemas."""

import re
import secrets
import string
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rstr

from operations.rehearsal.server.schemas import Path, ResourceSchema, lookup

# Prefixes of generated ids, where neither the schema's pattern nor a rule gives them.
_ID_PREFIXES = {
    "AWS::DataZone::Domain": "dzd-",
    "AWS::EC2::EIP": "eipalloc-",
    "AWS::EC2::FlowLog": "fl-",
    "AWS::EC2::NatGateway": "nat-",
    "AWS::EC2::NetworkAcl": "acl-",
    "AWS::EC2::NetworkInterface": "eni-",
    "AWS::EC2::SecurityGroupEgress": "sgr-",
    "AWS::EC2::SecurityGroupIngress": "sgr-",
    "AWS::EC2::VPCPeeringConnection": "pcx-",
    "AWS::FSx::FileSystem": "fs-",
    "AWS::SageMaker::Domain": "d-",
}
# Prefixes of ids in upper case, which stand in ARNs in place of a name that is given.
_MADE_UP_IDS = {"AWS::SageMaker::PartnerApp": "app-"}
_ATTRIBUTE_PREFIXES = {
    "EniId": "eni-",
    "HomeEfsFileSystemId": "fs-",
    "RouteTableId": "rtb-",
    "SecurityGroupIdForDomainBoundary": "sg-",
}

# Where `Ref` gives something else than the primary identifier.
_REF_PROPERTIES = {"AWS::EC2::EIP": "PublicIp"}

# Services whose name in ARNs is not the lower-case name of the resource type.
_ARN_SERVICES = {
    "ApplicationAutoScaling": "autoscaling",
    "BCMDataExports": "bcm-data-exports",
    "EMRServerless": "emr-serverless",
    "OpenSearchServerless": "aoss",
    "RedshiftServerless": "redshift-serverless",
    "SSO": "sso",
}
_GLOBAL_ARN_SERVICES = ("iam", "budgets", "ce", "organizations")

_SETTLED = (
    "InService", "ACTIVE", "Active", "AVAILABLE", "Available", "Ready", "READY", "ENABLED",
    "Enabled", "COMPLETED", "Completed", "Created", "CREATED", "available", "active", "SUCCEEDED",
)  # fmt: skip


@dataclass(frozen=True)
class Owner:
    """Whose resource it is: where it lives and which stack asked for it."""

    account: str
    region: str
    stack: str
    logical_id: str


def named(schema: ResourceSchema, properties: Mapping[str, Any], owner: Owner) -> dict[str, Any]:
    """The properties with a generated name where the type needs one and none is given."""
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
    """Every attribute that `Fn::GetAtt` may ask for, under its dotted name."""
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
    """What `Ref` gives: the primary identifier, its parts joined by `|`."""
    if schema.type_name in _REF_PROPERTIES:
        return str(values[_REF_PROPERTIES[schema.type_name]])
    return "|".join(str(values[".".join(path)]) for path in schema.primary_identifier)


# Kinds of resources whose ARNs have a colon before the identifier.
_WITH_COLON = {"integration"}


def arn(service: str, resource: str, owner: Owner) -> str:
    """An ARN of the `aws` partition."""
    region = "" if service in _GLOBAL_ARN_SERVICES else owner.region
    return f"arn:aws:{service}:{region}:{owner.account}:{resource}"


def settled(schema: Mapping[str, Any]) -> str:
    """The value of a status enum that says the resource is ready."""
    values = [str(value) for value in schema.get("enum", [])]
    ready = [value for value in _SETTLED if value in values]
    return ready[0] if ready else values[0] if values else "ACTIVE"


def kebab(name: str) -> str:
    """`endpoint-config` for `EndpointConfig`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _identifier(schema: ResourceSchema, properties: Mapping[str, Any]) -> str:
    """The part of an ARN that tells this resource from its siblings."""
    if schema.type_name in _MADE_UP_IDS:
        return _MADE_UP_IDS[schema.type_name] + _random(12).upper()
    for name in (f"{schema.noun}Id", "Id"):
        if (name,) in schema.read_only:
            return _generated_id(schema, (name,))
    if schema.type_name == "AWS::SageMaker::ImageVersion":
        return f"{properties.get('ImageName')}/{secrets.randbelow(10_000) + 1}"
    for name in (f"{schema.noun}Name", "Name"):
        if isinstance(properties.get(name), str):
            parent = properties.get("DomainId")
            own = properties[name]
            return f"{parent}/{own}" if isinstance(parent, str) else str(own)
    return _generated_id(schema, (f"{schema.noun}Id",))


def _generated_id(schema: ResourceSchema, path: Path) -> str:
    if path[-1] in _ATTRIBUTE_PREFIXES:
        return _ATTRIBUTE_PREFIXES[path[-1]] + secrets.token_hex(9)[:17]
    prefix = _ID_PREFIXES.get(schema.type_name, "")
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
    service = _ARN_SERVICES.get(schema.service, schema.service.lower())
    if "enum" in definition:
        return settled(definition)
    if name.lower().endswith("arn"):
        subject = name[:-3]
        kind = kebab(schema.noun if subject in ("", "Resource", schema.noun) else subject)
        separator = ":" if kind in _WITH_COLON else "/"
        return arn(service, f"{kind}{separator}{identifier.lstrip('/')}", owner)
    if name.endswith(("Ip", "IpAddress")):
        return f"203.0.113.{secrets.randbelow(254) + 1}"
    if name in ("Id", f"{schema.noun}Id"):
        return identifier
    if name.endswith("Id") or name in _ATTRIBUTE_PREFIXES:
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
