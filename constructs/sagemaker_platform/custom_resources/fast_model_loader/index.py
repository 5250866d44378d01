"""Shards a model for fast loading, and waits for hours if needed.

A custom resource runs an optimization job of SageMaker, which shards a model in S3 for an instance
type and a tensor parallel degree. CloudFormation waits for a custom resource for an hour, and a
job may take several hours. So the wait is split into parts, each a resource that depends on the
one before: a part whose job is still running at its time-out is complete, and the next part
continues. The first part starts the job; its deletion, which is the last, deletes everything.

The name of the job contains a hash of everything that the shards depend on. So the job and its
output are the state: the handler joins a running job, uses complete shards, and starts a job again
that failed in an earlier deployment. An object next to the shards marks them as complete, also
when the job no longer exists.

A deletion stops a running job. It deletes the output, with all versions, if `DeleteOutput` is
true; otherwise the output stays, and a later deployment of the same model uses it.
"""

from collections.abc import Mapping
from typing import Any

from ..common.errors import WaitTimeoutError
from ..common.waiting import Item, poll, start_wait, started
from .job import ShardingJob

# Time-out of one part of the wait, and of a deletion.
TIMEOUT_SECONDS = 50 * 60.0


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; `is_complete` does all the work."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    return start_wait(_physical_id(event["ResourceProperties"]))


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and tell whether this part of the wait is over.

    Raises:
        CustomResourceError: the job failed or took too long, or something cannot be deleted.
    """
    properties, deletes = event["ResourceProperties"], event["RequestType"] == "Delete"
    part, parts = int(properties["Part"]), int(properties["Parts"])
    if deletes and (part > 1 or event["PhysicalResourceId"] != _physical_id(properties)):
        return {"IsComplete": True}

    def step() -> None:
        job = ShardingJob(properties, started(event), first=part == 1)
        if deletes:
            job.remove()
        else:
            job.advance()

    try:
        return poll(event, step, timeout_seconds=TIMEOUT_SECONDS)
    except WaitTimeoutError:
        if deletes or part == parts:
            raise
        return {"IsComplete": True}


def _physical_id(properties: Mapping[str, Any]) -> str:
    return f"{properties['JobName']}-part-{properties['Part']}"
