"""Sets what SageMaker's API takes for a Studio domain, and CloudFormation does not.

The properties hold settings in the shape of the API: of the domain, of user profiles and of
spaces. Each call reads what is there, changes only the values that are set here, writes the
blocks concerned back, and waits until SageMaker is done. Nothing is remembered between calls,
so each goes on where the last one ended. What is already right is not written.

A value that was set here and no longer is, is taken back: a switch of a domain is turned off,
anything else is left out. So is everything when this resource is taken out of its stack. When
the stack itself goes, nothing is changed: the domain goes too, or is kept as it is.

Throttling and "in use" mean "later", anything else ends the deployment with the name of what it
was about; CloudFormation then sends the values from before, which undoes what was done. SageMaker
may keep a value that an update leaves out: then the deployment fails and says so.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from ..common.calls import Item, LaterError, RefusedError
from .targets import targets
from .work import Work

# Seconds after which a request is given up.
PATIENCE = 20 * 60.0

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; all work is done by `is_complete`."""
    physical_id = f"settings-of-{event['ResourceProperties']['DomainId']}"
    if event["RequestType"] == "Delete":
        physical_id = event["PhysicalResourceId"]
    return {"PhysicalResourceId": physical_id, "Data": {"Started": int(time.time())}}


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and say whether anything is left.

    Raises:
        RefusedError: if something cannot be set, or not in time.
    """
    properties, before = event["ResourceProperties"], event.get("OldResourceProperties", {})
    domain_id, started = properties["DomainId"], float(event["Data"]["Started"])
    work = Work(domain_id, started)
    try:
        if event["RequestType"] == "Delete":
            if work.stack_goes(event["StackId"]):
                _LOG.info("%s: the stack goes, nothing is changed", domain_id)
                return {"IsComplete": True}
            properties, before = {"DomainId": domain_id}, properties
        elif before.get("DomainId") != domain_id:
            # Those of a domain that was replaced are taken back by the deletion that follows.
            before = {}
        left = work.step(targets(properties, before))
    except LaterError as error:
        left = [str(error)]
    if left and time.time() - started > PATIENCE:
        names = "; ".join(left[:10])
        raise RefusedError(
            f"{len(left)} not done at {domain_id} after {PATIENCE / 60:.0f} minutes: {names}"
        )
    _LOG.info("%s: %s", domain_id, "; ".join(left[:50]) or "all is set")
    return {"IsComplete": not left}
