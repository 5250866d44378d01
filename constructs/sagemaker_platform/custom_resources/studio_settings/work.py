"""Updates of a domain, its user profiles and its spaces, as far as one call can make them."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from ..common import stacks
from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, InUseError, PendingError
from ..common.waiting import wait_until
from .targets import Target

# Time-out of one call of the function.
CALL_TIMEOUT_SECONDS = 90.0
# Time between two descriptions of what SageMaker updates.
_POLL_SECONDS = 3.0
# Number of descriptions that may lag behind a completed update.
_MAX_LOOKS = 5

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class Work:
    """Updates the settings of one domain, as far as one call of the function can.

    Args:
        domain_id: the domain.
        started: start of the request, as a Unix time.
    """

    def __init__(self, domain_id: str, started: float) -> None:
        self._started = started
        self._caller = Caller(domain_id, CALL_TIMEOUT_SECONDS)

    def stack_is_deleted(self, stack: str) -> bool:
        """Return whether CloudFormation deletes the stack, or rolls its creation back."""
        return stacks.is_deleted(self._caller, stack)

    def step(self, groups: Sequence[Sequence[Target]]) -> None:
        """Update one group after the other, as far as the time of this call allows.

        Raises:
            RetryableError: something is not updated yet.
            CustomResourceError: SageMaker refuses a value.
        """
        for group in groups:
            wait_until(
                partial(self._advance_all, list(group)),
                timeout_seconds=self._caller.remaining_seconds,
                delay_seconds=_POLL_SECONDS,
                max_delay_seconds=_POLL_SECONDS,
                retry_if=lambda error: isinstance(error, PendingError),
            )

    def _advance_all(self, pending: list[Target]) -> None:
        """Look at each target that is pending, and keep those that still are."""
        reasons = [(target, self._advance(target)) for target in pending]
        pending[:] = [target for target, reason in reasons if reason]
        if pending:
            raise PendingError([reason for _, reason in reasons if reason])

    def _advance(self, target: Target) -> str:
        """Update a target unless it is as wanted; return what it waits for, or an empty string."""
        sagemaker = client("sagemaker")
        describe = getattr(sagemaker, f"describe_{target.kind}")
        found = self._caller.call(str(target), describe, **target.keys)
        status = found["Status"] if found else "Deleted"
        match status:
            case "Deleted" | "Deleting" | "Delete_Failed" if target.wanted:
                raise CustomResourceError(
                    f"{target} cannot be updated: its status is {status}. Remove it from the "
                    "settings, or create it again"
                )
            case "Deleted" | "Deleting" | "Delete_Failed":
                return ""
            case "Pending" | "Updating":
                return f"{target} ({status})"
        assert found is not None
        differences = target.differences(found)
        if not differences and (status == "InService" or not target.wanted):
            return ""
        if status != "InService" and (target.written or self._since_start(found)):
            reason = found.get("FailureReason", "SageMaker gives no reason")
            raise CustomResourceError(f"{target} is {status}: {reason}")
        if target.written:
            target.looks += 1
            if target.looks < _MAX_LOOKS:
                return f"{target}: {differences[0]}"
            raise CustomResourceError(
                f"{target}: SageMaker accepted the update, but {'; '.join(differences)}"
            )
        update = getattr(sagemaker, f"update_{target.kind}")
        try:
            answer = self._caller.call(
                f"update of {target}", update, **target.keys, **target.update(found)
            )
        except InUseError as error:
            return str(error)
        target.written = answer is not None
        _LOG.info("%s updated: %s", target, "; ".join(differences))
        return f"{target} (updated)"

    def _since_start(self, found: dict[str, Any]) -> bool:
        changed = found.get("LastModifiedTime")
        return changed is not None and changed.timestamp() >= self._started
