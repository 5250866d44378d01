"""What a role needs so that SageMaker can run containers in a VPC with it."""

from collections.abc import Sequence

from aws_cdk import Stack
from constructs import IConstruct

from sagemaker_platform.security.policy import Allow


def pull_images(repositories: Sequence[str], *, wildcard_reason: str | None = None) -> list[Allow]:
    """Return the statements to pull images from repositories of ECR, given by ARN."""
    return [
        Allow(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=repositories,
            wildcard_reason=wildcard_reason,
        ),
        Allow(
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this action to a resource.",
        ),
    ]


def work_in_vpc(scope: IConstruct) -> list[Allow]:
    """Return the statements to give containers an interface in a VPC of the account."""
    stack = Stack.of(scope)
    return [
        Allow(
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
        Allow(
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[
                stack.format_arn(service="ec2", resource=kind, resource_name="*")
                for kind in ("network-interface", "security-group", "subnet")
            ],
            wildcard_reason="SageMaker makes the interfaces of the containers; ids are new.",
        ),
    ]


def put_metrics() -> Allow:
    """Return the statement to put metrics into the namespaces of SageMaker."""
    return Allow(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}},
        wildcard_reason="IAM restricts this action by namespace only.",
    )
