"""What people need in IAM to work in Unified Studio."""

from collections.abc import Mapping

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, allow_on_tagged


def use_of_unified_studio(
    scope: IConstruct, *, tags: Mapping[str, str], domain_arn: str | None = None
) -> list[iam.PolicyStatement]:
    """Return what a role needs to sign in to Unified Studio and to use the projects of it.

    The domain decides what its users can do there. The statements are those of the AWS managed
    policy ``SageMakerStudioUserIAMConsolePolicy`` (version 1), without its access to IAM.

    Args:
        scope: its stack tells the account and the region.
        tags: tags that identify the domain in its account and region.
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
                "datazone:GetIamPortalLoginUrl",
                "datazone:GetProject",
                "datazone:GetUserProfile",
                "datazone:ListDomains",
                "datazone:ListProjectProfiles",
                "datazone:ListProjects",
            ],
            resources=["*"],
            wildcard_reason="Amazon DataZone has no resources for these actions. The domain allows "
            "them to its users only.",
        ),
    ]
