"""Does for Redshift Serverless what CloudFormation cannot: usage limits, and registration.

One pair of handlers for two types of custom resources, each in a module of its own.
`is_complete` is called again until it says so; it does all the work and can be called any number
of times. An error that may pass by itself counts as "not yet"; any other ends the request with
what AWS said.
"""

from collections.abc import Mapping
from typing import Any

from ..common.calls import PAUSES, Caller, Item, LaterError, RefusedError
from ..common.waiting import attempt, begun
from . import registration, usage_limits

# Minutes after which a request is given up.
PATIENCE = 50.0
# Seconds that one call of a function may work.
BUDGET = 60.0

_KINDS: Mapping[str, Any] = {
    "Custom::RedshiftRegistration": registration,
    "Custom::RedshiftUsageLimits": usage_limits,
}


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource, and begin.

    Raises:
        RefusedError: if AWS refuses to, or puts it off again and again.
    """
    kind = _KINDS[event["ResourceType"]]
    physical_id = event.get("PhysicalResourceId")
    if event["RequestType"] != "Delete":
        physical_id = kind.physical_id(event["ResourceProperties"])
    try:
        kind.begin(event, Caller(str(physical_id), BUDGET, PAUSES))
    except LaterError as error:
        raise RefusedError(f"{physical_id}: not begun: {error}") from error
    return begun(physical_id)


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and say whether anything is left.

    Raises:
        RefusedError: if it takes too long, or AWS refuses a call for good.
    """
    kind = _KINDS[event["ResourceType"]]
    caller = Caller(event["PhysicalResourceId"], BUDGET)
    return attempt(event, lambda: kind.step(event, caller), minutes=PATIENCE)
