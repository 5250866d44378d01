"""What people need to read the outputs of stacks."""

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn


def read_outputs(scope: IConstruct, *, prefix: str) -> iam.PolicyStatement:
    """Return the statement to read the outputs of the stacks whose names begin with a prefix.

    A request for a job names subnets, a group and a key that outputs tell.

    Args:
        scope: its stack tells the account and the region.
        prefix: beginning of the names.
    """
    return WildcardStatement(
        actions=["cloudformation:DescribeStacks"],
        resources=[
            format_arn(
                scope, service="cloudformation", resource="stack", resource_name=f"{prefix}*/*"
            )
        ],
        wildcard_reason="Stacks of one environment, whose names it begins; reading only.",
    )
