"""A bucket into which other accounts write."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import DataBucket


@checks_types
class IngestionBucket(Construct):
    """A bucket in which named accounts put objects below their own id, and read none.

    Whatever they write belongs to this account at once (bucket-owner-enforced), is encrypted
    with the key of the bucket, and cannot be read back by their writer. They name no key and
    no ACL; their own policies have to allow ``s3:PutObject`` and ``kms:GenerateDataKey`` too.

    Args:
        accounts: ids of the accounts.
        key: encrypts the objects; see `ingestion_key`.
        access_logs: bucket that receives the access logs.
        removal_policy: with DESTROY the objects are deleted together with the bucket.
        expiration_days: objects are deleted after this many days. If omitted, they are kept.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        accounts: Sequence[str],
        key: kms.IKey,
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
        expiration_days: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.key = key
        self.bucket = DataBucket(
            self,
            "Bucket",
            key=key,
            access_logs=access_logs,
            removal_policy=removal_policy,
            expiration_days=expiration_days,
        ).bucket
        bucket = self.bucket
        resource = bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.ownership_controls = s3.CfnBucket.OwnershipControlsProperty(
            rules=[
                s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")
            ]
        )
        for account in accounts:
            bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.AccountPrincipal(account)],
                    actions=[
                        "s3:AbortMultipartUpload",
                        "s3:ListMultipartUploadParts",
                        "s3:PutObject",
                    ],
                    resources=[f"{bucket.bucket_arn}/{account}/*"],
                )
            )


def ingestion_key(
    scope: Construct,
    id: str,
    *,
    alias: str,
    accounts: Sequence[str],
    removal_policy: RemovalPolicy,
) -> kms.Key:
    """Make the key of ingestion buckets, which others may use through S3 of this region only.

    It is none of the environment's: who writes from outside never touches that one.

    Args:
        scope: where it is made.
        id: construct id.
        alias: name of the key without ``alias/``.
        accounts: ids of the accounts that write.
        removal_policy: with DESTROY the key is deleted after 7 days.
    """
    stack = Stack.of(scope)
    key = kms.Key(
        scope,
        id,
        alias=alias,
        description="Encrypts what other accounts write",
        enable_key_rotation=True,
        pending_window=Duration.days(7),
        removal_policy=removal_policy,
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.AccountPrincipal(account) for account in accounts],
            # A multipart upload is put together with Decrypt.
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{stack.region}.{stack.url_suffix}"}
            },
        )
    )
    return key
