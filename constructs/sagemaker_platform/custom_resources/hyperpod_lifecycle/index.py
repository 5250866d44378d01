"""Writes the lifecycle scripts of HyperPod clusters into their bucket.

The scripts are in the template itself, so that a reviewer sees what changes; each version has a
folder named by its content, so writing it again changes nothing. Nothing is deleted here: nodes
that start during an update may still read an older version, and deleting the bucket deletes all.
"""

import logging
from collections.abc import Mapping
from typing import Any

import boto3

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> dict[str, str]:
    """Name the resource; all work is done by `is_complete`."""
    if event["RequestType"] == "Create":
        bucket = event["ResourceProperties"]["Bucket"]
        return {"PhysicalResourceId": f"lifecycle-scripts-in-{bucket}"}
    return {"PhysicalResourceId": event["PhysicalResourceId"]}


def is_complete(event: Mapping[str, Any], context: object) -> dict[str, bool]:
    """Write all files."""
    if event["RequestType"] != "Delete":
        properties = event["ResourceProperties"]
        s3 = boto3.client("s3")
        for name, text in properties["Files"].items():
            s3.put_object(Bucket=properties["Bucket"], Key=name, Body=text.encode())
            _LOG.info("%s: written", name)
    return {"IsComplete": True}
