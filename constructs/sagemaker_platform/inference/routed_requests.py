"""Requests that a router of another account or region passes to an asynchronous endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import WildcardStatement


@checks_types
@dataclass(frozen=True, kw_only=True)
class RoutedRequests:
    """A bucket of a router, whose policy admits this account.

    The role of the endpoint reads requests and writes results there (Amazon SageMaker AI Developer
    Guide, "Route asynchronous inference requests through an inference router", read 2026-11-27).

    Args:
        bucket: bucket of the router, in the router's account and region.
        key: key of the bucket.
    """

    bucket: s3.IBucket
    key: kms.IKey

    def statements(self) -> list[iam.PolicyStatement]:
        """Return what the role of an endpoint needs."""
        reason = "Requests and results of routers: their keys are not known beforehand."
        arn = self.bucket.bucket_arn
        return [
            WildcardStatement(
                actions=["s3:GetObject"],
                resources=[f"{arn}/*/input/*"],
                wildcard_reason=reason,
            ),
            WildcardStatement(
                actions=["s3:PutObject"],
                resources=[f"{arn}/*/output/*", f"{arn}/*/failures/*"],
                wildcard_reason=reason,
            ),
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[self.key.key_arn]
            ),
        ]


def share_requests_key(key: kms.IKey, *, accounts: Sequence[str], buckets: str) -> None:
    """Let endpoints of other accounts use a key for requests and results of routers.

    It adds to the key policy. The policy of an imported key stays as it is: its owner adds the
    statement.

    Args:
        key: the key of the buckets.
        accounts: accounts of the endpoints, whose policies decide which roles use it.
        buckets: names of the buckets, with wildcards. The key policy cannot refer to a bucket
            that the key encrypts; the bucket policy names the objects.
    """
    stack = Stack.of(key)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.AccountPrincipal(one) for one in accounts],
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"},
                "StringLike": {
                    "kms:EncryptionContext:aws:s3:arn": f"arn:{stack.partition}:s3:::{buckets}"
                },
            },
        )
    )
