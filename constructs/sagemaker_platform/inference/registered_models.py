"""The keys of models from a registry, which another environment may own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement

if TYPE_CHECKING:
    from sagemaker_platform.inference.model import ModelSource


def decrypt_registered(
    scope: IConstruct, sources: Iterable[ModelSource]
) -> Sequence[iam.PolicyStatement]:
    """Return the statements to decrypt the data of versions whose key is not known.

    A version does not tell the key of its data. The statement allows any key of the account that
    has the version, through Amazon S3, for the objects of the version only; the policy of the key
    decides who may use it (Amazon S3 User Guide, "Using server-side encryption with AWS KMS
    keys": the encryption context is the ARN of the object, or of a bucket with an S3 Bucket Key).

    Args:
        scope: a construct of the stack, for its partition and region.
        sources: models, also those of no registry.
    """
    partition, region = Stack.of(scope).partition, Stack.of(scope).region
    found: dict[tuple[str, str], None] = {}
    for source in sources:
        if source.model_package_arn and source.data and source.data_key_arn is None:
            found[source.model_package_arn.split(":")[4], source.data] = None
    return [
        WildcardStatement(
            actions=["kms:Decrypt"],
            resources=[f"arn:{partition}:kms:{region}:{account}:key/*"],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
                "StringLike": {
                    "kms:EncryptionContext:aws:s3:arn": _objects(data, partition=partition)
                },
            },
            wildcard_reason="A version of a registry does not tell the key of its data; the "
            "condition names the data.",
        )
        for account, data in found
    ]


def _objects(data: str, *, partition: str) -> list[str]:
    """Return the ARNs of a bucket and of the objects in it that are read."""
    bucket, _, key = data.removeprefix("s3://").partition("/")
    arn = f"arn:{partition}:s3:::{bucket}"
    return [arn, f"{arn}/{key}{'*' if key.endswith('/') else ''}"]
