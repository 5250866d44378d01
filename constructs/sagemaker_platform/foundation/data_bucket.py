"""A bucket for data, closed and encrypted."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation.bucket_access import access_to_bucket, put_statement
from sagemaker_platform.foundation.closed_bucket import closed_bucket
from sagemaker_platform.foundation.data_lifecycle import DataLifecycle, Replication
from sagemaker_platform.foundation.environment_key import use_of_key
from sagemaker_platform.security import acknowledge, grant, in_compliance_packs


@checks_types
class DataBucket(Construct):
    """A versioned, TLS-only bucket, encrypted with a customer-managed key.

    Args:
        key: encrypts every object; S3 Bucket Keys keep the number of KMS calls low.
        access_logs: bucket that receives the server access logs, usually that of
            `AccessLogBucket`, whose policy must
            let S3 deliver them.
        removal_policy: with DESTROY all objects are deleted together with the bucket; with
            RETAIN it keeps its policy too, and so its TLS.
        expiration_days: objects are deleted after this many days. If omitted, they are kept.
        noncurrent_days: how long a replaced or deleted version can be brought back.
        lifecycle: when objects move to cheaper storage. If omitted, they stay in S3 Standard.
        replication: copies in another bucket. Defaults to no replication.
        lock: how long Object Lock protects each version from deletion. Defaults to no lock. You
            cannot remove Object Lock from a bucket, and a stack cannot delete locked objects.
        name: globally unique name of the bucket. If omitted, CloudFormation generates one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        key: kms.IKey,
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
        expiration_days: int | None = None,
        noncurrent_days: int = 30,
        lifecycle: DataLifecycle | None = None,
        replication: Replication | None = None,
        name: str | None = None,
        lock: s3.ObjectLockRetention | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.key = key
        bucket = closed_bucket(
            self,
            key=key,
            removal_policy=removal_policy,
            expiration_days=expiration_days,
            noncurrent_days=noncurrent_days,
            name=name,
            lock=lock,
        )
        self.bucket: s3.IBucket = bucket
        # Not through the L2: across stacks it would let S3 deliver logs of any account.
        resource = bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=access_logs.bucket_name,
            log_file_prefix=f"s3/{self.node.path}/",
        )
        if lifecycle is not None:
            lifecycle.apply(bucket)
        if replication is not None:
            replication.apply(self, bucket, key)
            return
        acknowledge(
            self,
            in_compliance_packs("S3BucketReplicationEnabled"),
            reason="One region by design; versions protect against deletion and overwriting.",
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading all objects, and decrypting them with the key."""
        return grant(grantee, [*access_to_bucket(self.bucket, write=False), *use_of_key(self.key)])

    def grant_read_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading, adding, replacing and deleting all objects, with the key."""
        return grant(grantee, [*access_to_bucket(self.bucket, write=True), *use_of_key(self.key)])

    def grant_put(self, grantee: iam.IGrantable, prefix: str) -> iam.Grant:
        """Grant adding objects below a prefix, with the key, and reading none."""
        return grant(grantee, [put_statement(self.bucket, prefix), *use_of_key(self.key)])
