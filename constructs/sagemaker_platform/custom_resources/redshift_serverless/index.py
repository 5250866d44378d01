"""Does for Redshift Serverless what CloudFormation cannot: usage limits, and registration.

One pair of handlers for two types of custom resources, each in a module of its own.
`is_complete` is called again until it says so; it does all the work and can be called any number
of times. An error that may pass by itself counts as "not yet"; any other ends the request with
what AWS said.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, Item, LaterError, RefusedError
from . import registration, usage_limits

# Seconds after which a request is given up: CloudFormation itself waits for an hour.
PATIENCE = 50 * 60.0
# Seconds that one call of a function may work.
BUDGET = 60.0

_KINDS: Mapping[str, Any] = {
    "Custom::RedshiftRegistration": registration,
    "Custom::RedshiftUsageLimits": usage_limits,
}
_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource, and begin."""
    kind = _KINDS[event["ResourceType"]]
    physical_id = event.get("PhysicalResourceId")
    if event["RequestType"] != "Delete":
        physical_id = kind.physical_id(event["ResourceProperties"])
    kind.begin(event, _caller(str(physical_id)))
    return {"PhysicalResourceId": physical_id, "Data": {"Started": int(time.time())}}


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and say whether anything is left.

    Raises:
        RefusedError: if it takes too long, or AWS refuses a call for good.
    """
    kind = _KINDS[event["ResourceType"]]
    try:
        done, attributes = kind.step(event, _caller(event["PhysicalResourceId"]))
        why = "not yet"
    except LaterError as error:
        done, attributes, why = False, {}, str(error)
    if done:
        return {"IsComplete": True, "Data": attributes} if attributes else {"IsComplete": True}
    if time.time() - float(event["Data"]["Started"]) > PATIENCE:
        raise RefusedError(
            f"{event['PhysicalResourceId']}: given up after {PATIENCE / 60:.0f} minutes: {why}"
        )
    _LOG.info("%s: %s", event["PhysicalResourceId"], why)
    return {"IsComplete": False}


def _caller(physical_id: str) -> Caller:
    return Caller(physical_id, BUDGET)
