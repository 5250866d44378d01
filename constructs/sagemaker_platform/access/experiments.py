"""The activity of tracking experiments."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn


def track_experiments(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return the permissions to record and compare runs with SageMaker Experiments."""
    stack = Stack.of(scope)
    return [
        WildcardStatement(
            actions=[
                "sagemaker:AddAssociation",
                "sagemaker:AddTags",
                "sagemaker:AssociateTrialComponent",
                "sagemaker:BatchPutMetrics",
                "sagemaker:CreateArtifact",
                "sagemaker:CreateContext",
                "sagemaker:CreateExperiment",
                "sagemaker:CreateTrial",
                "sagemaker:CreateTrialComponent",
                "sagemaker:DescribeArtifact",
                "sagemaker:DescribeContext",
                "sagemaker:DescribeExperiment",
                "sagemaker:DescribeTrial",
                "sagemaker:DescribeTrialComponent",
                "sagemaker:DisassociateTrialComponent",
                "sagemaker:UpdateExperiment",
                "sagemaker:UpdateTrial",
                "sagemaker:UpdateTrialComponent",
            ],
            resources=[
                format_arn(stack, service="sagemaker", resource=kind, resource_name="*")
                for kind in (
                    "artifact",
                    "context",
                    "experiment",
                    "experiment-trial",
                    "experiment-trial-component",
                )
            ],
            wildcard_reason="Names of experiments and of their parts are the users' own.",
        ),
        WildcardStatement(
            actions=[
                "sagemaker:ListAssociations",
                "sagemaker:ListExperiments",
                "sagemaker:ListTrialComponents",
                "sagemaker:ListTrials",
                "sagemaker:Search",
            ],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these lists to a resource; reading only.",
        ),
    ]
