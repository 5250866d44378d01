"""What a role needs so that SageMaker can run containers in a VPC with it."""

import re
from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security.arns import format_arn
from sagemaker_platform.security.statement import WildcardStatement

STUDIO_GROUP_TAG = "studio-apps"
"""Tag of security groups that only Studio itself may put containers into."""

_ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/"
    r"(?P<repository>[a-z0-9._/-]+?)(:[\w.-]+)?(@sha256:[0-9a-f]{64})?"
)


def repository_of(scope: IConstruct, image: str) -> str:
    """Return the ARN of the repository of an image.

    Raises:
        ValueError: the image is not in ECR.
    """
    match = _ECR_IMAGE.fullmatch(image)
    if match is None:
        raise ValueError(f"expected an image in ECR, got {image}")
    return (
        f"arn:{Stack.of(scope).partition}:ecr:{match['region']}:{match['account']}"
        f":repository/{match['repository']}"
    )


def pull_images(
    repositories: Sequence[str], *, wildcard_reason: str | None = None
) -> list[iam.PolicyStatement]:
    """Return the statements to pull images from repositories of ECR, given by ARN, if any."""
    if not repositories:
        return []
    return [
        WildcardStatement(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=repositories,
            wildcard_reason=wildcard_reason,
        ),
        WildcardStatement(
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this action to a resource.",
        ),
    ]


def work_in_vpc(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return the statements to give containers an interface in a VPC of the account."""
    stack = Stack.of(scope)
    return [
        WildcardStatement(
            actions=[
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcEndpoints",
                "ec2:DescribeVpcs",
            ],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these actions to a resource.",
        ),
        WildcardStatement(
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[
                format_arn(stack, service="ec2", resource=kind, resource_name="*")
                for kind in ("network-interface", "subnet")
            ],
            wildcard_reason="SageMaker makes the interfaces of the containers; ids are new.",
        ),
        # Not in the groups of Studio's apps and home directories, which hold what is people's
        # own; the first tag is ours, the other SageMaker's.
        WildcardStatement(
            actions=["ec2:CreateNetworkInterface"],
            resources=[
                format_arn(stack, service="ec2", resource="security-group", resource_name="*")
            ],
            conditions={
                "Null": {
                    f"aws:ResourceTag/{STUDIO_GROUP_TAG}": "true",
                    "aws:ResourceTag/ManagedByAmazonSageMakerResource": "true",
                }
            },
            wildcard_reason="Any security group except Studio's, which the condition excludes.",
        ),
    ]


def put_metrics() -> iam.PolicyStatement:
    """Return the statement to put metrics into the namespaces of SageMaker."""
    return WildcardStatement(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}},
        wildcard_reason="IAM restricts this action by namespace only.",
    )


def put_metrics_in(namespace: str) -> iam.PolicyStatement:
    """Return the statement to put metrics into one namespace."""
    return WildcardStatement(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
        wildcard_reason="IAM restricts this action by namespace only.",
    )


def glue_in_vpc(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return what Glue needs to work in a VPC of the account, with interfaces that it tags."""
    stack = Stack.of(scope)
    return [
        *work_in_vpc(scope),
        WildcardStatement(
            actions=["ec2:DescribeRouteTables", "ec2:DescribeVpcAttribute"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these actions to a resource.",
        ),
        WildcardStatement(
            actions=["ec2:CreateTags", "ec2:DeleteTags"],
            resources=[
                stack.format_arn(service="ec2", resource="network-interface", resource_name="*")
            ],
            conditions={
                "ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]},
                # Without it, a call without any tag would match: DeleteTags then deletes all.
                "Null": {"aws:TagKeys": "false"},
            },
            wildcard_reason="Interfaces are new; only Glue's own tag is allowed.",
        ),
    ]
