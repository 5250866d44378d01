"""Redacts captured requests with a function of the team, and deletes the original file.

EventBridge calls the handler for each file that SageMaker captures. The file has one record per
line. The handler writes the results of the team's function to another bucket, under the same key,
and then deletes the original file permanently. It is idempotent: the same file gives the same
result, and a file that does not exist counts as done.

The logs contain no content of a record: an error of the team's function is reported by its type
and the line of the file.
"""

import importlib.util
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

Record = dict[str, Any]

_GONE = ("NoSuchKey", "NoSuchVersion")

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class RedactionError(Exception):
    """A record cannot be redacted; its file is kept."""


@cache
def client(service: str) -> Any:
    """Return a client of a service."""
    return boto3.client(service)


@cache
def hook() -> Callable[[Record], Record | None]:
    """Load the function ``redact`` of the team from its file."""
    spec = importlib.util.spec_from_file_location("team_redaction", os.environ["HOOK_FILE"])
    if spec is None or spec.loader is None:
        raise RedactionError(f"got {os.environ['HOOK_FILE']}; must be a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[[Record], Record | None] = module.redact
    return function


def on_capture(event: Mapping[str, Any], context: object) -> Record:
    """Redact one file.

    Args:
        event: "Object Created" of S3, by EventBridge.
        context: Lambda's.
    """
    bucket, found = event["detail"]["bucket"]["name"], event["detail"]["object"]
    where = {"Bucket": bucket, "Key": found["key"]}
    if found.get("version-id"):
        # Deleting a version by its ID leaves no delete marker.
        where["VersionId"] = found["version-id"]
    s3 = client("s3")
    try:
        content = s3.get_object(**where)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
        return {"Key": found["key"], "Records": None}
    lines = list(_redacted(content))
    if lines:
        s3.put_object(
            Bucket=os.environ["READABLE_BUCKET"],
            Key=found["key"],
            Body="".join(f"{line}\n" for line in lines).encode(),
            ContentType="application/jsonlines",
        )
    s3.delete_object(**where)
    result = {"Key": found["key"], "Records": len(lines)}
    _LOG.info(json.dumps({"Message": "Redacted", **result}))
    return result


def _redacted(content: bytes) -> Iterator[str]:
    redact = hook()
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = redact(json.loads(line))
            text = None if record is None else json.dumps(record)
        except Exception as error:
            # Without the message, which may quote the record.
            raise RedactionError(f"line {number}: {type(error).__name__}") from None
        if record is not None and not isinstance(record, dict):
            got = type(record).__name__
            raise RedactionError(f"line {number}: redact returned {got}; must be dict or None")
        if text is not None:
            yield text
