"""The bucket that receives the access logs of other buckets, and VPC flow logs."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.security import acknowledge, in_compliance_packs


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
        self.bucket = s3.Bucket(
            self,
            "Resource",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(retention_days),
                    noncurrent_version_expiration=Duration.days(1),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            removal_policy=removal_policy,
            auto_delete_objects=removal_policy is RemovalPolicy.DESTROY,
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[f"{self.bucket.bucket_arn}/*"],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        acknowledge(
            self,
            in_compliance_packs("S3DefaultEncryptionKMS"),
            reason="S3 delivers access logs only to buckets encrypted with S3-managed keys.",
        )
        acknowledge(
            self,
            in_compliance_packs("S3BucketReplicationEnabled"),
            reason="Logs stay in the region of what they log, and expire.",
        )
