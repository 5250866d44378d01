"""SageMaker: the forms of its IDs, and the shards of an optimization job."""

import secrets
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server import inference_routing
from operations.rehearsal.server.fake import S3, Fake, TypeFacts
from operations.rehearsal.server.wire import Call


async def _write_shard(call: Call, s3: S3) -> None:
    """Put an object where an optimization job would put the shards of a model."""
    path = call.arguments["OutputConfig"]["S3OutputLocation"].removeprefix("s3:/")
    await s3("PUT", f"{path}rehearsed-shard", {"host": "localhost"}, b"", {})


def _image_version(properties: Mapping[str, Any]) -> str:
    return f"{properties.get('ImageName')}/{secrets.randbelow(10_000) + 1}"


FAKE = Fake(
    service="sagemaker",
    operations=inference_routing.OPERATIONS,
    answer=inference_routing.answer,
    effects={"CreateOptimizationJob": _write_shard},
    id_prefixes={"HomeEfsFileSystemId": "fs-", "SecurityGroupIdForDomainBoundary": "sg-"},
    types={
        "AWS::SageMaker::Domain": TypeFacts(
            id_prefix="d-", why_kept="its file system holds home folders"
        ),
        "AWS::SageMaker::FeatureGroup": TypeFacts(
            only_grows="FeatureDefinitions", why_kept="holds features"
        ),
        "AWS::SageMaker::ImageVersion": TypeFacts(identify=_image_version),
        "AWS::SageMaker::MlflowApp": TypeFacts(why_kept="holds experiments"),
        "AWS::SageMaker::MlflowTrackingServer": TypeFacts(why_kept="holds experiments"),
        "AWS::SageMaker::PartnerApp": TypeFacts(
            arn_id_prefix="app-", why_kept="holds what its users created"
        ),
        "AWS::SageMaker::Space": TypeFacts(why_kept="its volume holds files"),
        "AWS::SageMaker::UserProfile": TypeFacts(why_kept="belongs to a domain that is kept"),
    },
)
