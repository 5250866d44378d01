"""Where settings come from, which some of them are checked against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.inference.lock import Lock


class ModelContextError(Exception):
    """A file beside the settings that cannot be used."""


@dataclass(frozen=True, kw_only=True)
class ModelContext:
    """Where settings come from.

    Args:
        region: the environment's region.
        file: the settings file.
        locked: whether models of registries and hubs must have been looked up.
    """

    region: str
    file: Path
    locked: bool

    @cached_property
    def lock(self) -> Lock | None:
        """Models that were looked up; None while they are being looked up."""
        from stacks.inference.lock import Lock

        return Lock.beside(self.file) if self.locked else None
