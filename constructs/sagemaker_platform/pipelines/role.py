"""The role that a pipeline and the jobs of its steps run with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.access import Workload, create_versions
from sagemaker_platform.arguments import checks_types, require_each, require_one_of
from sagemaker_platform.foundation import access_to_bucket, use_of_key
from sagemaker_platform.security import (
    AccessPolicy,
    ExecutionRole,
    WildcardStatement,
    format_arn,
    pull_images,
    put_metrics,
    repository_of,
    work_in_vpc,
    write_logs,
)

JobKind = Literal[
    "AutoMLJobV2", "HyperParameterTuningJob", "ProcessingJob", "TrainingJob", "TransformJob"
]
"""Kinds of jobs that steps start, as the API calls them."""

JOB_PREFIX = "pipelines-"
"""Beginning of the names of jobs and models of steps (SageMaker AI Developer Guide, "IAM Access
Management" of Pipelines: "Customize access management for Pipelines jobs")."""

_RESOURCES = {
    "AutoMLJobV2": "automl-job",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "ProcessingJob": "processing-job",
    "TrainingJob": "training-job",
    "TransformJob": "transform-job",
}
_NAMES = "SageMaker names the jobs and models of steps: pipelines-<execution>-<step>-…"


@checks_types
@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """A folder of a bucket that steps read or write.

    Args:
        bucket: the bucket, encrypted with the key of the workload.
        folder: the folder, without a slash at its end.
    """

    bucket: s3.IBucket
    folder: str


@checks_types
class PipelineRole(Construct):
    """A role that SageMaker assumes for a pipeline and for the jobs of its steps.

    It can start the kinds of jobs that the definition has, in the VPC and with the key of the
    workload, and pass itself, and no other role, to them.

    Args:
        workload: network and key of the jobs.
        jobs: kinds of jobs that steps start.
        images: container images in ECR that steps run.
        reads: folders that steps read.
        writes: folders that steps read and write.
        creates_models: whether steps create models.
        groups: names of the groups of the model registry in which steps register versions.
        metadata: customer metadata that versions must have, by the name of the group: a value by
            its key, or None for any value.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workload: Workload,
        jobs: Sequence[JobKind],
        images: Sequence[str],
        reads: Sequence[DataFolder] = (),
        writes: Sequence[DataFolder] = (),
        creates_models: bool = False,
        groups: Sequence[str] = (),
        metadata: Mapping[str, Mapping[str, str | None]] | None = None,
    ) -> None:
        for one in jobs:
            require_one_of("jobs", one, JobKind)
        require_each("reads", reads, DataFolder)
        require_each("writes", writes, DataFolder)
        super().__init__(scope, id)
        made = ExecutionRole(
            self,
            "Resource",
            description=f"Runs the pipeline {self.node.path}",
            statements=[
                *(_jobs(workload, jobs) if jobs else ()),
                *(_models(workload) if creates_models else ()),
                *(_register(self, groups, metadata or {}) if groups else ()),
                *(one for folder in reads for one in _access(folder, write=False)),
                *(one for folder in writes for one in _access(folder, write=True)),
                *use_of_key(workload.key),
                *pull_images(sorted({repository_of(self, one) for one in images})),
                *work_in_vpc(self),
                put_metrics(),
                write_logs(self, "/aws/sagemaker/*"),
            ],
        )
        self.role: iam.IRole = made.role
        # Attached from its own side: it names the role, which must be there before.
        self.passing = AccessPolicy(
            self,
            "PassRole",
            description=f"Passes the role to the jobs of the pipeline {self.node.path}",
            statements=[
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[self.role.role_arn],
                    conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                )
            ],
            attached_to=[made.role],
        )


def _jobs(workload: Workload, kinds: Sequence[JobKind]) -> list[iam.PolicyStatement]:
    names = [
        format_arn(
            workload,
            service="sagemaker",
            resource=_RESOURCES[kind],
            resource_name=f"{JOB_PREFIX}*",
        )
        for kind in sorted(kinds)
    ]
    in_vpc = [kind for kind in sorted(kinds) if kind != "TransformJob"]
    stops = {"AutoMLJobV2": "AutoMLJob"}
    statements: list[iam.PolicyStatement] = []
    if in_vpc:
        statements.append(
            WildcardStatement(
                actions=[f"sagemaker:Create{kind}" for kind in in_vpc],
                resources=names,
                conditions={**workload.in_vpc(), **workload.encrypted()},
                wildcard_reason=_NAMES,
            )
        )
    if "TransformJob" in kinds:
        statements.append(
            WildcardStatement(
                actions=["sagemaker:CreateTransformJob"],
                resources=names,
                conditions={
                    **workload.encrypted(),
                    "ArnLike": {"sagemaker:ModelArn": _model_arn(workload)},
                },
                wildcard_reason=_NAMES,
            )
        )
    return [
        *statements,
        WildcardStatement(
            actions=[
                "sagemaker:AddTags",
                *(
                    f"sagemaker:{verb}{name}"
                    for kind in sorted(kinds)
                    for verb, name in (("Describe", kind), ("Stop", stops.get(kind, kind)))
                ),
            ],
            resources=names,
            wildcard_reason=_NAMES,
        ),
    ]


def _models(workload: Workload) -> list[iam.PolicyStatement]:
    return [
        WildcardStatement(
            actions=["sagemaker:CreateModel"],
            resources=[_model_arn(workload)],
            conditions=workload.in_vpc(),
            wildcard_reason=_NAMES,
        ),
        WildcardStatement(
            actions=["sagemaker:AddTags", "sagemaker:DescribeModel"],
            resources=[_model_arn(workload)],
            wildcard_reason=_NAMES,
        ),
    ]


def _model_arn(workload: Workload) -> str:
    return format_arn(
        workload, service="sagemaker", resource="model", resource_name=f"{JOB_PREFIX}*"
    )


def _register(
    scope: Construct, groups: Sequence[str], metadata: Mapping[str, Mapping[str, str | None]]
) -> list[iam.PolicyStatement]:
    """Return the permissions to register versions that are not approved yet."""
    return [
        *create_versions(scope, groups, metadata=metadata),
        WildcardStatement(
            actions=["sagemaker:AddTags", "sagemaker:DescribeModelPackage"],
            resources=[
                format_arn(
                    scope, service="sagemaker", resource="model-package", resource_name=f"{name}/*"
                )
                for name in groups
            ],
            wildcard_reason="Versions of known groups have numbers.",
        ),
    ]


def _access(folder: DataFolder, *, write: bool) -> list[iam.PolicyStatement]:
    return [
        *access_to_bucket(folder.bucket, write=write, folder=folder.folder),
        # SageMaker lists what begins with the URI of an input, which need not end with a slash.
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[folder.bucket.bucket_arn],
            conditions={"StringEquals": {"s3:prefix": folder.folder}},
        ),
    ]


def start_pipelines(scope: Construct, names: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return the permissions to start, watch and stop pipelines, and not to change them.

    A pipeline runs with its own role, so who starts it passes no role.

    Args:
        scope: its stack tells the account and the region.
        names: names of the pipelines.
    """
    stack = Stack.of(scope)
    pipelines = [
        format_arn(stack, service="sagemaker", resource="pipeline", resource_name=f"{name}{suffix}")
        for name in names
        for suffix in ("", "/execution/*")
    ]
    return [
        WildcardStatement(
            actions=[
                "sagemaker:DescribePipeline",
                "sagemaker:DescribePipelineDefinitionForExecution",
                "sagemaker:DescribePipelineExecution",
                "sagemaker:ListPipelineExecutionSteps",
                "sagemaker:ListPipelineExecutions",
                "sagemaker:ListPipelineParametersForExecution",
                "sagemaker:RetryPipelineExecution",
                "sagemaker:StartPipelineExecution",
                "sagemaker:StopPipelineExecution",
            ],
            resources=pipelines,
            wildcard_reason="Executions of known pipelines, whose ids SageMaker gives.",
        ),
        WildcardStatement(
            actions=["sagemaker:ListPipelines"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this list; reading names only.",
        ),
    ]
