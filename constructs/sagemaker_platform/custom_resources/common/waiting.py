"""The second half of a custom resource that waits: called again until it says that it is done."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from .calls import Item, LaterError, RefusedError

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def begun(physical_id: str | None) -> Item:
    """Answer of `on_event`: what the resource is called, and when the request began."""
    return {"PhysicalResourceId": physical_id, "Data": {"Started": int(time.time())}}


def attempt(event: Mapping[str, Any], step: Callable[[], Item | None], *, minutes: float) -> Item:
    """Answer of `is_complete`: one attempt at what a request asks for.

    Args:
        event: the request, with what `begun` has answered.
        step: does what can be done now; returns the attributes of the resource when all is done,
            None for "not yet".
        minutes: after so long the request is given up; CloudFormation itself waits for an hour.

    Raises:
        RefusedError: if it takes too long, or AWS refuses a call for good.
    """
    try:
        attributes, why = step(), "not yet"
    except LaterError as error:
        attributes, why = None, str(error)
    if attributes is not None:
        return {"IsComplete": True, "Data": attributes} if attributes else {"IsComplete": True}
    about = event["PhysicalResourceId"]
    if time.time() - float(event["Data"]["Started"]) > minutes * 60:
        raise RefusedError(f"{about}: given up after {minutes:.0f} minutes: {why}")
    _LOG.info("%s: %s", about, why)
    return {"IsComplete": False}
