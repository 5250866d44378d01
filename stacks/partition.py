"""Distribution of a capability's resources over several stacks."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Partition(Generic[T]):
    """Decides which of several stacks holds an item.

    The name of an item alone decides. So no item moves when others are added or removed, which
    CloudFormation would refuse: a stack cannot create what another stack still has.

    Attributes:
        name: returns the name of an item.
        size: returns how much of a stack an item takes.
        capacity: how much a stack takes.
        max_stacks: most stacks.
    """

    name: Callable[[T], str]
    size: Callable[[T], int]
    capacity: int
    max_stacks: int

    def split(self, items: Sequence[T], stacks: int) -> dict[int, list[T]]:
        """Return the items of each stack that has any, by its number from 1 on."""
        found: dict[int, list[T]] = {}
        for item in items:
            digest = hashlib.sha256(self.name(item).encode()).hexdigest()
            found.setdefault(int(digest, 16) % stacks + 1, []).append(item)
        return dict(sorted(found.items()))

    def largest(self, items: Sequence[T], stacks: int) -> int:
        """Return how much the fullest stack holds."""
        return max(
            (sum(map(self.size, share)) for share in self.split(items, stacks).values()), default=0
        )

    def sufficient(self, items: Sequence[T]) -> int | None:
        """Return the smallest number of stacks, at least two, that takes all items, if any."""
        numbers = range(2, self.max_stacks + 1)
        return next((n for n in numbers if self.largest(items, n) <= self.capacity), None)
