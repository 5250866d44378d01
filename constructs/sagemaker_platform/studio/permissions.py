"""What a person may do inside Studio."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from constructs import IConstruct

from sagemaker_platform.security import Allow, write_logs

_OWN_PROFILE = "user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}"
_ONLY_BY_POLICY_VARIABLE = (
    "Domain and user are those of the caller's session, through IAM policy variables; "
    "names of apps and spaces are the users' own."
)


def studio_user_statements(scope: IConstruct) -> Sequence[Allow]:
    """Return what a user needs to open Studio and to run spaces and apps.

    A user owns the private and shared spaces they create, and runs apps in their own
    private spaces and in any shared one. Private spaces of others stay closed. The shape
    follows AWS's guide ("Give your users access to spaces"), narrowed to the account and
    region of ``scope``.
    """
    stack = Stack.of(scope)

    def arn(resource: str) -> str:
        return stack.format_arn(
            service="sagemaker", resource=resource, arn_format=ArnFormat.NO_RESOURCE_NAME
        )

    owned = {"ArnLike": {"sagemaker:OwnerUserProfileArn": arn(_OWN_PROFILE)}}
    return [
        Allow(
            actions=["sagemaker:CreatePresignedDomainUrl"],
            resources=[arn(_OWN_PROFILE)],
        ),
        Allow(
            actions=[
                "sagemaker:DescribeApp",
                "sagemaker:DescribeDomain",
                "sagemaker:DescribeSpace",
                "sagemaker:DescribeUserProfile",
                "sagemaker:ListApps",
                "sagemaker:ListDomains",
                "sagemaker:ListSpaces",
                "sagemaker:ListUserProfiles",
            ],
            resources=["*"],
            wildcard_reason="Studio lists before it knows a name; reading names only.",
        ),
        Allow(
            actions=["sagemaker:AddTags"],
            resources=[arn(f"{kind}/*") for kind in ("app", "space")],
            conditions={"Null": {"sagemaker:TaggingAction": "false"}},
            wildcard_reason="Only while creating an app or a space, which Studio tags.",
        ),
        Allow(
            actions=["sagemaker:CreateSpace", "sagemaker:DeleteSpace", "sagemaker:UpdateSpace"],
            resources=[arn("space/${sagemaker:DomainId}/*")],
            conditions={
                **owned,
                "StringEquals": {"sagemaker:SpaceSharingType": ["Private", "Shared"]},
            },
            wildcard_reason=_ONLY_BY_POLICY_VARIABLE,
        ),
        Allow(
            actions=["sagemaker:CreateApp", "sagemaker:DeleteApp"],
            resources=[arn("app/${sagemaker:DomainId}/*")],
            conditions={**owned, "StringEquals": {"sagemaker:SpaceSharingType": ["Private"]}},
            wildcard_reason=_ONLY_BY_POLICY_VARIABLE,
        ),
        Allow(
            actions=["sagemaker:CreateApp", "sagemaker:DeleteApp"],
            resources=[arn("app/${sagemaker:DomainId}/*")],
            conditions={"StringEquals": {"sagemaker:SpaceSharingType": ["Shared"]}},
            wildcard_reason=_ONLY_BY_POLICY_VARIABLE,
        ),
        write_logs(scope, "/aws/sagemaker/studio"),
    ]
