"""Describes a bucket as a layer of the lakehouse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from operations.adopt.found import Asking, Existing, Found, Keys, Note, divide, without_none
from operations.assembly import Json
from stacks.names import pascal_case

_LONGEST = 20
_LAYER: Keys = ("lakehouse", "layers", 0)
_CLASSES: Mapping[str, str] = {
    "INTELLIGENT_TIERING": "intelligent_tiering_days",
    "STANDARD_IA": "infrequent_access_days",
    "GLACIER_IR": "glacier_instant_retrieval_days",
}


def read(asking: Asking, identifier: str, environment: str | None) -> Found:
    """Return a bucket as settings.

    Args:
        asking: asks the account.
        identifier: name of the bucket.
        environment: name of the environment; if None, derived.
    """
    name = identifier.removeprefix("arn:aws:s3:::").removeprefix("s3://").rstrip("/")
    asking.require("s3", "head_bucket", Bucket=name)
    chosen, own = divide(name, environment, _LONGEST)
    notes: list[Note] = []
    lifecycle = dict(_lifecycle(asking, name, notes))
    encryption = _encryption(asking, name)
    key = encryption.get("KMSMasterKeyID")
    if encryption and encryption.get("SSEAlgorithm") != "aws:kms":
        notes.append(
            Note(
                _LAYER,
                f"New objects are encrypted with {encryption.get('SSEAlgorithm')}. A deployment "
                "sets the environment's KMS key; existing objects keep their encryption",
            )
        )
    if asking.ask("s3", "get_bucket_versioning", Bucket=name).get("Status") != "Enabled":
        notes.append(Note(_LAYER, "The bucket has no versioning. A deployment enables it for good"))
    if asking.ask("s3", "get_bucket_replication", Bucket=name):
        notes.append(
            Note(
                _LAYER,
                "The bucket replicates its objects. A deploy removes the rule unless the layer has "
                "replication",
            )
        )
    tags = asking.ask("s3", "get_bucket_tagging", Bucket=name).get("TagSet", [])
    resources = [
        Existing(
            type="AWS::S3::Bucket",
            identifier={"BucketName": name},
            properties={"BucketName": name},
            place=f"{pascal_case(own)}Layer/Bucket",
        ),
        *_policy(asking, name, own, notes),
        *_database(asking, f"{chosen}_{own}".replace("-", "_"), name),
    ]
    layer = without_none({"name": own, "access": "read", "lifecycle": lifecycle or None})
    return Found(
        environment=chosen,
        block={"lakehouse": {"layers": [layer]}},
        resources=resources,
        notes=[
            *notes,
            Note(
                (*_LAYER, "access"),
                "AWS does not return who should use the layer: none, read or read-write",
            ),
        ],
        key_arn=key,
        tags={one["Key"]: one["Value"] for one in tags},
    )


def _encryption(asking: Asking, bucket: str) -> Json:
    rules = (
        asking.ask("s3", "get_bucket_encryption", Bucket=bucket)
        .get("ServerSideEncryptionConfiguration", {})
        .get("Rules", [])
    )
    found: Json = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    return found


def _lifecycle(asking: Asking, bucket: str, notes: list[Note]) -> Iterator[tuple[str, int]]:
    rules = asking.ask("s3", "get_bucket_lifecycle_configuration", Bucket=bucket).get("Rules", [])
    for rule in rules:
        if rule.get("Status") != "Enabled":
            continue
        if any((rule.get("Filter") or {}).values()) or rule.get("Prefix"):
            notes.append(
                Note(
                    _LAYER,
                    f"The lifecycle rule {rule.get('ID', 'without a name')} is for some objects "
                    "only. A deploy removes it: a layer has one rule for all objects",
                )
            )
            continue
        if days := rule.get("Expiration", {}).get("Days"):
            yield "expiration_days", days
        if days := rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays"):
            yield "noncurrent_days", days
        for one in rule.get("Transitions", []):
            key = _CLASSES.get(one.get("StorageClass", ""))
            if key and "Days" in one:
                yield key, one["Days"]
            else:
                notes.append(
                    Note(_LAYER, f"Objects move to {one.get('StorageClass')}, which has no key")
                )


def _policy(asking: Asking, bucket: str, layer: str, notes: list[Note]) -> Iterator[Existing]:
    policy = asking.ask("s3", "get_bucket_policy", Bucket=bucket).get("Policy")
    if not policy:
        return
    document: Json = json.loads(policy)
    notes.append(
        Note(
            _LAYER,
            "The bucket has a policy. A deployment replaces it, and other accounts lose access",
        )
    )
    yield Existing(
        type="AWS::S3::BucketPolicy",
        identifier={"Bucket": bucket},
        properties={"Bucket": bucket, "PolicyDocument": document},
        place=f"{pascal_case(layer)}Layer/Bucket/Policy",
    )


def _database(asking: Asking, name: str, bucket: str) -> Iterator[Existing]:
    database: Mapping[str, Any] = asking.ask("glue", "get_database", Name=name).get("Database", {})
    if not database:
        return
    location = str(database.get("LocationUri", ""))
    if location and not location.startswith(f"s3://{bucket}"):
        return
    yield Existing(
        type="AWS::Glue::Database",
        identifier={"DatabaseName": name},
        properties={
            "DatabaseName": name,
            "CatalogId": database.get("CatalogId"),
            "DatabaseInput": without_none(
                {
                    "Name": name,
                    "Description": database.get("Description"),
                    "LocationUri": location or None,
                }
            ),
        },
        where={"DatabaseName": name},
    )
