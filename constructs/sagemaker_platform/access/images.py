"""The activity of pushing container images."""

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn


def push_images(scope: IConstruct, *, prefix: str) -> list[iam.PolicyStatement]:
    """Return the permissions to push images to the repositories whose names begin with a prefix.

    Repositories themselves, their scans and their keys are part of templates.

    Args:
        scope: its stack tells the account and the region.
        prefix: beginning of the names.
    """
    repositories = format_arn(
        scope, service="ecr", resource="repository", resource_name=f"{prefix}*"
    )
    return [
        WildcardStatement(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImageScanFindings",
                "ecr:DescribeImages",
                "ecr:DescribeRepositories",
                "ecr:GetDownloadUrlForLayer",
                "ecr:InitiateLayerUpload",
                "ecr:ListImages",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ],
            resources=[repositories],
            wildcard_reason="Repositories of one environment, whose names it begins.",
        ),
        WildcardStatement(
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this action to a resource.",
        ),
    ]
