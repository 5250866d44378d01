"""Writes the lifecycle scripts of HyperPod clusters into their bucket.

The scripts are in the template, so that a reviewer sees what changes. Each version has a folder
that is named by its content, so writing a version again changes nothing. The handler deletes
nothing: nodes that start during an update may still read an older version. Deleting the bucket
deletes all versions.
"""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.waiting import Item, poll, start_wait

# Time-out of a request, and of one call of the function.
TIMEOUT_SECONDS = 20 * 60.0
CALL_TIMEOUT_SECONDS = 60.0

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; `is_complete` does all the work."""
    if event["RequestType"] == "Create":
        return start_wait(f"lifecycle-scripts-in-{event['ResourceProperties']['Bucket']}")
    return start_wait(event["PhysicalResourceId"])


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Write all files; do nothing for a deletion.

    Raises:
        CustomResourceError: S3 refuses a file for good, or the time-out has passed.
    """
    caller = Caller(event["PhysicalResourceId"], CALL_TIMEOUT_SECONDS)

    def step() -> None:
        if event["RequestType"] != "Delete":
            _write_files(event["ResourceProperties"], caller)

    return poll(event, step, timeout_seconds=TIMEOUT_SECONDS)


def _write_files(properties: Mapping[str, Any], caller: Caller) -> None:
    s3 = client("s3")
    for name, text in properties["Files"].items():
        caller.require(
            name, s3.put_object, Bucket=properties["Bucket"], Key=name, Body=text.encode()
        )
        _LOG.info("%s: written", name)
