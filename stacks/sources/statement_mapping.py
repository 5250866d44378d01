"""What it takes to work with sources, as statements of policies."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from sagemaker_platform.security import WildcardStatement
from sagemaker_platform.sources import DataQuality


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


def work_statements(
    scope: Stack, *, crawlers: Sequence[str], quality: Sequence[DataQuality]
) -> list[iam.PolicyStatement]:
    """Return what it takes to start crawlers and evaluations of rule sets, and to see them.

    Args:
        scope: the stack that they are in.
        crawlers: names of crawlers.
        quality: rule sets with their roles.
    """

    def statement(kind: str, names: Sequence[str], *actions: str) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            actions=list(actions),
            resources=[
                scope.format_arn(service="glue", resource=kind, resource_name=name)
                for name in names
            ],
        )

    found = []
    if crawlers:
        actions = ("glue:GetCrawler", "glue:ListCrawls", "glue:StartCrawler", "glue:StopCrawler")
        found.append(statement("crawler", crawlers, *actions))
    if quality:
        found += [
            statement(
                "dataQualityRuleset",
                [one.name for one in quality],
                "glue:CancelDataQualityRulesetEvaluationRun",
                "glue:GetDataQualityRuleset",
                "glue:GetDataQualityRulesetEvaluationRun",
                "glue:StartDataQualityRulesetEvaluationRun",
            ),
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[one.role.role_arn for one in quality],
                conditions={"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}},
            ),
        ]
    return found
