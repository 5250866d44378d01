"""Starting crawlers and data quality runs by hand."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn


def start_crawlers(scope: IConstruct, *, tag: tuple[str, str]) -> list[iam.PolicyStatement]:
    """Return the permissions to start, stop and watch crawlers that carry a tag.

    CloudFormation chooses the names of crawlers, so a tag tells those of an environment. Nothing
    refers to the crawlers, and personas wait for none of them. Source: Service Authorization
    Reference, "AWS Glue": actions on the resource type crawler; AWS Glue Developer Guide, "AWS
    tags in AWS Glue" and "ABAC with AWS Glue".

    Args:
        scope: scope of the statements.
        tag: key and value of the tag.
    """
    key, value = tag
    return [
        WildcardStatement(
            actions=["glue:GetCrawler", "glue:StartCrawler", "glue:StopCrawler"],
            resources=[format_arn(scope, service="glue", resource="crawler", resource_name="*")],
            conditions={"StringEquals": {f"aws:ResourceTag/{key}": value}},
            wildcard_reason="CloudFormation chooses the names; a tag tells the environment's own.",
        ),
        WildcardStatement(
            actions=["glue:ListCrawlers"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this list; reading names only.",
        ),
    ]


def check_data_quality(scope: IConstruct, *, prefix: str) -> list[iam.PolicyStatement]:
    """Return the permissions to evaluate rule sets of Glue Data Quality with the caller's own role.

    A run has the role of the person who starts it, so that it reads the data which Lake Formation
    or IAM gives this person. Source: AWS Glue Developer Guide, "Authorization in AWS Glue Data
    Quality".

    Args:
        scope: scope of the statements.
        prefix: what names of rule sets begin with.
    """
    stack = Stack.of(scope)
    return [
        WildcardStatement(
            actions=[
                "glue:GetDataQualityResult",
                "glue:GetDataQualityRuleset",
                "glue:GetDataQualityRulesetEvaluationRun",
                "glue:PublishDataQuality",
                "glue:StartDataQualityRulesetEvaluationRun",
            ],
            resources=[
                format_arn(
                    scope,
                    service="glue",
                    resource="dataQualityRuleset",
                    resource_name=f"{prefix}*",
                )
            ],
            wildcard_reason="Rule sets of the environment, whose names begin with its name.",
        ),
        WildcardStatement(
            actions=["s3:GetObject"],
            resources=[
                f"arn:{stack.partition}:s3:::aws-glue-ml-data-quality-assets-{stack.region}/*"
            ],
            wildcard_reason="A bucket of AWS with the libraries of Glue Data Quality.",
        ),
        WildcardStatement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": "Glue Data Quality"}},
            wildcard_reason="IAM restricts this action by namespace only.",
        ),
    ]
