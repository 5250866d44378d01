"""What it takes to read and write records of feature groups."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn

# Not BatchWriteRecord, ListRecords and UpdateRecord: the service authorization reference does not
# have them yet (read 2026-11-27).
_DESCRIBE = (
    "sagemaker:DescribeFeatureGroup",
    "sagemaker:DescribeFeatureMetadata",
    "sagemaker:ListTags",
)
_READ = ("sagemaker:BatchGetRecord", "sagemaker:GetRecord")
_WRITE = ("sagemaker:DeleteRecord", "sagemaker:PutRecord")


def use_feature_groups(
    scope: IConstruct, *, read: Sequence[str], written: Sequence[str]
) -> list[iam.PolicyStatement]:
    """Return the permissions to read and to write records, with a statement for each kind of use.

    The key of an online store is in `use_of_online_stores`.

    Args:
        scope: its stack tells the account and the region.
        read: names of the feature groups whose records are read.
        written: names of the feature groups whose records are written and deleted.
    """
    by_use = (
        ([name for name in read if name not in written], _READ),
        ([name for name in written if name not in read], _WRITE),
        ([name for name in read if name in written], (*_READ, *_WRITE)),
    )
    return [
        iam.PolicyStatement(
            actions=[*actions, *_DESCRIBE],
            resources=[
                format_arn(scope, service="sagemaker", resource="feature-group", resource_name=name)
                for name in names
            ],
        )
        for names, actions in by_use
        if names
    ]


def use_any_feature_group(scope: IConstruct, *, prefix: str) -> iam.PolicyStatement:
    """Return the permissions to read and write records of groups whose names begin with a prefix.

    For the policy of an interface endpoint.

    Args:
        scope: its stack tells the account and the region.
        prefix: beginning of the names.
    """
    groups = format_arn(
        scope, service="sagemaker", resource="feature-group", resource_name=f"{prefix}*"
    )
    return WildcardStatement(
        actions=[*_READ, *_WRITE],
        resources=[groups],
        wildcard_reason="Feature groups whose names a prefix begins.",
    )


def list_feature_groups() -> list[iam.PolicyStatement]:
    """Return the permissions to find feature groups."""
    return [
        WildcardStatement(
            actions=["sagemaker:ListFeatureGroups", "sagemaker:Search"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these lists; reading names only.",
        )
    ]


def use_of_online_stores(key: kms.IKey) -> list[iam.PolicyStatement]:
    """Return what reading and writing records of an online store takes of its key.

    SageMaker and the store use it on behalf of the caller (SageMaker API Reference,
    ``OnlineStoreSecurityConfig``; SageMaker AI Developer Guide, "Security and access control").
    """
    region = Stack.of(key).region
    return [
        iam.PolicyStatement(
            actions=["kms:Decrypt"],
            resources=[key.key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": [
                        f"{service}.{region}.amazonaws.com" for service in ("dynamodb", "sagemaker")
                    ]
                }
            },
        )
    ]
