"""Calls of Lake Formation, which throttles many calls at once."""

from collections.abc import Callable
from typing import Any

from ..common.calls import Caller
from ..common.errors import CustomResourceError
from ..common.waiting import Item, wait_until

# Time-out of one call of the function, which Lambda stops after five minutes.
CALL_TIMEOUT_SECONDS = 200.0
# Time after which Lake Formation knows a new role or user.
NEW_PRINCIPAL_SECONDS = 30.0


def new_caller(about: str) -> Caller:
    """Return a caller that retries.

    Lake Formation changes one resource of a kind at a time, and CloudFormation asks for all of
    them at once.
    """
    return Caller(about, CALL_TIMEOUT_SECONDS, retries=True)


def require_for_principal(
    caller: Caller, subject: str, operation: Callable[..., Any], **arguments: Any
) -> Item:
    """Call Lake Formation about a principal that may be too new for it to know."""
    return wait_until(
        lambda: caller.require(subject, operation, **arguments),
        timeout_seconds=NEW_PRINCIPAL_SECONDS,
        retry_if=_is_unknown_principal,
    )


def _is_unknown_principal(error: Exception) -> bool:
    return (
        isinstance(error, CustomResourceError) and "invalid principal" in error.aws_message.lower()
    )
