"""The settings file that models of pydantic validate their values against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class ModelContextError(Exception):
    """A file next to the settings file that cannot be used."""


@dataclass(frozen=True, kw_only=True)
class ModelContext:
    """Where settings come from.

    Attributes:
        region: region of the environment.
        file: settings file.
        locked: whether models of registries and hubs must have been looked up.
    """

    region: str
    file: Path
    locked: bool
    _found: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def read(self, reader: Callable[[Path], T]) -> T:
        """Return what a reader returns for the settings file. It runs once."""
        if reader not in self._found:
            self._found[reader] = reader(self.file)
        found: T = self._found[reader]
        return found
