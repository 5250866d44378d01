"""Sets what SageMaker's API accepts for a Studio domain, and CloudFormation does not.

The properties hold settings in the shape of the API: of the domain, of user profiles and of
spaces. Each call reads the current settings, changes only the values that are set here, writes the
blocks that contain them, and waits until SageMaker has updated them. It writes nothing that is
correct already, and remembers nothing, so each call continues where the last one ended.

A value that the properties no longer set is reset: a switch of a domain is turned off, another
value is left out. Deleting this resource resets all values. Deleting the stack changes nothing:
CloudFormation then deletes the domain, or keeps it as it is.

If SageMaker refuses a value, the deployment fails. CloudFormation then sends the earlier values,
which reverts the change. SageMaker may keep a value that an update leaves out: then the deployment
fails with a message that says so.
"""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.waiting import Item, poll, start_wait, started
from .targets import targets
from .work import Work

# Time-out of a request.
TIMEOUT_SECONDS = 20 * 60.0

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; `is_complete` does all the work."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    return start_wait(f"settings-of-{event['ResourceProperties']['DomainId']}")


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Update what can be updated now, and tell whether all settings are as wanted.

    Raises:
        CustomResourceError: SageMaker refuses a value, or the time-out has passed.
    """
    return poll(event, lambda: _step(event), timeout_seconds=TIMEOUT_SECONDS)


def _step(event: Mapping[str, Any]) -> None:
    properties, before = event["ResourceProperties"], event.get("OldResourceProperties", {})
    domain_id = properties["DomainId"]
    work = Work(domain_id, started(event))
    if event["RequestType"] == "Delete":
        if work.stack_is_deleted(event["StackId"]):
            _LOG.info("%s: the stack is deleted; nothing is changed", domain_id)
            return
        properties, before = {"DomainId": domain_id}, properties
    elif before.get("DomainId") != domain_id:
        # The deletion that follows resets the values of a domain that was replaced.
        before = {}
    work.step(targets(properties, before))
