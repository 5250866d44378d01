"""What keeps people off instance types that they may not use."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.arguments import require_some
from sagemaker_platform.security import WildcardStatement, format_arn

INSTANCE_TYPES = "sagemaker:InstanceTypes"
"""Condition key: the instance types of a request, several."""
WITH_INSTANCE_TYPES = (
    "CreateApp",
    "CreateCluster",
    "CreateDataQualityJobDefinition",
    "CreateDomain",
    "CreateEndpointConfig",
    "CreateHyperParameterTuningJob",
    "CreateModelBiasJobDefinition",
    "CreateModelExplainabilityJobDefinition",
    "CreateModelQualityJobDefinition",
    "CreateMonitoringSchedule",
    "CreateNotebookInstance",
    "CreateProcessingJob",
    "CreateSpace",
    "CreateTrainingJob",
    "CreateTransformJob",
    "CreateUserProfile",
    "UpdateCluster",
    "UpdateDomain",
    "UpdateMonitoringSchedule",
    "UpdateNotebookInstance",
    "UpdateSpace",
    "UpdateTrainingJob",
    "UpdateUserProfile",
)
"""Actions of SageMaker that take the condition key, all of them (service authorization reference,
"Actions, resources, and condition keys for Amazon SageMaker", 2026-11)."""
_ALWAYS_WITH_ONE = (
    "CreateHyperParameterTuningJob",
    "CreateNotebookInstance",
    "CreateProcessingJob",
    "CreateTrainingJob",
    "CreateTransformJob",
)
_NO_CHOICE = "system"
"""The instance type of apps that have no other, such as RStudio's server and Canvas."""


def limit_instance_types(
    scope: IConstruct, allowed: Sequence[str]
) -> Sequence[iam.PolicyStatement]:
    """Return statements that deny requests for instance types that are not allowed.

    Denials hold whatever other policies allow. A request with several types is denied if one of
    them is not allowed. Jobs without a type are denied, also serverless training. Other requests
    without a type pass: serverless endpoints, and apps that run on the default of their space.
    IAM has no condition for AutoML jobs, whose types SageMaker chooses.

    Args:
        scope: where the statements are for.
        allowed: instance types, also with ``*`` and ``?``, such as ``ml.m5.*``.
    """
    require_some("allowed", allowed)
    everything = [format_arn(scope, service="sagemaker", resource="*")]
    return [
        WildcardStatement(
            effect=iam.Effect.DENY,
            actions=[f"sagemaker:{name}" for name in WITH_INSTANCE_TYPES],
            resources=everything,
            conditions={"ForAnyValue:StringNotLike": {INSTANCE_TYPES: [*allowed, _NO_CHOICE]}},
            wildcard_reason="Forbids, whatever the name.",
        ),
        WildcardStatement(
            effect=iam.Effect.DENY,
            actions=[f"sagemaker:{name}" for name in _ALWAYS_WITH_ONE],
            resources=everything,
            conditions={"Null": {INSTANCE_TYPES: "true"}},
            wildcard_reason="Forbids, whatever the name.",
        ),
    ]
