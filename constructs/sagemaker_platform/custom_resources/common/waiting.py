"""Waiting, the same way in every handler: across calls with `poll`, within one with `wait_until`.

CloudFormation waits for a custom resource for an hour, a Lambda function runs for minutes. So a
resource that takes longer has two handlers: `on_event` answers with `start_wait`, and
`is_complete` is called again until `poll` says that the request is fulfilled. Nothing is
remembered between calls but the start: a step looks at what AWS has now and continues from there,
so it can be repeated and resumed at any time. botocore has no waiters for what these handlers wait
for. All time-outs are in seconds.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .errors import RetryableError, WaitTimeoutError

Item = dict[str, Any]
Result = TypeVar("Result")

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class Deadline:
    """A point in time, some seconds from now, that a call of a function works until."""

    def __init__(self, timeout_seconds: float) -> None:
        self._end = time.monotonic() + timeout_seconds

    @property
    def remaining_seconds(self) -> float:
        """Seconds until then, negative afterwards."""
        return self._end - time.monotonic()


def start_wait(physical_id: str) -> Item:
    """Return the answer of `on_event`: the physical id, and when the request started."""
    return {"PhysicalResourceId": physical_id, "Data": {"Started": int(time.time())}}


def started(event: Mapping[str, Any]) -> float:
    """Return when a request started, as a Unix time."""
    return float(event["Data"]["Started"])


def elapsed_seconds(start: float) -> float:
    """Return the seconds since a Unix time."""
    return time.time() - start


def poll(
    event: Mapping[str, Any], step: Callable[[], Item | None], *, timeout_seconds: float
) -> Item:
    """Return the answer of `is_complete`, after one step towards what the request asks for.

    Args:
        event: the request, with the answer of `start_wait`.
        step: does what can be done now; returns the attributes of the resource, if it has any,
            and raises `RetryableError` while something is missing.
        timeout_seconds: time-out of the request, less than the hour that CloudFormation waits.

    Raises:
        WaitTimeoutError: the request was not fulfilled within the time-out.
        CustomResourceError: AWS refuses a call for good.
    """
    about = event["PhysicalResourceId"]
    try:
        attributes = step()
    except RetryableError as error:
        elapsed = elapsed_seconds(started(event))
        if elapsed > timeout_seconds:
            raise WaitTimeoutError(
                f"{about} is not complete after {timeout_seconds:.0f} seconds: {error}. "
                f"{retry_advice(event)}"
            ) from error
        _LOG.info("%s: waits: %s", about, error)
        return {"IsComplete": False}
    _LOG.info("%s: complete", about)
    return {"IsComplete": True, "Data": attributes} if attributes else {"IsComplete": True}


def retry_advice(event: Mapping[str, Any]) -> str:
    """Return what users can do about a request that AWS may fulfill later."""
    deletes = event["RequestType"] == "Delete"
    return f"{'Delete the stack' if deletes else 'Deploy'} again to continue"


def _is_retryable(error: Exception) -> bool:
    return isinstance(error, RetryableError)


def wait_until(
    attempt: Callable[[], Result],
    *,
    timeout_seconds: float,
    delay_seconds: float = 1.0,
    max_delay_seconds: float = 15.0,
    retry_if: Callable[[Exception], bool] = _is_retryable,
) -> Result:
    """Call something until it succeeds, and return its result.

    Args:
        attempt: called at least once.
        timeout_seconds: no attempt starts later than this.
        delay_seconds: delay before the second attempt; doubles with each further one.
        max_delay_seconds: longest delay.
        retry_if: which errors are worth another attempt.

    Raises:
        Exception: the error of the last attempt.
    """
    deadline = Deadline(timeout_seconds)
    while True:
        try:
            return attempt()
        except Exception as error:
            if not retry_if(error) or deadline.remaining_seconds < delay_seconds:
                raise
        time.sleep(delay_seconds)
        delay_seconds = min(2 * delay_seconds, max_delay_seconds)
