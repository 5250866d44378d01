"""What a key of the company needs that the platform would otherwise add to its policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.settings import EnvironmentSettings


def events_queue_warnings(environment: EnvironmentSettings, capability: str) -> Iterator[str]:
    """Yield a warning if the queue of undelivered events has a key of the company.

    Args:
        environment: its environment.
        capability: key of the capability whose rules of EventBridge have the queue.
    """
    if environment.foundation.key_arn is not None:
        yield (
            f"foundation.key_arn: EventBridge keeps undelivered events of {capability} in a queue "
            "with this key, whose policy is yours. Add the statement of docs/events.md to it"
        )
