"""The role of a Partner AI App."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import access_to_bucket
from sagemaker_platform.security import ExecutionRole, WildcardStatement


@checks_types
@dataclass(frozen=True, kw_only=True)
class ArtifactAccess:
    """A bucket that an app may use.

    Args:
        bucket: the bucket.
        key: encrypts its objects.
        write: whether the app may write, too.
    """

    bucket: s3.IBucket
    key: kms.IKey
    write: bool


def partner_app_role(
    scope: Construct,
    *,
    artifacts: ArtifactAccess | None,
    bedrock_models: Sequence[str],
    removal_policy: RemovalPolicy,
) -> iam.IRole:
    """Make the execution role of an app, which is kept where the app is kept.

    What it may do is what AWS's guide "Set up Partner AI Apps" asks for.
    """
    role = ExecutionRole(
        scope,
        "ExecutionRole",
        description=f"Partner AI App {scope.node.path}",
        statements=[
            WildcardStatement(
                actions=[
                    "license-manager:CheckInLicense",
                    "license-manager:CheckoutLicense",
                    "license-manager:ExtendLicenseConsumption",
                    "license-manager:GetLicense",
                    "license-manager:GetLicenseUsage",
                ],
                resources=["*"],
                wildcard_reason="Checking a license out cannot be restricted to a resource, and "
                "AWS Marketplace makes up the license's name.",
            ),
            *(_artifact_statements(scope, artifacts) if artifacts else ()),
            *(s for model in bedrock_models for s in _bedrock_statements(scope, model)),
        ],
    )
    role.apply_removal_policy(removal_policy)
    return role.role


def _artifact_statements(
    scope: IConstruct, artifacts: ArtifactAccess
) -> Sequence[iam.PolicyStatement]:
    return [
        *access_to_bucket(artifacts.bucket, write=artifacts.write),
        iam.PolicyStatement(
            actions=["kms:Decrypt", *(["kms:GenerateDataKey"] if artifacts.write else [])],
            resources=[artifacts.key.key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{Stack.of(scope).region}.amazonaws.com"}
            },
        ),
    ]


def _bedrock_statements(scope: IConstruct, model: str) -> Sequence[iam.PolicyStatement]:
    """Return the permissions to call a model of Bedrock, or a profile that spans regions."""
    stack = Stack.of(scope)

    def arn(kind: str, name: str, *, region: str, account: str) -> str:
        return stack.format_arn(
            service="bedrock", resource=kind, resource_name=name, region=region, account=account
        )

    if model.split(".")[0] not in ("apac", "au", "eu", "global", "jp", "us", "us-gov"):
        return [
            iam.PolicyStatement(
                actions=["bedrock:GetFoundationModel", "bedrock:InvokeModel"],
                resources=[arn("foundation-model", model, region=stack.region, account="")],
            )
        ]
    profile = arn("inference-profile", model, region=stack.region, account=stack.account)
    return [
        iam.PolicyStatement(
            actions=["bedrock:GetInferenceProfile", "bedrock:InvokeModel"], resources=[profile]
        ),
        WildcardStatement(
            actions=["bedrock:InvokeModel"],
            resources=[arn("foundation-model", model.split(".", 1)[1], region="*", account="")],
            conditions={"StringEquals": {"bedrock:InferenceProfileArn": profile}},
            wildcard_reason="The profile decides on the region that answers.",
        ),
    ]
