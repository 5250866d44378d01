"""Corrections of values that the emulator gets wrong. `UPSTREAM.md` lists each."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from operations.rehearsal.server import identifiers
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.resources import ResourceError
from operations.rehearsal.server.schemas import has_schema, lookup, resource_schema

_S3 = "http://s3.amazonaws.com/doc/2006-03-01/"

# Notes of the report for native types that are corrected here.
NOTES = {
    "AWS::EC2::VPC": "attribute CidrBlock added",
    "AWS::S3::Bucket": "KMS encryption and tags kept",
}


def attributes(
    resource_type: str,
    owner: Owner,
    physical_id: str,
    properties: Mapping[str, Any],
    given: Mapping[str, Any] | None,
    before: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the emulator's attributes of a resource, with those of the schema that it lacks.

    Args:
        resource_type: type of the resource.
        owner: whose it is.
        physical_id: what the emulator calls it.
        properties: its properties.
        given: the emulator's attributes.
        before: its attributes so far, so that what is made up stays the same.
    """
    found = dict(given or {})
    if not has_schema(resource_type):
        return found
    schema = resource_schema(resource_type, owner.region)
    missing = [name for name in schema.attributes if name not in found]
    for name in missing:
        value = lookup(properties, schema.attributes[name])
        if value is None and [schema.attributes[name]] == schema.primary_identifier:
            value = physical_id
        if value is None:
            value = before.get(name)
        if value is not None:
            found[name] = value
    if any(name not in found for name in missing):
        for name, value in identifiers.attributes(schema, properties, owner).items():
            if name in missing:
                found.setdefault(name, value)
    return found


def bucket(service: Any, resource_type: str, name: str, properties: Mapping[str, Any]) -> None:
    """Keep the default encryption and the tags of a bucket, which the S3 API returns."""
    if resource_type != "AWS::S3::Bucket":
        return
    rules = lookup(properties, ("BucketEncryption", "ServerSideEncryptionConfiguration"))
    service._bucket_encryption.pop(name, None)
    if rules:
        service._bucket_encryption[name] = _encryption(rules)
    service._bucket_tags.pop(name, None)
    if properties.get("Tags"):
        service._bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}


def _encryption(rules: list[Mapping[str, Any]]) -> str:
    root = ElementTree.Element("ServerSideEncryptionConfiguration", xmlns=_S3)
    for given in rules:
        rule = ElementTree.SubElement(root, "Rule")
        default = given.get("ServerSideEncryptionByDefault", {})
        applied = ElementTree.SubElement(rule, "ApplyServerSideEncryptionByDefault")
        for key in ("SSEAlgorithm", "KMSMasterKeyID"):
            if key in default:
                ElementTree.SubElement(applied, key).text = str(default[key])
        enabled = str(given.get("BucketKeyEnabled", False)).lower()
        ElementTree.SubElement(rule, "BucketKeyEnabled").text = enabled
    return ElementTree.tostring(root, encoding="unicode")


def refuse_attached(
    service: Any, resource_type: str, name: str, properties: Mapping[str, Any]
) -> None:
    """Refuse to delete a role with policies that its template does not list.

    Raises:
        ResourceError: if it has.
    """
    if resource_type != "AWS::IAM::Role":
        return
    attached = service._roles.get(name, {}).get("AttachedPolicies", [])
    foreign = sorted(set(attached) - set(properties.get("ManagedPolicyArns", [])))
    if foreign:
        raise ResourceError(
            f"Cannot delete entity, must detach all policies first: {', '.join(foreign)}"
        )


def default_key(service: str, headers: dict[str, str]) -> None:
    """Add the account's S3 key to an upload with KMS encryption and without a key."""
    asked = headers.get("x-amz-server-side-encryption") == "aws:kms"
    if service == "s3" and asked:
        headers.setdefault("x-amz-server-side-encryption-aws-kms-key-id", "alias/aws/s3")
