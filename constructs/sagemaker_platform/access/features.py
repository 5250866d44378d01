"""The activity of writing and reading features."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_platform.access.workload import Workload
from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import WildcardStatement, format_arn

_NAMES = "Feature groups below one prefix, which people share."
_ONLINE_KEY = "sagemaker:FeatureGroupOnlineStoreKmsKey"
_OFFLINE_KEY = "sagemaker:FeatureGroupOfflineStoreKmsKey"
_OFFLINE_URI = "sagemaker:FeatureGroupOfflineStoreS3Uri"
_DATABASE = "sagemaker_featurestore"


@checks_types
def use_feature_store(workload: Workload, *, files: s3.IBucket) -> list[iam.PolicyStatement]:
    """Return the permissions to create feature groups, and to write and read their features.

    Names begin with the prefix of the workload; all personas with the activity share the groups.
    Online and offline stores must name the key, and offline stores are in the bucket of the
    environment. SageMaker writes there, and to the table of the Data Catalog, with the role of
    the group, which is its creator's role (AWS: AmazonSageMakerFeatureStoreAccess, and
    "Security and access control" of Feature Store for the key). Reading and writing objects of the
    bucket, and most permissions to use the key, is in `run_jobs`.

    Args:
        workload: the key and names to use.
        files: where offline stores are.
    """
    stack = Stack.of(workload)
    groups = workload.named("feature-group")

    def glue(resource: str, name: str | None = None) -> str:
        return format_arn(stack, service="glue", resource=resource, resource_name=name)

    return [
        WildcardStatement(
            actions=["sagemaker:CreateFeatureGroup"],
            resources=[groups],
            conditions={
                "ArnEqualsIfExists": dict.fromkeys(
                    (_OFFLINE_KEY, _ONLINE_KEY), workload.key.key_arn
                ),
                "StringLikeIfExists": {_OFFLINE_URI: f"s3://{files.bucket_name}/*"},
            },
            wildcard_reason=_NAMES,
        ),
        # A store need not be there, and one that is there must name the key.
        WildcardStatement(
            effect=iam.Effect.DENY,
            actions=["sagemaker:CreateFeatureGroup"],
            resources=["*"],
            conditions={
                "Bool": {"sagemaker:FeatureGroupEnableOnlineStore": "true"},
                "Null": {_ONLINE_KEY: "true"},
            },
            wildcard_reason="Forbids online stores without a key.",
        ),
        WildcardStatement(
            effect=iam.Effect.DENY,
            actions=["sagemaker:CreateFeatureGroup"],
            resources=["*"],
            conditions={"Null": {_OFFLINE_KEY: "true", _OFFLINE_URI: "false"}},
            wildcard_reason="Forbids offline stores without a key.",
        ),
        WildcardStatement(
            actions=[
                "sagemaker:AddTags",
                "sagemaker:BatchGetRecord",
                "sagemaker:DeleteFeatureGroup",
                "sagemaker:DeleteRecord",
                "sagemaker:DescribeFeatureGroup",
                "sagemaker:DescribeFeatureMetadata",
                "sagemaker:GetRecord",
                "sagemaker:ListTags",
                "sagemaker:PutRecord",
                "sagemaker:UpdateFeatureGroup",
                "sagemaker:UpdateFeatureMetadata",
            ],
            resources=[groups],
            wildcard_reason=_NAMES,
        ),
        WildcardStatement(
            actions=["sagemaker:ListFeatureGroups", "sagemaker:Search"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these lists; reading names only.",
        ),
        WildcardStatement(
            actions=[
                "glue:CreateDatabase",
                "glue:CreateTable",
                "glue:GetDatabase",
                "glue:GetPartitions",
                "glue:GetTable",
                "glue:GetTables",
                "glue:UpdateTable",
            ],
            resources=[
                glue("catalog"),
                glue("database", _DATABASE),
                glue("table", f"{_DATABASE}/*"),
            ],
            wildcard_reason="SageMaker names the tables; the account has one such database.",
        ),
        WildcardStatement(
            actions=["s3:GetBucketAcl", "s3:PutObjectAcl"],
            resources=[files.bucket_arn, f"{files.bucket_arn}/*"],
            wildcard_reason="Objects of one bucket: their keys are not known beforehand.",
        ),
        WildcardStatement(
            actions=["kms:ListAliases"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this list; reading names only.",
        ),
        # For SageMaker and its online store, not for people, who could revoke any grant.
        iam.PolicyStatement(
            actions=["kms:ListGrants", "kms:RetireGrant", "kms:RevokeGrant"],
            resources=[workload.key.key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": [
                        f"{service}.{stack.region}.amazonaws.com"
                        for service in ("dynamodb", "sagemaker")
                    ]
                }
            },
        ),
    ]
