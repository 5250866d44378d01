"""The activities of building pipelines and of scheduling notebooks."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from sagemaker_platform.access.persona import PERSONA_TAG
from sagemaker_platform.access.workload import Workload
from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import WildcardStatement, format_arn

NOTEBOOK_JOB_TAG = "sagemaker:is-scheduling-notebook-job"
"""Tag that Studio's scheduler gives to everything it creates, with the value ``true``."""

_OWN = "Pipelines and rules of one persona, whose names begin with it."


def build_pipelines(workload: Workload) -> list[iam.PolicyStatement]:
    """Return the permissions to build, run and stop SageMaker pipelines.

    A pipeline runs with the role that it was created with, and who changes or starts it acts with
    that role. So names begin with the prefix of the workload and with the persona. Its steps run
    as jobs of the role, which the statements of `run_jobs` hold to the VPC and the key.

    Args:
        workload: names to use.
    """
    return [
        WildcardStatement(
            actions=[
                # The SDK tags a pipeline that it updates.
                "sagemaker:AddTags",
                "sagemaker:CreatePipeline",
                "sagemaker:DeletePipeline",
                "sagemaker:DescribePipeline",
                "sagemaker:DescribePipelineDefinitionForExecution",
                "sagemaker:DescribePipelineExecution",
                "sagemaker:ListPipelineExecutionSteps",
                "sagemaker:ListPipelineExecutions",
                "sagemaker:ListPipelineParametersForExecution",
                "sagemaker:ListPipelineVersions",
                "sagemaker:ListTags",
                "sagemaker:RetryPipelineExecution",
                "sagemaker:StartPipelineExecution",
                "sagemaker:StopPipelineExecution",
                "sagemaker:UpdatePipeline",
                "sagemaker:UpdatePipelineExecution",
                "sagemaker:UpdatePipelineVersion",
            ],
            resources=[workload.own("pipeline")],
            wildcard_reason=_OWN,
        ),
        _list("sagemaker:ListPipelines"),
    ]


@checks_types
def schedule_notebooks(workload: Workload, *, files: s3.IBucket) -> list[iam.PolicyStatement]:
    """Return the permissions to schedule notebooks in Studio.

    Studio's scheduler creates a pipeline with one training job, and a rule of EventBridge with
    the same name that starts it (AWS: "Set up policies and permissions for Studio" for notebook
    jobs). Both names begin with the name of the job, for which people choose the prefix of the
    workload and their persona. Where AWS's policy asks for the scheduler's tag, this one also asks
    for the name. It leaves out the bucket that the scheduler would create, since people choose
    the one of the environment, and the list of the account's roles. The training job, the bucket
    and the key are those of `run_jobs`.

    Args:
        workload: names to use.
        files: where notebooks and their outputs are.
    """
    stack, pipelines = Stack.of(workload), workload.own("pipeline")
    rules = rules_of(workload, workload.prefix, f"${{aws:PrincipalTag/{PERSONA_TAG}}}")
    tagged = {"StringEquals": {f"aws:ResourceTag/{NOTEBOOK_JOB_TAG}": "true"}}
    return [
        WildcardStatement(
            actions=[
                "sagemaker:AddTags",
                "sagemaker:CreatePipeline",
                "sagemaker:DeletePipeline",
                "sagemaker:DescribePipeline",
                "sagemaker:StartPipelineExecution",
                "sagemaker:UpdatePipeline",
            ],
            resources=[pipelines],
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            actions=["sagemaker:ListTags"],
            resources=[
                format_arn(stack, service="sagemaker", resource=kind, resource_name="*")
                for kind in ("pipeline", "space", "training-job", "user-profile")
            ],
            wildcard_reason="The scheduler copies tags of users and spaces; reading only.",
        ),
        WildcardStatement(
            actions=["events:PutRule", "events:TagResource"],
            resources=[rules],
            conditions={"StringEquals": {f"aws:RequestTag/{NOTEBOOK_JOB_TAG}": "true"}},
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            actions=[
                "events:DeleteRule",
                "events:DescribeRule",
                "events:DisableRule",
                "events:EnableRule",
                "events:PutRule",
                "events:RemoveTargets",
            ],
            resources=[rules],
            conditions=tagged,
            wildcard_reason=_OWN,
        ),
        WildcardStatement(
            actions=["events:PutTargets"],
            resources=[rules],
            conditions={
                **tagged,
                # An empty list satisfies ForAllValues.
                "ForAllValues:ArnLike": {"events:TargetArn": pipelines},
                "Null": {"events:TargetArn": "false"},
            },
            wildcard_reason=_OWN,
        ),
        _list("sagemaker:Search"),
        # AWS's own bucket with the software of notebook jobs.
        WildcardStatement(
            actions=["s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"],
            resources=[
                f"arn:{stack.partition}:s3:::sagemakerheadlessexecution-prod-{stack.region}{path}"
                for path in ("", "/*")
            ],
            wildcard_reason="Objects of one bucket of AWS; reading only.",
        ),
        iam.PolicyStatement(
            actions=["s3:GetEncryptionConfiguration"], resources=[files.bucket_arn]
        ),
    ]


def rules_of(scope: IConstruct, prefix: str, persona: str) -> str:
    """Return the ARN of the rules of EventBridge that a persona may make.

    Args:
        scope: its stack tells the account and the region.
        prefix: beginning of the names of what people make.
        persona: id of the persona, or a variable for it.
    """
    return format_arn(
        scope, service="events", resource="rule", resource_name=f"{prefix}{persona}-*"
    )


def _list(action: str) -> iam.PolicyStatement:
    return WildcardStatement(
        actions=[action],
        resources=["*"],
        wildcard_reason="IAM cannot restrict this list; reading names only.",
    )
