"""Statements for the objects of a bucket, of this app or imported."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import WildcardStatement

LIST_ACTIONS = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
READ_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion")
PUT_ACTIONS = ("s3:AbortMultipartUpload", "s3:PutObject")
WRITE_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)


@checks_types
def access_to_bucket(
    bucket: s3.IBucket, *, write: bool, folder: str = ""
) -> list[iam.PolicyStatement]:
    """Return the statements to read, or to read and write, objects of a bucket.

    They do not include the key, which a policy covers once with `use_of_key`.

    Args:
        bucket: the bucket.
        write: whether objects may be added, replaced and deleted too.
        folder: the one folder that is listed, read and written. Defaults to the whole bucket.
    """
    arn = bucket.bucket_arn
    if not folder:
        return access_to_buckets([arn], write=write)
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
def put_statement(bucket: s3.IBucket, prefix: str) -> iam.PolicyStatement:
    """Return the statement to add objects below a prefix of a bucket, and not to read any."""
    return WildcardStatement(
        actions=list(PUT_ACTIONS),
        resources=[f"{bucket.bucket_arn}/{prefix}/*"],
        wildcard_reason="Objects below one prefix: their keys are not known beforehand.",
    )


@checks_types
def tell_eventbridge(bucket: s3.IBucket) -> None:
    """Have a bucket send an event to EventBridge for each object that is added or deleted.

    Args:
        bucket: a bucket of this app.

    Raises:
        ValueError: the bucket is not part of this app.
    """
    # Not through the L2, which brings a function of its own for it.
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise ValueError(
            f"{bucket.node.path}: got an imported bucket; must be a bucket of this app. Turn "
            "on its EventBridge notifications where it is defined"
        )
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
            event_bridge_enabled=True
        )
    )
