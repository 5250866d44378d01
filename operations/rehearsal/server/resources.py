"""The generic resource handler: a record for any type with a registry schema."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from operations.rehearsal.server import fakes, identifiers
from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Record, Records
from operations.rehearsal.server.schemas import changed_paths, resource_schema


class ResourceError(ValueError):
    """CloudFormation would fail the resource with this message."""


def check(type_name: str, properties: Mapping[str, Any], region: str) -> None:
    """Validate resolved properties against the schema of the type in the region.

    Raises:
        ResourceError: with every objection of the schema.
        UnknownResourceTypeError: if the region's schemas do not have the type.
    """
    problems = resource_schema(type_name, region).problems(properties)
    if problems:
        raise ResourceError(f"Properties validation failed for {type_name}: {'; '.join(problems)}")


def create(
    records: Records,
    type_name: str,
    properties: Mapping[str, Any],
    owner: Owner,
    label: str,
    service: str,
) -> Record:
    """Create the record of a new resource.

    Raises:
        ResourceError: if a resource with the same primary identifier is alive, or the service
            refuses it.
    """
    refuse = fakes.facts_of(type_name).refuse
    if refuse is not None and (reason := refuse(properties, owner, records)):
        raise ResourceError(reason)
    schema = resource_schema(type_name, owner.region)
    full = identifiers.named(schema, properties, owner)
    facts = fakes.facts_of(type_name)
    attributes = identifiers.attributes(schema, full, owner)
    attributes |= facts.derive(full) if facts.derive else {}
    physical_id = identifiers.reference(schema, attributes)
    identity = tuple(str(attributes[".".join(path)]) for path in schema.primary_identifier)
    for name in facts.tells_apart:
        more = json.dumps(full.get(name), sort_keys=True)
        physical_id, identity = f"{physical_id}|{more}", (*identity, more)
    for other in records.of(owner.account, owner.region):
        if other.kind == type_name and other.identity == identity:
            raise ResourceError(f"{schema.noun} {'|'.join(identity)} already exists")
    record = Record(
        kind=type_name,
        account=owner.account,
        region=owner.region,
        physical_id=physical_id,
        label=label,
        service=service,
        stack=owner.stack,
        logical_id=owner.logical_id,
        properties=full,
        attributes=attributes,
        identity=identity,
    )
    _ask(facts.created, record, records)
    records.add(record)
    return record


def _ask(hook: Callable[[Record, Records], None] | None, record: Record, records: Records) -> None:
    """Let the fake of the service refuse a resource."""
    if hook is None:
        return
    try:
        hook(record, records)
    except ApiError as error:
        raise ResourceError(f"{error.code}: {error}") from error


def replaces(type_name: str, region: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether the change from `old` to `new` replaces the resource."""
    schema = resource_schema(type_name, region)
    return any(changed_paths(schema.create_only, old, new))


def update(record: Record, properties: Mapping[str, Any]) -> Record:
    """Update a resource in place; its identity and generated attributes stay.

    Raises:
        ResourceError: if the service does not remove what the update leaves out.
    """
    grows = fakes.facts_of(record.kind).only_grows
    kept = properties.get(grows, [])
    if gone := [one for one in record.properties.get(grows, []) if one not in kept]:
        raise ResourceError(f"{grows} cannot be removed or changed: {gone}")
    schema = resource_schema(record.kind, record.region)
    generated = {
        name: value
        for name, value in record.properties.items()
        if name in (f"{schema.noun}Name", "Name") and name not in properties
    }
    record.properties = {**generated, **properties}
    for name, path in schema.attributes.items():
        if len(path) == 1 and path[0] in record.properties:
            record.attributes[name] = record.properties[path[0]]
    if derive := fakes.facts_of(record.kind).derive:
        record.attributes |= derive(record.properties)
    return record


def delete(records: Records, record: Record) -> None:
    """Delete a resource.

    Raises:
        ResourceError: if the resource still holds others, as a domain holds its user profiles.
    """
    _ask(fakes.facts_of(record.kind).deleted, record, records)
    inside = contents(records, record)
    if inside:
        names = ", ".join(f"{other.noun} {other.physical_id}" for other in inside[:5])
        raise ResourceError(
            f"{record.noun} {record.physical_id} still holds {len(inside)} resources: {names}"
        )
    records.remove(record.account, record.region, record.kind, record.physical_id)


def contents(records: Records, record: Record) -> list[Record]:
    """Return the resources that this one identifies, such as the spaces of a domain."""
    schema = resource_schema(record.kind, record.region)
    if len(schema.primary_identifier) != 1 or not record.service:
        return []
    (key,) = schema.primary_identifier[0]
    if key in ("Id", "Arn", "Name"):
        return []
    return [
        other
        for other in records.of(record.account, record.region, record.service)
        if other.kind != record.kind
        and record.physical_id in other.identity
        and other.view.get(key) == record.physical_id
    ]
