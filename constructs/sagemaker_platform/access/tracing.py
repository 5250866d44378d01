"""The activity of tracing what endpoints serve."""

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn


def trace_models(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return the permissions to trace the models of endpoints back to data, code and approval.

    These are the calls of ``sagemaker-platform trace``, and no others. All of them read, and none
    reads data, code or model artifacts.

    Args:
        scope: its stack tells the account and the region.
    """
    return [
        WildcardStatement(
            actions=[
                "sagemaker:DescribeArtifact",
                "sagemaker:DescribeEndpoint",
                "sagemaker:DescribeEndpointConfig",
                "sagemaker:DescribeFeatureGroup",
                "sagemaker:DescribeInferenceComponent",
                "sagemaker:DescribeModel",
                "sagemaker:DescribeModelPackage",
                "sagemaker:DescribePipelineExecution",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:DescribeTrialComponent",
                "sagemaker:ListPipelineExecutionSteps",
                "sagemaker:ListPipelineParametersForExecution",
            ],
            resources=[
                format_arn(scope, service="sagemaker", resource=kind, resource_name="*")
                for kind in (
                    "artifact",
                    "endpoint",
                    "endpoint-config",
                    "experiment-trial-component",
                    "feature-group",
                    "inference-component",
                    "model",
                    "model-package",
                    "pipeline",
                    "training-job",
                )
            ],
            wildcard_reason="Whatever an endpoint serves and goes back to; reading only.",
        ),
        WildcardStatement(
            actions=[
                "glue:GetDatabase",
                "glue:GetDatabases",
                "glue:GetTable",
                "glue:GetTables",
            ],
            resources=[
                format_arn(scope, service="glue", resource="catalog"),
                format_arn(scope, service="glue", resource="database", resource_name="*"),
                format_arn(scope, service="glue", resource="table", resource_name="*/*"),
            ],
            wildcard_reason=(
                "The table at a place is looked for among all; reading names and columns only."
            ),
        ),
        WildcardStatement(
            actions=[
                "cloudtrail:LookupEvents",
                "sagemaker:ListArtifacts",
                "sagemaker:ListInferenceComponents",
                "sagemaker:QueryLineage",
            ],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these to a resource; reading only.",
        ),
    ]
