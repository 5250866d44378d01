"""The activity of running jobs."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_platform.access.workload import OUTPUT_KEYS, Workload
from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import access_to_bucket, use_of_key
from sagemaker_platform.security import WildcardStatement, format_arn

_WITH_OUTPUT = ("AutoMLJobV2", "HyperParameterTuningJob", "TrainingJob")
_IN_VPC = (*_WITH_OUTPUT, "ProcessingJob")
_NAMES = "Names of jobs are the users' own; VPC and key are fixed by condition."


@checks_types
def run_jobs(workload: Workload, *, files: s3.IBucket) -> list[iam.PolicyStatement]:
    """Return the permissions to run jobs in the VPC, with the environment's key.

    Training, tuning, AutoML and processing jobs must name the private subnets and the
    workload's security group; training, tuning, AutoML and transform jobs must encrypt
    their output with the key. Transform jobs run with the role of a model: one of the
    persona's own. A job runs with the role of the person who starts it, whose
    `Persona` has what SageMaker does for the job. Jobs of the whole account can be
    seen and stopped, since their names say nothing of the environment.

    Args:
        workload: the network and key to use.
        files: where code, inputs and outputs are.
    """
    stack = Stack.of(workload)

    def arn(resource: str) -> str:
        return format_arn(stack, service="sagemaker", resource=resource, resource_name="*")

    # The types of all jobs end with it; one ARN in place of five keeps the policy short.
    jobs = arn("*-job")
    logs = format_arn(
        stack,
        service="logs",
        resource="log-group",
        resource_name="/aws/sagemaker/*Jobs:*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return [
        WildcardStatement(
            actions=[f"sagemaker:Create{noun}" for noun in _IN_VPC],
            resources=[jobs, arn("reserved-capacity"), arn("training-plan")],
            conditions={**workload.in_vpc(), **workload.encrypted()},
            wildcard_reason=_NAMES,
        ),
        WildcardStatement(
            actions=["sagemaker:CreateTransformJob"],
            resources=[jobs],
            conditions={
                **workload.encrypted(),
                "ArnLike": {"sagemaker:ModelArn": workload.own_models},
            },
            wildcard_reason="Names of jobs are the users' own; the model has the VPC.",
        ),
        # "One of two keys is there" is no condition of a statement that allows. A processing job
        # need not have an output.
        WildcardStatement(
            effect=iam.Effect.DENY,
            actions=[f"sagemaker:Create{noun}" for noun in (*_WITH_OUTPUT, "TransformJob")],
            resources=[jobs],
            conditions={"Null": dict.fromkeys(OUTPUT_KEYS, "true")},
            wildcard_reason="Forbids outputs without a key, whatever the job's name.",
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
            resources=[jobs],
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
            resources=[jobs, workload.own_models],
            conditions={"Null": {"sagemaker:TaggingAction": "false"}},
            wildcard_reason="Only while creating a job or a model, which Studio tags.",
        ),
        WildcardStatement(
            actions=["logs:GetLogEvents", "logs:FilterLogEvents"],
            resources=[logs],
            wildcard_reason="Logs of all jobs, and of nothing else.",
        ),
        *access_to_bucket(files, write=True),
        *use_of_key(workload.key),
    ]
