"""An optimization job that parts a model into shards, and what it leaves in S3."""

import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ..common.calls import Caller, Item, LaterError, RefusedError, client

# Seconds that one call of a function may work.
BUDGET = 60.0
# A new role is not known everywhere at once.
_ROLE_SECONDS = 180.0
# How far the clocks of this function and of SageMaker may be apart.
_CLOCKS = 60.0
_RUNNING = ("STARTING", "INPROGRESS", "STOPPING")
# AWS deletes so many objects at once.
_MOST = 1000

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class ShardingJob:
    """One call's work on one job.

    Args:
        properties: of the custom resource.
        started: when this part of the wait began, as a Unix time.
        first: whether this part may begin the job anew.
    """

    def __init__(self, properties: Mapping[str, Any], started: float, *, first: bool) -> None:
        self._properties = properties
        self._name = properties["JobName"]
        self._started = started
        self._first = first
        self._caller = Caller(self._name, BUDGET)
        self._sagemaker, self._s3 = client("sagemaker"), client("s3")
        self._bucket, _, self._prefix = properties["OutputUri"].removeprefix("s3://").partition("/")
        # Beside the shards, not among them: whatever is there is copied to the endpoint.
        self._marker = f"{self._prefix.rstrip('/')}.complete"

    def advance(self) -> str:
        """Go on towards shards in S3; return what is waited for, nothing if they are there.

        Raises:
            LaterError: AWS has no time now.
            RefusedError: the job failed, or cannot be begun.
        """
        if self._has(self._marker) and self._has(self._prefix):
            return ""
        # What is found, what replaces it, and what came of that.
        for _ in range(3):
            job = self._describe()
            if job is None:
                self._create()
                continue
            status = job["OptimizationJobStatus"]
            if status in _RUNNING:
                return f"{self._name} is {status}"
            if status == "COMPLETED" and self._has(self._prefix):
                self._mark()
                return ""
            self._begin_anew(job)
        return f"{self._name} has begun"

    def _mark(self) -> None:
        self._caller.call(
            "marking the output",
            self._s3.put_object,
            Bucket=self._bucket,
            Key=self._marker,
            Body=b"",
        )

    def _begin_anew(self, job: Item) -> None:
        """Forget what failed, was stopped, or lost its output, before this deployment."""
        status = job["OptimizationJobStatus"]
        reason = (
            "its output is empty"
            if status == "COMPLETED"
            else job.get("FailureReason") or "SageMaker gives no reason"
        )
        if not self._first or self._is_of_now(job):
            raise RefusedError(f"{self._name} is {status}: {reason}")
        _LOG.info("%s was %s (%s) and begins anew", self._name, status, reason)
        self._delete_job()

    def remove(self) -> str:
        """Stop the job and, if told to, delete its output; return what is left, or nothing.

        Raises:
            LaterError: AWS has no time now.
            RefusedError: something cannot be stopped or deleted.
        """
        job = self._describe()
        status = job["OptimizationJobStatus"] if job else ""
        if status in ("STARTING", "INPROGRESS"):
            try:
                self._caller.call(
                    "stopping",
                    self._sagemaker.stop_optimization_job,
                    OptimizationJobName=self._name,
                )
            except RefusedError as error:
                # It may have ended in the meantime.
                if "ValidationException" not in str(error):
                    raise
                raise LaterError(str(error)) from error
        if status in _RUNNING:
            return f"{self._name} is {status}"
        delete_output = self._properties["DeleteOutput"] == "true"
        if delete_output:
            # The marker first: shards without it are none.
            for prefix in (self._marker, self._prefix):
                self._delete_objects(prefix)
        if job is not None and (delete_output or status != "COMPLETED"):
            self._delete_job()
        return ""

    def _is_of_now(self, job: Item) -> bool:
        return bool(job["CreationTime"].timestamp() >= self._started - _CLOCKS)

    def _describe(self) -> Item | None:
        return self._caller.call(
            "state",
            self._sagemaker.describe_optimization_job,
            OptimizationJobName=self._name,
        )

    def _create(self) -> None:
        properties = self._properties
        try:
            self._caller.call(
                "beginning",
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
        except RefusedError as error:
            if self._goes_by(str(error)):
                raise LaterError(str(error)) from error
            raise

    def _goes_by(self, refusal: str) -> bool:
        # All that the quotas allow is in use, by other jobs: they end.
        if "ResourceLimitExceeded" in refusal:
            return True
        young = time.time() - self._started < _ROLE_SECONDS
        return young and "ValidationException" in refusal and "role" in refusal.lower()

    def _delete_job(self) -> None:
        self._caller.call(
            "deleting",
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
            raise RefusedError(f"{self._bucket}, for the output of {self._name}, is gone")
        return bool(answer.get("Contents"))

    def _delete_objects(self, prefix: str) -> None:
        for keys in self._versions(prefix):
            answer = self._caller.call(
                f"deleting {prefix}",
                self._s3.delete_objects,
                Bucket=self._bucket,
                Delete={"Objects": keys, "Quiet": True},
            )
            for error in (answer or {}).get("Errors", []):
                what = f"deleting {error.get('Key')}: {error.get('Code')}: {error.get('Message')}"
                if error.get("Code") in ("InternalError", "SlowDown"):
                    raise LaterError(what)
                raise RefusedError(what)

    def _versions(self, prefix: str) -> Iterator[list[Item]]:
        """Return all versions below a prefix, each time as many as are deleted at once."""
        while True:
            answer = self._caller.call(
                f"list of {prefix}",
                self._s3.list_object_versions,
                Bucket=self._bucket,
                Prefix=prefix,
                MaxKeys=_MOST,
            )
            found = [
                {"Key": one["Key"], "VersionId": one["VersionId"]}
                for kind in ("Versions", "DeleteMarkers")
                for one in (answer or {}).get(kind, [])
            ]
            if not found:
                return
            yield found
