"""Stores of an environment: class of the data, encryption, retention."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from operations.assembly import Json, Stage
from operations.evidence.classes import Classes
from operations.evidence.rules import place_in
from operations.review.stateful import HOLDS
from operations.templates import Templates

# What holds data besides, and what has no data of its own: others in the list hold it.
_ALSO = {
    "AWS::SNS::Topic": "messages",
    "AWS::SageMaker::EndpointConfig": "captured requests and volumes",
}
_ELSEWHERE = (
    "AWS::DataZone::DomainUnit",
    "AWS::Glue::Catalog",
    "AWS::Glue::Database",
    "AWS::Glue::Table",
    "AWS::KMS::Key",
    "AWS::Macie::Session",
    "AWS::S3Tables::Namespace",
    "AWS::S3Tables::Table",
    "AWS::SageMaker::Space",
    "AWS::SageMaker::UserProfile",
)
# Names of properties that name a key, in the spelling of the services.
_KEYS = frozenset(
    {
        "EfsFileSystemKmsKeyId",
        "EncryptionKeyArn",
        "KMSKeyArn",
        "KMSMasterKeyID",
        "KeyArn",
        "KeyId",
        "KmsKey",
        "KmsKeyArn",
        "KmsKeyId",
        "KmsKeyIdentifier",
        "KmsMasterKeyId",
        "S3KmsKeyId",
        "VolumeKmsKeyId",
    }
)
_KEPT: Mapping[str, str] = {
    "AutomaticBackupRetentionDays": "backups for {}",
    "BackupRetentionPeriod": "backups for {}",
    "ExpirationInDays": "deleted after {}",
    "MessageRetentionPeriod": "deleted after {}",
    "NoncurrentDays": "old versions for {}",
    "NoncurrentVersionExpirationInDays": "old versions for {}",
    "RetentionInDays": "deleted after {}",
}
_LOCKS = ("ObjectLockEnabled",)
# Types that have no key of their own, because that of what they belong to encrypts them. Source:
# Amazon DataZone User Guide, "Data encryption at rest for Amazon DataZone", read 2026-11-27.
_KEY_OF_OTHERS: Mapping[str, str] = {"AWS::DataZone::Project": "key of its domain"}


@dataclass(frozen=True)
class Store:
    """Something that holds data.

    Attributes:
        place: where it is made.
        type: its type in CloudFormation.
        holds: what it holds.
        data_class: class of the data; empty if it has none.
        encryption: the key, or whose keys encrypt it.
        retention: how long what it holds is kept.
        deletion: what becomes of it when the stack is deleted.
    """

    place: str
    type: str
    holds: str
    data_class: str
    encryption: str
    retention: str
    deletion: str


@dataclass(frozen=True)
class Exclusion:
    """What AWS offers no control for.

    Attributes:
        type: type of the resources.
        places: where they are made.
        excluded: the control.
        reason: why the platform cannot have it.
        source: document that says so.
    """

    type: str
    places: tuple[str, ...]
    excluded: str
    reason: str
    source: str


def stores(stage: Stage, templates: Templates, classes: Classes) -> list[Store]:
    """Return the stores of an environment, in the order of their places."""
    found = []
    for stack in stage.stacks:
        for logical_id, resource in stack.resources().items():
            kind, properties = resource["Type"], resource.get("Properties", {})
            holds = _ALSO.get(kind) or HOLDS.get(kind)
            if holds is None or kind in _ELSEWHERE:
                continue
            found.append(
                Store(
                    place_in(stage, stack.name, logical_id, resource),
                    kind,
                    holds,
                    classes.of_resource(stack.name, resource),
                    _encryption(templates, stack.name, kind, properties),
                    _kept(dict.fromkeys(_retention(properties))),
                    "kept"
                    if resource.get("DeletionPolicy", "").startswith("Retain")
                    else "deleted",
                )
            )
    return sorted(found, key=lambda one: (one.place, one.type))


def exclusions(stage: Stage) -> list[Exclusion]:
    """Return what AWS offers no control for, as far as the environment has such resources."""
    found = []
    for row in _exclusions():
        places = sorted(
            place_in(stage, stack.name, logical_id, resource)
            for stack in stage.stacks
            for logical_id, resource in stack.resources().items()
            if resource["Type"] == row["type"]
            if row["match"] in json.dumps(resource.get("Properties", {}))
        )
        if places:
            found.append(
                Exclusion(row["type"], tuple(places), row["excluded"], row["reason"], row["source"])
            )
    return found


@cache
def _exclusions() -> tuple[Mapping[str, str], ...]:
    text = Path(__file__).with_name("exclusions.csv").read_text("utf-8")
    return tuple(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _encryption(templates: Templates, stack: str, kind: str, properties: Json) -> str:
    keys = sorted({templates.text(stack, key).strip("<>") for key in _found(properties, _KEYS)})
    if keys:
        return f"key {', '.join(keys)}"
    if kind in _KEY_OF_OTHERS:
        return _KEY_OF_OTHERS[kind]
    if "AES256" in json.dumps(properties):
        return "S3-managed keys"
    excluded = any(
        row["type"] == kind
        and row["excluded"] == "customer-managed key"
        and row["match"] in json.dumps(properties)
        for row in _exclusions()
    )
    return "keys of AWS: see the exclusions" if excluded else "keys of AWS"


def _kept(periods: Iterable[str]) -> str:
    """Return how long a store keeps data; without a period, until data is deleted."""
    found = list(periods)
    if not any(one.startswith("deleted after") for one in found):
        found.insert(0, "until it is deleted")
    return "; ".join(found)


def _retention(properties: Json) -> Iterator[str]:
    if any(properties.get(key) for key in _LOCKS):
        yield "objects are locked"
    for name, text in _KEPT.items():
        for value in _found(properties, frozenset({name})):
            if isinstance(value, int | str):
                yield text.format(_days(value, in_seconds=name == "MessageRetentionPeriod"))


def _days(value: int | str, *, in_seconds: bool) -> str:
    if not str(value).isdigit():
        return f"{value} {'seconds' if in_seconds else 'days'}"
    days = int(value) / (86_400 if in_seconds else 1)
    return "1 day" if days == 1 else f"{days:g} days"


def _found(value: Any, names: frozenset[str]) -> Iterator[Any]:
    """Yield the values of properties of some names, at any depth."""
    match value:
        case dict():
            for key, one in value.items():
                if key in names and one not in (None, ""):
                    yield one
                else:
                    yield from _found(one, names)
        case list():
            for one in value:
                yield from _found(one, names)
