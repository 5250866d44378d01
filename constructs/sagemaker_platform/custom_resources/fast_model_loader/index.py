"""Parts a model into shards that load fast, and waits for it for hours.

A custom resource runs an optimization job of SageMaker, which parts a model in S3 for an
instance type and a tensor parallel degree. CloudFormation waits for a custom resource for an
hour at most, and a job may take several, so the wait has parts, each a resource that exists
after the one before: a part that sees no end in 50 minutes is done, and the next goes on. The
first part begins the job, and its deletion, which is the last, takes everything back.

The name of the job has a hash of everything that decides about the shards. So the job and its
output are the memory: a job that runs is joined, shards that are complete are taken, and what
failed in an earlier deployment begins anew. That they are complete says an object beside them,
also after the job itself was forgotten. Nothing is remembered between calls.

On deletion a running job is stopped. The output is deleted if `DeleteOutput` says so, with all
versions; otherwise it stays, and a later deployment of the same model takes it again.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from ..common.calls import Item, LaterError, RefusedError
from .job import ShardingJob

# Seconds after which a part of the wait ends: CloudFormation itself waits for an hour.
PATIENCE = 50 * 60.0

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; all work is done by `is_complete`."""
    answer: Item = {
        "PhysicalResourceId": _physical_id(event["ResourceProperties"]),
        "Data": {"Started": int(time.time())},
    }
    if event["RequestType"] == "Delete":
        answer["PhysicalResourceId"] = event["PhysicalResourceId"]
    return answer


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and say whether this part of the wait is over.

    Raises:
        RefusedError: the job failed, or did not end in time; or something cannot be deleted.
    """
    properties = event["ResourceProperties"]
    part, parts = int(properties["Part"]), int(properties["Parts"])
    deletion = event["RequestType"] == "Delete"
    if deletion and (part > 1 or event["PhysicalResourceId"] != _physical_id(properties)):
        return {"IsComplete": True}
    started = float(event["Data"]["Started"])
    job = ShardingJob(properties, started, first=part == 1)
    try:
        left = job.remove() if deletion else job.advance()
    except LaterError as error:
        left = str(error)
    _LOG.info("%s, part %s of %s: %s", properties["JobName"], part, parts, left or "done")
    if not left:
        return {"IsComplete": True}
    if time.time() - started <= PATIENCE:
        return {"IsComplete": False}
    if not deletion and part < parts:
        return {"IsComplete": True}
    if deletion:
        raise RefusedError(
            f"not deleted after {PATIENCE / 60:.0f} minutes: {left}. Delete the stack again to "
            "go on."
        )
    raise RefusedError(f"not done after {parts} times {PATIENCE / 60:.0f} minutes: {left}")


def _physical_id(properties: Mapping[str, Any]) -> str:
    return f"{properties['JobName']}-part-{properties['Part']}"
