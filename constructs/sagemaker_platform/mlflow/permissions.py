"""What MLflow itself may do, and what those who track experiments with it may do."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement

# All actions that IAM knows of a tracking server (AWS: "Actions, resources, and condition
# keys for Amazon SageMaker with MLflow"); a test compares the two lists with IAM's own.
TRACKING_ACTIONS = (
    "CreateExperiment",
    "CreateModelVersion",
    "CreateRegisteredModel",
    "CreateRun",
    "DeleteExperiment",
    "DeleteLoggedModelTag",
    "DeleteModelVersionTag",
    "DeleteRegisteredModelTag",
    "DeleteRun",
    "DeleteTag",
    "DeleteTraceTag",
    "EndTrace",
    "FinalizeLoggedModel",
    "GetDownloadURIForModelVersionArtifacts",
    "GetExperiment",
    "GetExperimentByName",
    "GetLatestModelVersions",
    "GetLoggedModel",
    "GetMetricHistory",
    "GetModelVersion",
    "GetModelVersionByAlias",
    "GetRegisteredModel",
    "GetRun",
    "GetTraceInfo",
    "ListArtifacts",
    "ListLoggedModelArtifacts",
    "LogBatch",
    "LogInputs",
    "LogLoggedModelParams",
    "LogMetric",
    "LogModel",
    "LogOutputs",
    "LogParam",
    "RestoreExperiment",
    "RestoreRun",
    "SearchExperiments",
    "SearchLoggedModels",
    "SearchModelVersions",
    "SearchRegisteredModels",
    "SearchRuns",
    "SearchTraces",
    "SetExperimentTag",
    "SetLoggedModelTags",
    "SetModelVersionTag",
    "SetRegisteredModelTag",
    "SetTag",
    "SetTraceTag",
    "StartTrace",
    "UpdateExperiment",
    "UpdateModelVersion",
    "UpdateRegisteredModel",
    "UpdateRun",
)
"""Actions of the service ``sagemaker-mlflow`` to work with experiments, runs, traces and
models. Experiments and runs that are deleted can be restored, so that this is among them."""

MANAGING_ACTIONS = (
    "DeleteLoggedModel",
    "DeleteModelVersion",
    "DeleteRegisteredModel",
    "DeleteRegisteredModelAlias",
    "DeleteTraces",
    "RenameRegisteredModel",
    "SetRegisteredModelAlias",
    "TransitionModelVersionStage",
)
"""Actions that delete for good, or decide which version of a model is the one to use."""


def registration_statements(scope: IConstruct) -> Sequence[iam.PolicyStatement]:
    """Return what MLflow needs to register models with SageMaker, with their lineage.

    Names of model package groups are those of MLflow's registered models (AWS: "IAM
    permissions for Model Registry sync and lifecycle management"). Approving a model is
    left to people.
    """
    stack = Stack.of(scope)

    def arn(resource: str) -> str:
        return stack.format_arn(service="sagemaker", resource=resource, resource_name="*")

    reason = "Whatever users call their models in MLflow, in this account and region."
    return [
        WildcardStatement(
            actions=[
                "sagemaker:AddTags",
                "sagemaker:CreateModelPackage",
                "sagemaker:CreateModelPackageGroup",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:UpdateModelPackage",
            ],
            resources=[arn("model-package"), arn("model-package-group")],
            conditions={"StringNotEquals": {"sagemaker:ModelApprovalStatus": "Approved"}},
            wildcard_reason=reason,
        ),
        WildcardStatement(
            actions=["sagemaker:AddAssociation", "sagemaker:CreateAction"],
            resources=[arn("action"), arn("artifact"), arn("context")],
            wildcard_reason=reason,
        ),
    ]
