"""Keeps statements in the one resource policy of the account's Glue Data Catalog.

The policy belongs to everybody: only statements whose ``Sid`` begins with this resource's prefix
are touched. It is written on condition that it is still the one that was read; if it is not, the
next call begins again. `is_complete` does all the work and can be called any number of times.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

Item = dict[str, Any]

# Seconds after which a request is given up: CloudFormation itself waits for an hour.
PATIENCE = 20 * 60.0
_LATER = {
    "ConditionCheckFailureException",
    "InternalServiceException",
    "OperationTimeoutException",
    "Throttling",
    "ThrottlingException",
}
_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class LaterError(Exception):
    """Something that may work at the next call."""


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; all work is done by `is_complete`."""
    prefix = event["ResourceProperties"]["SidPrefix"]
    physical_id = event.get("PhysicalResourceId")
    if event["RequestType"] != "Delete":
        physical_id = f"statements-of-{prefix}"
    return {"PhysicalResourceId": physical_id, "Data": {"Started": int(time.time())}}


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Exchange the statements, unless they are as they should be.

    Raises:
        RuntimeError: if it takes too long.
        ClientError: if AWS refuses a call for good.
    """
    properties = event["ResourceProperties"]
    wanted = [] if event["RequestType"] == "Delete" else list(properties["Statements"])
    try:
        _exchange(properties["SidPrefix"], wanted)
    except LaterError as error:
        if time.time() - float(event["Data"]["Started"]) > PATIENCE:
            raise RuntimeError(
                f"{event['PhysicalResourceId']}: given up after {PATIENCE / 60:.0f} minutes: "
                f"{error}"
            ) from error
        _LOG.info("%s: %s", event["PhysicalResourceId"], error)
        return {"IsComplete": False}
    return {"IsComplete": True}


def _exchange(prefix: str, wanted: list[Item]) -> None:
    glue = _client()
    found = _call(glue.get_resource_policy) or {}
    policy = json.loads(found.get("PolicyInJson") or "{}")
    statements = policy.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    others = [one for one in statements if not str(one.get("Sid", "")).startswith(prefix)]
    if others + wanted == statements:
        return
    unchanged = {"PolicyHashCondition": found["PolicyHash"]} if found.get("PolicyHash") else {}
    if not others and not wanted:
        _call(glue.delete_resource_policy, **unchanged)
        return
    document = {"Version": "2012-10-17", **policy, "Statement": others + wanted}
    exists = {"PolicyExistsCondition": "MUST_EXIST" if statements else "NOT_EXIST"}
    # Accounts that share with Lake Formation have to say that they write the policy as well.
    _call(
        glue.put_resource_policy,
        PolicyInJson=json.dumps(document),
        EnableHybrid="TRUE",
        **exists,
        **unchanged,
    )


@cache
def _client() -> Any:
    config = Config(
        connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 3}
    )
    return boto3.client("glue", config=config)


def _call(operation: Callable[..., Any], **arguments: Any) -> Any:
    """Call AWS; return the answer, or None where there is no policy."""
    try:
        return operation(**arguments)
    except (HTTPClientError, NoConnectionError) as error:
        raise LaterError(str(error)) from error
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "EntityNotFoundException":
            return None
        if code in _LATER or status >= 500:
            raise LaterError(str(error)) from error
        raise
