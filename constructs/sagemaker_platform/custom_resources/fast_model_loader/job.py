"""An optimization job that shards a model, and its output in S3."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError, RetryableError
from ..common.waiting import Item, elapsed_seconds

# Time-out of one call of the function.
CALL_TIMEOUT_SECONDS = 60.0
# Time after which SageMaker knows a new role.
_NEW_ROLE_SECONDS = 180.0
# Largest difference between the clocks of this function and of SageMaker.
_CLOCK_SKEW_SECONDS = 60.0
_RUNNING = ("STARTING", "INPROGRESS", "STOPPING")
# Limit of S3 for one deletion.
_MAX_OBJECTS = 1000

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class ShardingJob:
    """One job, advanced as far as one call of the function can.

    Args:
        properties: of the custom resource.
        started: start of this part of the wait, as a Unix time.
        first: whether this part may start the job again.
    """

    def __init__(self, properties: Mapping[str, Any], started: float, *, first: bool) -> None:
        self._properties = properties
        self._name = properties["JobName"]
        self._started = started
        self._first = first
        self._caller = Caller(self._name, CALL_TIMEOUT_SECONDS)
        self._sagemaker, self._s3 = client("sagemaker"), client("s3")
        self._bucket, _, self._prefix = properties["OutputUri"].removeprefix("s3://").partition("/")
        # Outside the prefix of the shards: SageMaker copies everything below it to the endpoint.
        self._marker = f"{self._prefix.rstrip('/')}.complete"

    def advance(self) -> None:
        """Do the next steps towards complete shards in S3.

        Raises:
            RetryableError: the shards are not complete yet.
            CustomResourceError: the job failed, or cannot be started.
        """
        if self._has(self._marker) and self._has(self._prefix):
            return
        # The job that exists, the job that replaces it, and the state of that.
        for _ in range(3):
            job = self._describe()
            if job is None:
                self._create()
                continue
            status = job["OptimizationJobStatus"]
            if status in _RUNNING:
                raise PendingError([f"job {self._name} is {status}"])
            if status == "COMPLETED" and self._has(self._prefix):
                self._mark_complete()
                return
            self._delete_earlier(job)
        raise PendingError([f"job {self._name} has started"])

    def _mark_complete(self) -> None:
        self._caller.call(
            "marker of the output",
            self._s3.put_object,
            Bucket=self._bucket,
            Key=self._marker,
            Body=b"",
        )

    def _delete_earlier(self, job: Item) -> None:
        """Delete a job of an earlier deployment that failed, was stopped or lost its output."""
        status = job["OptimizationJobStatus"]
        reason = (
            "its output is empty"
            if status == "COMPLETED"
            else job.get("FailureReason") or "SageMaker gives no reason"
        )
        if not self._first or self._is_of_this_deployment(job):
            raise CustomResourceError(
                f"job {self._name} is {status}: {reason}. Correct this, then deploy again"
            )
        _LOG.info("%s was %s (%s) and starts again", self._name, status, reason)
        self._delete_job()

    def remove(self) -> None:
        """Stop the job and, if `DeleteOutput` is true, delete its output.

        Raises:
            RetryableError: something is not deleted yet.
            CustomResourceError: something cannot be stopped or deleted.
        """
        job = self._describe()
        status = job["OptimizationJobStatus"] if job else ""
        if status in ("STARTING", "INPROGRESS"):
            try:
                self._caller.call(
                    "stop of the job",
                    self._sagemaker.stop_optimization_job,
                    OptimizationJobName=self._name,
                )
            except CustomResourceError as error:
                # The job may have ended in the meantime.
                if error.code != "ValidationException":
                    raise
                raise RetryableError(str(error)) from error
        if status in _RUNNING:
            raise PendingError([f"job {self._name} is {status}"])
        delete_output = self._properties["DeleteOutput"] == "true"
        if delete_output:
            # The marker first: shards without a marker are not used.
            for prefix in (self._marker, self._prefix):
                self._delete_objects(prefix)
        if job is not None and (delete_output or status != "COMPLETED"):
            self._delete_job()

    def _is_of_this_deployment(self, job: Item) -> bool:
        return bool(job["CreationTime"].timestamp() >= self._started - _CLOCK_SKEW_SECONDS)

    def _describe(self) -> Item | None:
        return self._caller.call(
            "description of the job",
            self._sagemaker.describe_optimization_job,
            OptimizationJobName=self._name,
        )

    def _create(self) -> None:
        properties = self._properties
        try:
            self._caller.call(
                "creation of the job",
                self._sagemaker.create_optimization_job,
                OptimizationJobName=self._name,
                RoleArn=properties["RoleArn"],
                ModelSource={"S3": {"S3Uri": properties["SourceUri"]}},
                DeploymentInstanceType=properties["InstanceType"],
                OptimizationConfigs=[
                    {
                        "ModelShardingConfig": {
                            "Image": properties["Image"],
                            "OverrideEnvironment": dict(properties["Environment"]),
                        }
                    }
                ],
                OutputConfig={
                    "S3OutputLocation": properties["OutputUri"],
                    "KmsKeyId": properties["KeyArn"],
                },
                StoppingCondition={"MaxRuntimeInSeconds": int(properties["MaxRuntimeSeconds"])},
                VpcConfig={
                    "SecurityGroupIds": list(properties["SecurityGroupIds"]),
                    "Subnets": list(properties["SubnetIds"]),
                },
            )
        except CustomResourceError as error:
            if self._is_temporary(error):
                raise RetryableError(str(error)) from error
            raise

    def _is_temporary(self, error: CustomResourceError) -> bool:
        # Other jobs use the whole quota until they end.
        if error.code == "ResourceLimitExceeded":
            return True
        new = elapsed_seconds(self._started) < _NEW_ROLE_SECONDS
        is_about_role = "role" in error.aws_message.lower()
        return new and error.code == "ValidationException" and is_about_role

    def _delete_job(self) -> None:
        self._caller.call(
            "deletion of the job",
            self._sagemaker.delete_optimization_job,
            OptimizationJobName=self._name,
        )

    def _has(self, prefix: str) -> bool:
        answer = self._caller.call(
            f"list of {prefix}",
            self._s3.list_objects_v2,
            Bucket=self._bucket,
            Prefix=prefix,
            MaxKeys=1,
        )
        if answer is None:
            raise CustomResourceError(
                f"bucket {self._bucket} does not exist; must exist for the output of "
                f"{self._name}. Create it, or change the output location"
            )
        return bool(answer.get("Contents"))

    def _delete_objects(self, prefix: str) -> None:
        for keys in self._versions(prefix):
            answer = self._caller.call(
                f"deletion of {prefix}",
                self._s3.delete_objects,
                Bucket=self._bucket,
                Delete={"Objects": keys, "Quiet": True},
            )
            for error in (answer or {}).get("Errors", []):
                reason = f"{error.get('Key')}: {error.get('Code')}: {error.get('Message')}"
                if error.get("Code") in ("InternalError", "SlowDown"):
                    raise RetryableError(f"deletion of {reason}")
                raise CustomResourceError(f"S3 cannot delete {reason}")

    def _versions(self, prefix: str) -> Iterator[list[Item]]:
        """Return all versions below a prefix, in batches for one deletion each."""
        while True:
            answer = self._caller.call(
                f"list of {prefix}",
                self._s3.list_object_versions,
                Bucket=self._bucket,
                Prefix=prefix,
                MaxKeys=_MAX_OBJECTS,
            )
            found = [
                {"Key": one["Key"], "VersionId": one["VersionId"]}
                for kind in ("Versions", "DeleteMarkers")
                for one in (answer or {}).get(kind, [])
            ]
            if not found:
                return
            yield found
