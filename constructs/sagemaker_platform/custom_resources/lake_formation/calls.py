"""Calling Lake Formation, which answers many calls at once with "later"."""

from collections.abc import Callable
from typing import Any

from ..common.calls import PAUSES, Caller, Item, RefusedError, pause

# Seconds that one call of the function may work: it may take five minutes.
BUDGET = 200.0


def caller(about: str) -> Caller:
    """Something to call AWS with, that waits when it has to.

    Lake Formation changes one thing of a kind at a time, and CloudFormation orders all at once.
    """
    return Caller(about, BUDGET, PAUSES)


def need_for_somebody_new(
    caller: Caller, what: str, operation: Callable[..., Any], **arguments: Any
) -> Item:
    """Call Lake Formation about a principal that it may not have heard of yet."""
    for seconds in PAUSES[:5]:
        try:
            return caller.need(what, operation, **arguments)
        except RefusedError as error:
            if "invalid principal" not in error.said.lower():
                raise
            pause(seconds)
    return caller.need(what, operation, **arguments)
