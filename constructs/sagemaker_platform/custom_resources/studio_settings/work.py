"""Bringing domain, user profiles and spaces to what is set, as far as one call comes."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from ..common.calls import BusyError, Caller, RefusedError, client
from .targets import Target

# Seconds that one call of a function may work, and between two looks at what SageMaker updates.
BUDGET = 90.0
PAUSE = 3.0
# How often a description may lag behind an update that has ended.
LOOKS = 5

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class Work:
    """One call's work.

    Args:
        domain_id: the domain.
        started: when the request began, as a Unix time.
    """

    def __init__(self, domain_id: str, started: float) -> None:
        self._started = started
        self._until = time.monotonic() + BUDGET
        self._caller = Caller(domain_id, BUDGET)

    def stack_goes(self, stack: str) -> bool:
        """Whether the stack itself is deleted, or its creation rolled back."""
        answer = self._caller.call(
            f"stack {stack}", client("cloudformation").describe_stacks, StackName=stack
        )
        status = answer["Stacks"][0]["StackStatus"] if answer else ""
        return status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")

    def step(self, groups: Sequence[Sequence[Target]]) -> list[str]:
        """Do what can be done now, group by group; return what is not done."""
        for group in groups:
            pending, why = list(group), []
            while pending:
                why = [(target, self._advance(target)) for target in pending]
                pending = [target for target, reason in why if reason]
                if pending and time.monotonic() + PAUSE > self._until:
                    return [reason for _, reason in why if reason]
                if pending:
                    time.sleep(PAUSE)
        return []

    def _advance(self, target: Target) -> str:
        """Update a target unless it is right; return what it waits for, or nothing."""
        sagemaker = client("sagemaker")
        describe = getattr(sagemaker, f"describe_{target.kind}")
        found = self._caller.call(str(target), describe, **target.keys)
        status = found["Status"] if found else "Deleted"
        match status:
            case "Deleted" | "Deleting" | "Delete_Failed" if target.wanted:
                raise RefusedError(f"{target} cannot be changed: it is {status.lower()}")
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
            raise RefusedError(f"{target} is {status}: {reason}")
        if target.written:
            target.looks += 1
            if target.looks < LOOKS:
                return f"{target}: {differences[0]}"
            raise RefusedError(f"{target}: SageMaker took the update, but {'; '.join(differences)}")
        update = getattr(sagemaker, f"update_{target.kind}")
        try:
            answer = self._caller.call(
                f"update of {target}", update, **target.keys, **target.update(found)
            )
        except BusyError as error:
            return str(error)
        target.written = answer is not None
        _LOG.info("%s updated: %s", target, "; ".join(differences))
        return f"{target} (updated)"

    def _since_start(self, found: dict[str, Any]) -> bool:
        changed = found.get("LastModifiedTime")
        return changed is not None and changed.timestamp() >= self._started
