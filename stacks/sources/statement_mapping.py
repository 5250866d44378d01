"""What it takes to work with sources, as statements of policies."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from sagemaker_platform.security import WildcardStatement


def read_tables(scope: Stack, tables: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return what a connection takes to read tables of DynamoDB."""
    arns = [
        scope.format_arn(service="dynamodb", resource="table", resource_name=table)
        for table in tables
    ]
    return [
        WildcardStatement(
            actions=[
                "dynamodb:DescribeTable",
                "dynamodb:PartiQLSelect",
                "dynamodb:Query",
                "dynamodb:Scan",
            ],
            resources=[*arns, *(f"{arn}/index/*" for arn in arns)],
            wildcard_reason="Indexes of named tables.",
        ),
        WildcardStatement(
            actions=["dynamodb:ListTables"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this action to a resource.",
        ),
    ]
