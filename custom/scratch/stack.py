"""Wires scratch space."""

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_iam as iam
from constructs import Construct

from custom.scratch.settings import ScratchSettings
from sagemaker_platform.foundation import DataBucket, use_of_key
from sagemaker_platform.security import WildcardStatement
from stacks.base import EnvironmentStack
from stacks.shared import SharedResources


class ScratchStack(EnvironmentStack):
    """A bucket whose files expire."""

    def __init__(
        self, scope: Construct, id: str, *, shared: SharedResources, settings: ScratchSettings
    ) -> None:
        super().__init__(scope, id, environment=shared.environment, description="scratch space")
        self._key = shared.key
        self._bucket = DataBucket(
            self,
            "Files",
            key=shared.key,
            access_logs=shared.access_logs,
            removal_policy=RemovalPolicy.DESTROY,
            expiration_days=settings.days,
            noncurrent_days=1,
        ).bucket
        CfnOutput(self, "BucketName", value=self._bucket.bucket_name)

    def statements(self) -> list[iam.PolicyStatement]:
        """Return what it takes to use it."""
        arn = self._bucket.bucket_arn
        return [
            iam.PolicyStatement(actions=["s3:ListBucket"], resources=[arn]),
            WildcardStatement(
                actions=["s3:GetObject", "s3:PutObject"],
                resources=[f"{arn}/*"],
                wildcard_reason="Files have no names known beforehand.",
            ),
            *use_of_key(self._key),
        ]
