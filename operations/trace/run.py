"""From what made a version to its pipeline execution, training job and data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from operations.account import Account
from operations.assembly import Json
from operations.trace.accounts import name_in
from operations.trace.columns import Columns
from operations.trace.hop import Hop, Hops, Reason, attempt

OF_EXECUTION = ("pipeline execution", "pipeline step")
OF_TRAINING = ("training job", "data", "training image")
_CODE = ("code", "sm_code", "sm_drivers")
"""Channels in which the SageMaker Python SDK hands code to a training job."""
_REPACK = "RepackModel"


@dataclass(frozen=True)
class Run:
    """What a pipeline execution did.

    Attributes:
        hops: the execution, and the step that registered the version.
        jobs: ARNs of its training jobs.
        parameters: its parameters.
    """

    hops: Sequence[Hop]
    jobs: Sequence[str] | Reason
    parameters: Mapping[str, str] | Reason


def run_of(hops: Hops, owner: Account, arn: str, package: str) -> Run:
    """Return what a pipeline execution did.

    Args:
        hops: of the variant or component.
        owner: account of the pipeline.
        arn: ARN of the execution.
        package: ARN of the version that it registered.
    """
    call = "sagemaker describe-pipeline-execution"
    found = attempt(
        lambda: owner.ask("sagemaker", "describe_pipeline_execution", PipelineExecutionArn=arn),
        gone="the pipeline was deleted, and its executions with it",
    )
    execution = (
        hops.known("pipeline execution", arn, f"not readable: {found.text}", call=call)
        if isinstance(found, Reason)
        else hops.known("pipeline execution", arn, _about(found), call=call)
    )
    steps = attempt(
        lambda: list(
            owner.every(
                "sagemaker",
                "list_pipeline_execution_steps",
                "PipelineExecutionSteps",
                PipelineExecutionArn=arn,
            )
        )
    )
    parameters = attempt(
        lambda: {
            one["Name"]: one["Value"]
            for one in owner.every(
                "sagemaker",
                "list_pipeline_parameters_for_execution",
                "PipelineParameters",
                PipelineExecutionArn=arn,
            )
        }
    )
    jobs = steps if isinstance(steps, Reason) else _training_jobs(steps)
    return Run((execution, _registering(hops, steps, package)), jobs, parameters)


def _about(execution: Json) -> str:
    who = execution.get("CreatedBy", {})
    starter = who.get("UserProfileName") or who.get("IamIdentity", {}).get("Arn")
    version = execution.get("PipelineVersionId")
    return ", ".join(
        [
            execution["PipelineExecutionStatus"],
            *([f"version {version} of the pipeline"] if version else []),
            f"started {execution['CreationTime']:%Y-%m-%d %H:%M}"
            + (f" by {starter}" if starter else ""),
        ]
    )


def _registering(hops: Hops, steps: Sequence[Json] | Reason, package: str) -> Hop:
    call = "sagemaker list-pipeline-execution-steps"
    if isinstance(steps, Reason):
        return hops.unknown("pipeline step", steps.text, call=call)
    for step in steps:
        if step.get("Metadata", {}).get("RegisterModel", {}).get("Arn") == package:
            return hops.known("pipeline step", step["StepName"], step["StepStatus"], call=call)
    return hops.unknown(
        "pipeline step", "no step of the execution registered the package", call=call
    )


def _training_jobs(steps: Sequence[Json]) -> Sequence[str] | Reason:
    """Return training jobs of an execution; a job that only repacks a model is none."""
    jobs = [
        arn
        for step in steps
        if _REPACK not in step["StepName"]
        and (arn := step.get("Metadata", {}).get("TrainingJob", {}).get("Arn"))
    ]
    return jobs or Reason("the execution has no training step")


def training(
    hops: Hops, owner: Account, jobs: Sequence[str] | Reason, data: Sequence[str]
) -> Iterator[Hop]:
    """Yield the training job of a model, what it read, and its image.

    Args:
        hops: of the variant or component.
        owner: account of the jobs.
        jobs: ARNs of jobs that may have made the model.
        data: where the model data is. The job whose output it is, made the model.
    """
    call = "sagemaker describe-training-job"
    if isinstance(jobs, Reason):
        yield hops.unknown("training job", jobs.text)
        yield from hops.all_unknown(OF_TRAINING[1:], "the training job is unknown")
        return
    found = {arn: attempt(partial(_job, owner, arn), gone="the job was deleted") for arn in jobs}
    made = {
        arn: one
        for arn, one in found.items()
        if not isinstance(one, Reason)
        and one.get("ModelArtifacts", {}).get("S3ModelArtifacts") in data
    }
    columns = Columns(owner)
    for arn, job in (made or found).items():
        if isinstance(job, Reason):
            yield hops.known("training job", arn, f"not readable: {job.text}", call=call)
            reason = f"the training job is not readable: {job.text}"
            yield from hops.all_unknown(OF_TRAINING[1:], reason)
            continue
        detail = job["TrainingJobStatus"]
        if not made:
            detail += ", but the model data is not its output: a later step may have changed it"
        yield hops.known("training job", arn, detail, call=call)
        yield from _inputs(hops, job, call, columns)
        yield _training_image(hops, job, call)


def _job(owner: Account, arn: str) -> Json:
    return owner.ask("sagemaker", "describe_training_job", TrainingJobName=name_in(arn))


def _inputs(hops: Hops, job: Json, call: str, columns: Columns) -> Iterator[Hop]:
    channels = job.get("InputDataConfig", [])
    if all(one["ChannelName"] in _CODE for one in channels):
        yield hops.unknown("data", "the job has no channel of data", call=call)
    for channel in channels:
        name = channel["ChannelName"]
        where = _place(channel["DataSource"])
        what = f"code in the channel {name}" if name in _CODE else f"channel {name}"
        if where:
            is_code = name in _CODE
            yield hops.known("code" if is_code else "data", where, what, call=call)
            if not is_code:
                yield from columns.hops(hops, where, call=call)
        else:
            yield hops.unknown("data", f"the {what} has a source that is not S3 or a file system")
    archive = job.get("HyperParameters", {}).get("sagemaker_submit_directory", "").strip('"')
    if archive:
        yield hops.known("code", archive, "archive of the SageMaker Python SDK", call=call)


def _place(source: Json) -> str:
    if "S3DataSource" in source:
        return str(source["S3DataSource"]["S3Uri"])
    if "FileSystemDataSource" in source:
        system = source["FileSystemDataSource"]
        return f"{system['FileSystemId']}:{system['DirectoryPath']}"
    return str(source.get("DatasetSource", {}).get("DatasetArn", ""))


def _training_image(hops: Hops, job: Json, call: str) -> Hop:
    algorithm = job.get("AlgorithmSpecification", {})
    image = algorithm.get("TrainingImage") or algorithm.get("AlgorithmName") or ""
    if "@sha256:" in image:
        return hops.known("training image", image, call=call)
    return hops.unknown(
        "training image",
        f"the job records {image or 'no image'} without a digest, and a tag may have moved since",
        call=call,
    )
