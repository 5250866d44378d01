"""The activity of running jobs."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam

from sagemaker_platform.access.workload import Workload
from sagemaker_platform.foundation import DataBucket, use_of_key
from sagemaker_platform.security import WildcardStatement, format_arn

_IN_VPC = {
    "AutoMLJobV2": "automl-job",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "TrainingJob": "training-job",
}
_KINDS = [*_IN_VPC.values(), "processing-job", "transform-job"]
_NAMES = "Names of jobs are the users' own; VPC and key are fixed by condition."


def run_jobs(workload: Workload, *, files: DataBucket) -> list[iam.PolicyStatement]:
    """Return what it takes to run jobs in the VPC, with the environment's key.

    Training, tuning, AutoML and processing jobs must name the private subnets and the
    workload's security group; training, tuning, AutoML and transform jobs must encrypt
    their output with the key. Transform jobs run with the role of a model: one of the
    persona's own. A job runs with the role of whoever starts it, whose
    `Persona` has what SageMaker does for the job. Jobs of the whole account can be
    seen and stopped, since their names say nothing of the environment.

    Args:
        workload: the network and key to use.
        files: where code, inputs and outputs are.
    """
    stack = Stack.of(workload)

    def arns(*resources: str) -> list[str]:
        return [
            format_arn(stack, service="sagemaker", resource=resource, resource_name="*")
            for resource in resources
        ]

    logs = [
        format_arn(
            stack,
            service="logs",
            resource="log-group",
            resource_name=f"/aws/sagemaker/{group}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        for group in ("ProcessingJobs", "TrainingJobs", "TransformJobs")
    ]
    return [
        WildcardStatement(
            actions=[f"sagemaker:Create{noun}" for noun in _IN_VPC],
            resources=arns(*_IN_VPC.values(), "reserved-capacity", "training-plan"),
            conditions={
                **workload.in_vpc(),
                **workload.output_encrypted(),
                **workload.volumes_encrypted(),
            },
            wildcard_reason=_NAMES,
        ),
        WildcardStatement(
            actions=["sagemaker:CreateProcessingJob"],
            resources=arns("processing-job"),
            conditions={
                **workload.in_vpc(),
                # A job need not have an output.
                "ArnEqualsIfExists": {
                    "sagemaker:OutputKmsKey": workload.key.key_arn,
                    "sagemaker:VolumeKmsKey": workload.key.key_arn,
                },
            },
            wildcard_reason=_NAMES,
        ),
        WildcardStatement(
            actions=["sagemaker:CreateTransformJob"],
            resources=arns("transform-job"),
            conditions={
                **workload.output_encrypted(),
                **workload.volumes_encrypted(),
                "ArnLike": {"sagemaker:ModelArn": workload.own_models},
            },
            wildcard_reason="Names of jobs are the users' own; the model has the VPC.",
        ),
        workload.make_models(),
        WildcardStatement(
            actions=["sagemaker:DeleteModel", "sagemaker:DescribeModel"],
            resources=[workload.own_models],
            wildcard_reason="Models of one persona, whose names begin with it.",
        ),
        WildcardStatement(
            actions=[
                "sagemaker:DescribeAutoMLJobV2",
                "sagemaker:DescribeHyperParameterTuningJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:DescribeTransformJob",
                "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
                "sagemaker:StopAutoMLJob",
                "sagemaker:StopHyperParameterTuningJob",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
                "sagemaker:StopTransformJob",
            ],
            resources=arns(*_KINDS),
            wildcard_reason="Names of jobs are the users' own.",
        ),
        WildcardStatement(
            actions=[
                "sagemaker:ListAutoMLJobs",
                "sagemaker:ListCandidatesForAutoMLJob",
                "sagemaker:ListHyperParameterTuningJobs",
                "sagemaker:ListProcessingJobs",
                "sagemaker:ListTrainingJobs",
                "sagemaker:ListTransformJobs",
            ],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these lists; reading names only.",
        ),
        WildcardStatement(
            actions=["sagemaker:AddTags"],
            resources=arns(*_KINDS),
            conditions={"Null": {"sagemaker:TaggingAction": "false"}},
            wildcard_reason="Only while creating a job.",
        ),
        WildcardStatement(
            actions=["logs:GetLogEvents", "logs:FilterLogEvents"],
            resources=logs,
            wildcard_reason="Logs of jobs, whoever started them, and of nothing else.",
        ),
        *files.access_statements(write=True),
        *use_of_key(workload.key),
    ]
