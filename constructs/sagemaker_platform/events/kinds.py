"""Events that SageMaker sends to the default bus of an account.

Source: SageMaker guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge", and API
reference for the states (botocore 1.44); both read 2026-11-27.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sagemaker_platform.arguments import checks_types


@checks_types
@dataclass(frozen=True, kw_only=True)
class EventKind:
    """A kind of resource whose changes of state are events.

    Attributes:
        detail_types: values of ``detail-type``.
        status: path of the state in ``detail``.
        states: states that it can have.
        failures: events that mean a failure.
        name: path in ``detail`` of the name, or of the ARN if an event has no name.
        arn_of: resource type in the ARN that ``name`` is. Defaults to a plain name.
        message: one line, with ``<name>``, ``<state>`` and the variables in ``values``.
        values: further variables of the message, as paths in ``detail``.
    """

    detail_types: Sequence[str]
    status: str
    states: Sequence[str]
    failures: Sequence[str]
    name: str
    arn_of: str = ""
    message: str
    values: Mapping[str, str]


def _job(what: str, noun: str, command: str, *, more: Sequence[str] = ()) -> EventKind:
    return EventKind(
        detail_types=[f"SageMaker {what} State Change"],
        status=f"{noun}Status",
        states=["InProgress", "Completed", "Failed", "Stopping", "Stopped", *more],
        failures=["Failed", *(one for one in more if one.endswith("Failed"))],
        name=f"{noun}Name",
        message=f"{what} <name> is <state>. Details: aws sagemaker describe-{command}-job "
        f"--{command}-job-name <name>",
        values={},
    )


KINDS: Mapping[str, EventKind] = {
    "training_jobs": _job("Training Job", "TrainingJob", "training", more=["Deleting"]),
    "processing_jobs": _job("Processing Job", "ProcessingJob", "processing"),
    "transform_jobs": _job("Transform Job", "TransformJob", "transform"),
    "tuning_jobs": _job(
        "HyperParameter Tuning Job",
        "HyperParameterTuningJob",
        "hyper-parameter-tuning",
        more=["Deleting", "DeleteFailed"],
    ),
    "endpoints": EventKind(
        detail_types=[
            "SageMaker Endpoint State Change",
            "SageMaker Endpoint Deployment State Change",
        ],
        status="EndpointStatus",
        # Events have these states in capitals, unlike the API.
        states=[
            "CREATING",
            "UPDATING",
            "SYSTEM_UPDATING",
            "ROLLING_BACK",
            "IN_SERVICE",
            "OUT_OF_SERVICE",
            "DELETING",
            "FAILED",
            "UPDATE_ROLLBACK_FAILED",
        ],
        failures=["FAILED", "OUT_OF_SERVICE", "ROLLING_BACK", "UPDATE_ROLLBACK_FAILED"],
        name="EndpointName",
        message="Endpoint <name> is <state>, with the configuration <configuration>. Details: aws "
        "sagemaker describe-endpoint --endpoint-name <name>",
        values={"configuration": "EndpointConfigName"},
    ),
    "clusters": EventKind(
        detail_types=["SageMaker HyperPod Cluster State Change"],
        status="ClusterStatus",
        states=[
            "Creating",
            "Updating",
            "SystemUpdating",
            "RollingBack",
            "InService",
            "Deleting",
            "Failed",
        ],
        failures=["Failed", "RollingBack"],
        name="ClusterName",
        message="HyperPod cluster <name> is <state>. Details: aws sagemaker describe-cluster "
        "--cluster-name <name>",
        values={},
    ),
    "cluster_nodes": EventKind(
        detail_types=["SageMaker HyperPod Cluster Node Health Event"],
        status="HealthSummary.HealthStatus",
        states=["Healthy", "Unhealthy"],
        failures=["Unhealthy"],
        name="ClusterName",
        message="Node <node> of the HyperPod cluster <name> is <state>. Details: aws sagemaker "
        "describe-cluster-node --cluster-name <name> --node-id <node>",
        values={"node": "InstanceId"},
    ),
    "model_packages": EventKind(
        detail_types=["SageMaker Model Package State Change"],
        status="ModelPackageStatus",
        states=["Pending", "InProgress", "Completed", "Failed", "Deleting"],
        failures=["Failed"],
        name="ModelPackageArn",
        arn_of="model-package",
        message="Model package <name> is <state>, its approval <approval>.",
        values={"approval": "ModelApprovalStatus"},
    ),
    "model_approvals": EventKind(
        detail_types=["SageMaker Model Package State Change"],
        status="ModelApprovalStatus",
        states=["PendingManualApproval", "Approved", "Rejected"],
        failures=[],
        name="ModelPackageArn",
        arn_of="model-package",
        message="The approval of the model package <name> is <state>.",
        values={},
    ),
    "pipelines": EventKind(
        detail_types=["SageMaker Model Building Pipeline Execution Status Change"],
        status="currentPipelineExecutionStatus",
        states=["Executing", "Stopping", "Stopped", "Failed", "Succeeded", "CompletedWithFailures"],
        failures=["Failed", "CompletedWithFailures"],
        name="pipelineExecutionArn",
        arn_of="pipeline",
        message="Pipeline execution <name> is <state>. Details: aws sagemaker "
        "list-pipeline-execution-steps --pipeline-execution-arn <name>",
        values={},
    ),
}
"""The kinds by the key that settings give them."""
