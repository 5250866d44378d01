"""Keeps resource policies of endpoints, which CloudFormation has no property for.

The properties hold the whole policy of each endpoint. A policy is lost with its endpoint, also if
an endpoint of the same name follows. So the properties also hold what tells of a replacement, and
CloudFormation then calls this handler again. Each call reads the policies, and writes those that
differ. Policies of endpoints that the properties no longer name are deleted.
"""

import json
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import NotFoundError
from ..common.waiting import Item, poll, start_wait

# Time-out of a request, and of one call of the function.
TIMEOUT_SECONDS = 20 * 60.0
CALL_TIMEOUT_SECONDS = 60.0

# SageMaker answers with this code for an endpoint without a policy, and for a missing endpoint.
_NONE = ("ValidationException",)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; `is_complete` does all the work."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    return start_wait(f"endpoint-policies-of-{event['ResourceProperties']['Name']}")


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Write the policies, and delete those that are not wanted.

    Raises:
        CustomResourceError: SageMaker refuses a call for good, or the time-out has passed.
    """
    caller = Caller(event["PhysicalResourceId"], CALL_TIMEOUT_SECONDS)
    given, old = event["ResourceProperties"], event.get("OldResourceProperties", {})
    deletes = event["RequestType"] == "Delete"
    wanted: Mapping[str, Any] = {} if deletes else given["Policies"]
    known = {**old.get("Policies", {}), **given["Policies"]}

    def step() -> None:
        for endpoint in sorted({*known} - {*wanted}):
            _delete(caller, endpoint)
        for endpoint, policy in sorted(wanted.items()):
            _put(caller, endpoint, policy["Statements"])

    return poll(event, step, timeout_seconds=TIMEOUT_SECONDS)


def _put(caller: Caller, endpoint: str, statements: list[Item]) -> None:
    sagemaker = client("sagemaker")
    document = {"Version": "2012-10-17", "Statement": statements}
    subject = f"policy of endpoint {endpoint}"
    found = caller.call(
        subject, sagemaker.get_endpoint_policy, not_found=_NONE, EndpointName=endpoint
    )
    if found and json.loads(found["ResourcePolicy"]) == document:
        return
    caller.require(
        subject,
        sagemaker.put_endpoint_policy,
        EndpointName=endpoint,
        ResourcePolicy=json.dumps(document),
    )


def _delete(caller: Caller, endpoint: str) -> None:
    sagemaker = client("sagemaker")
    try:
        caller.require(
            f"policy of endpoint {endpoint}",
            sagemaker.delete_endpoint_policy,
            not_found=_NONE,
            EndpointName=endpoint,
        )
    except NotFoundError:
        # The policy went with its endpoint.
        return
