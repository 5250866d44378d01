"""What those who use Partner AI Apps may do."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement

SESSION_ACTIONS = ("sts:TagSession",)
"""What SageMaker needs in the trust policy of a role whose users open Partner AI Apps from
Studio: it hands their identity on as a session tag (AWS: "Set up Partner AI Apps")."""


USE_ACTIONS = (
    "sagemaker:CallPartnerAppApi",
    "sagemaker:CreatePartnerAppPresignedUrl",
    "sagemaker:DescribePartnerApp",
)
"""Actions to open an app, and to use it from code."""


def use_partner_apps(scope: IConstruct, *, tags: Mapping[str, str]) -> list[iam.PolicyStatement]:
    """Return the permissions to open Partner AI Apps, and to use them from code.

    SageMaker makes up the ids of the apps, and takes up to three hours to make one: so
    apps are told by their tags, and roles need not wait for them.

    Args:
        scope: its account and region are those of the apps.
        tags: tags that an app must have.
    """
    arn = Stack.of(scope).format_arn(service="sagemaker", resource="partner-app", resource_name="*")
    return [
        WildcardStatement(
            actions=USE_ACTIONS,
            resources=[arn],
            conditions={
                "StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
            },
            wildcard_reason="SageMaker makes up the ids; a condition on tags names the apps.",
        ),
        WildcardStatement(
            actions=["sagemaker:ListPartnerApps"],
            resources=["*"],
            wildcard_reason="Studio lists the apps of an account; names and states only.",
        ),
    ]
