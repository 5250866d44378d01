"""What people need in IAM to work in Unified Studio."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, allow_on_tagged


def use_of_unified_studio(
    scope: IConstruct, *, tags: Mapping[str, str], key_arn: str, domain_arn: str | None = None
) -> list[iam.PolicyStatement]:
    """Return what a role needs to sign in to Unified Studio and to use the projects of it.

    The domain decides what its users can do there. The statements are those of the AWS managed
    policy ``SageMakerStudioUserIAMConsolePolicy`` (version 10 of 2026-03-31), without its access
    to IAM. Like that policy, they do not let a person pass a role: all members of a project work
    with its role, so that a person who passes it gives its data away.

    Args:
        scope: its stack tells the account and the region.
        tags: tags that identify the domain in its account and region.
        key_arn: ARN of the key of the domain, or a pattern of it.
        domain_arn: ARN of a domain of another account, in place of the tags. Defaults to none.
    """
    return [
        iam.PolicyStatement(actions=["datazone:GetDomain"], resources=[domain_arn])
        if domain_arn
        else allow_on_tagged(
            scope, ["datazone:GetDomain"], service="datazone", resource="domain", tags=tags
        ),
        WildcardStatement(
            actions=[
                "datazone:CreateProject",
                "datazone:DeleteProject",
                "datazone:GetConnection",
                "datazone:GetEnvironment",
                "datazone:GetEnvironmentCredentials",
                "datazone:GetGroupProfile",
                "datazone:GetIamPortalLoginUrl",
                "datazone:GetProject",
                "datazone:GetUserProfile",
                "datazone:ListConnections",
                "datazone:ListDomains",
                "datazone:ListEnvironmentBlueprints",
                "datazone:ListEnvironments",
                "datazone:ListProjectMemberships",
                "datazone:ListProjectProfiles",
                "datazone:ListProjects",
                "datazone:SearchGroupProfiles",
                "datazone:SearchUserProfiles",
            ],
            resources=["*"],
            wildcard_reason="Amazon DataZone has no resources for these actions. The domain allows "
            "them to its users only.",
        ),
        WildcardStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            wildcard_reason="Only the account of the domain knows its key. The conditions limit "
            "the statement to calls of Amazon DataZone for a domain.",
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"datazone.{Stack.of(scope).region}.amazonaws.com"
                },
                "ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:datazone:domainId"},
            },
        ),
    ]
