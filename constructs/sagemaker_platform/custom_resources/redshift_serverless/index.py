"""Does for Redshift Serverless what CloudFormation cannot: usage limits and registration.

One pair of handlers serves two types of custom resources; each type has a module.
"""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller
from ..common.errors import CustomResourceError, RetryableError
from ..common.waiting import Item, poll, retry_advice, start_wait
from . import registration, usage_limits

# Time-out of a request, and of one call of a function.
TIMEOUT_SECONDS = 50 * 60.0
CALL_TIMEOUT_SECONDS = 60.0

_TYPES: Mapping[str, Any] = {
    "Custom::RedshiftRegistration": registration,
    "Custom::RedshiftUsageLimits": usage_limits,
}


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource, and make the calls that must be made once.

    Raises:
        CustomResourceError: Redshift refuses a call, or throttles until the time-out.
    """
    module = _TYPES[event["ResourceType"]]
    if event["RequestType"] == "Delete":
        physical_id = event["PhysicalResourceId"]
    else:
        physical_id = module.physical_id(event["ResourceProperties"])
    try:
        module.start(event, Caller(physical_id, CALL_TIMEOUT_SECONDS, retries=True))
    except RetryableError as error:
        raise CustomResourceError(
            f"{physical_id} did not start within {CALL_TIMEOUT_SECONDS:.0f} seconds: {error}. "
            f"{retry_advice(event)}"
        ) from error
    return start_wait(physical_id)


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and tell whether the request is fulfilled.

    Raises:
        CustomResourceError: Redshift refuses a call for good, or the time-out has passed.
    """
    module = _TYPES[event["ResourceType"]]
    caller = Caller(event["PhysicalResourceId"], CALL_TIMEOUT_SECONDS)
    return poll(event, lambda: module.step(event, caller), timeout_seconds=TIMEOUT_SECONDS)
