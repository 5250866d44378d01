"""The bucket that receives the access logs of other buckets, and VPC flow logs."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation.closed_bucket import closed_bucket
from sagemaker_platform.security import acknowledge_each, in_compliance_packs


@checks_types
class AccessLogBucket(Construct):
    """A bucket for S3 server access logs and VPC flow logs of one account.

    Encrypted with S3-managed keys: S3 cannot deliver server access logs to a bucket
    whose default encryption is KMS (AWS: "Enabling Amazon S3 server access logging").
    cdk-nag finds a missing access log as long as no bucket of its stack logs to it.

    Args:
        retention_days: how long a log is kept.
        removal_policy: with DESTROY the logs are deleted together with the bucket.
    """

    def __init__(
        self, scope: Construct, id: str, *, retention_days: int, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, id)
        self.bucket = closed_bucket(
            self,
            key=None,
            removal_policy=removal_policy,
            expiration_days=retention_days,
            noncurrent_days=1,
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[f"{self.bucket.bucket_arn}/*"],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        acknowledge_each(
            self,
            {
                **dict.fromkeys(
                    in_compliance_packs("S3DefaultEncryptionKMS"),
                    "S3 delivers access logs only to buckets encrypted with S3-managed keys.",
                ),
                **dict.fromkeys(
                    in_compliance_packs("S3BucketReplicationEnabled"),
                    "Logs stay in the region of what they log, and expire.",
                ),
            },
        )
