"""A bucket for data, closed and encrypted."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation.closed_bucket import closed_bucket
from sagemaker_platform.foundation.data_lifecycle import DataLifecycle, Replication
from sagemaker_platform.foundation.environment_key import use_of_key
from sagemaker_platform.security import (
    WildcardStatement,
    acknowledge,
    grant,
    in_compliance_packs,
)

LIST_ACTIONS = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
READ_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion")
PUT_ACTIONS = ("s3:AbortMultipartUpload", "s3:PutObject")
WRITE_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)


def access_to_buckets(arns: Sequence[str], *, write: bool) -> list[iam.PolicyStatement]:
    """Return the statements to read, or to read and write, all objects of buckets.

    Args:
        arns: ARNs of the buckets.
        write: whether objects may be added, replaced and deleted too.
    """
    return [
        iam.PolicyStatement(actions=list(LIST_ACTIONS), resources=list(arns)),
        WildcardStatement(
            actions=[*READ_ACTIONS, *(WRITE_ACTIONS if write else ())],
            resources=[f"{arn}/*" for arn in arns],
            wildcard_reason="Objects of known buckets: their keys are not known beforehand.",
        ),
    ]


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
        expiration_days: objects are deleted after this many days; if omitted, they are kept.
        noncurrent_days: how long a replaced or deleted version can be brought back.
        lifecycle: when objects move to cheaper storage; if omitted, they stay in S3 Standard.
        replication: copies elsewhere; if omitted, there are none.
        name: name of the bucket, unique in the world; if omitted, CloudFormation gives it one.
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

    @staticmethod
    def from_bucket(
        scope: Construct, id: str, *, bucket: s3.IBucket, key: kms.IKey
    ) -> "DataBucket":
        """Use an existing bucket where a construct takes a `DataBucket`.

        Args:
            scope: scope of the new construct.
            id: id of the new construct.
            bucket: the bucket. Its policy, encryption and lifecycle stay as they are.
            key: the key that encrypts its objects.
        """
        return _ExistingBucket(scope, id, bucket=bucket, key=key)

    def tell_eventbridge(self) -> None:
        """Send an event to EventBridge for each object that is added or deleted.

        Raises:
            ValueError: the bucket is not part of this app.
        """
        # Not through the L2, which brings a function of its own for it.
        resource = self.bucket.node.default_child
        if not isinstance(resource, s3.CfnBucket):
            raise ValueError(
                f"{self.node.path}: got an imported bucket; must be a bucket of this app. Turn "
                "on its EventBridge notifications where it is defined"
            )
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading all objects, and decrypting them with the key."""
        return grant(grantee, [*self.access_statements(write=False), *use_of_key(self.key)])

    def grant_read_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading, adding, replacing and deleting all objects, with the key."""
        return grant(grantee, [*self.access_statements(write=True), *use_of_key(self.key)])

    def grant_put(self, grantee: iam.IGrantable, prefix: str) -> iam.Grant:
        """Grant adding objects below a prefix, with the key, and reading none."""
        return grant(grantee, [self.put_statement(prefix), *use_of_key(self.key)])

    def access_statements(self, *, write: bool, folder: str = "") -> list[iam.PolicyStatement]:
        """Return the statements to read, or to read and write, objects, for a policy of yours.

        They do not include the key, which a policy covers once with `use_of_key`.

        Args:
            write: whether objects may be added, replaced and deleted too.
            folder: the one folder that is listed, read and written. Defaults to the whole bucket.
        """
        arn = self.bucket.bucket_arn
        if folder:
            # Not ListBucketMultipartUploads: IAM knows no prefix of it.
            return [
                iam.PolicyStatement(actions=["s3:GetBucketLocation"], resources=[arn]),
                iam.PolicyStatement(
                    actions=["s3:ListBucket"],
                    resources=[arn],
                    # Without the slash, names of folders that begin with it would be listed too.
                    conditions={"StringLike": {"s3:prefix": f"{folder}/*"}},
                ),
                WildcardStatement(
                    actions=[*READ_ACTIONS, *(WRITE_ACTIONS if write else ())],
                    resources=[f"{arn}/{folder}/*"],
                    wildcard_reason="Objects of one folder: their keys are not known beforehand.",
                ),
            ]
        return access_to_buckets([arn], write=write)

    def put_statement(self, prefix: str) -> iam.PolicyStatement:
        """Return the statement to add objects below a prefix, and not to read any."""
        return WildcardStatement(
            actions=list(PUT_ACTIONS),
            resources=[f"{self.bucket.bucket_arn}/{prefix}/*"],
            wildcard_reason="Objects below one prefix: their keys are not known beforehand.",
        )


class _ExistingBucket(DataBucket):
    def __init__(self, scope: Construct, id: str, *, bucket: s3.IBucket, key: kms.IKey) -> None:
        Construct.__init__(self, scope, id)
        self.bucket = bucket
        self.key = key
