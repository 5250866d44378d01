"""Data Exports: its name in ARNs, its region, and its check of the bucket."""

from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.fake import Fake, TypeFacts
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Records

_REGION = "us-east-1"


def _refuse_export(properties: Mapping[str, Any], owner: Owner, records: Records) -> str:
    """Refuse another region, and a bucket whose policy does not let the service write."""
    if owner.region != _REGION:
        return f"AWS Data Exports is not available in {owner.region}"
    place = properties["Export"]["DestinationConfigurations"]["S3Destination"]
    policies = [
        one.properties.get("PolicyDocument")
        for one in records.of(owner.account, place["S3Region"])
        if one.kind == "AWS::S3::BucketPolicy" and one.properties.get("Bucket") == place["S3Bucket"]
    ]
    if not any("bcm-data-exports.amazonaws.com" in str(one) for one in policies):
        return f"ValidationException: S3 bucket permission validation failed: {place['S3Bucket']}"
    return ""


FAKE = Fake(
    service="bcm-data-exports",
    arn_service={"BCMDataExports": "bcm-data-exports"},
    types={"AWS::BCMDataExports::Export": TypeFacts(refuse=_refuse_export)},
)
