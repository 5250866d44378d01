"""Checks of arguments that several constructs share: what was got, and what must be."""

from collections.abc import Collection
from typing import Any, get_args


def require_one_of(name: str, value: str, choices: Any) -> None:
    """Refuse a value that is not among the choices.

    Args:
        name: name of the argument.
        value: its value.
        choices: a `Literal` type, or a collection of values.

    Raises:
        ValueError: the value is not among the choices.
    """
    known = get_args(choices) or tuple(choices)
    if value not in known:
        raise ValueError(f"{name}: got {value!r}; must be one of {', '.join(known) or 'none'}")


def require_some(name: str, values: Collection[Any]) -> None:
    """Refuse an empty collection.

    Args:
        name: name of the argument.
        values: its value.

    Raises:
        ValueError: the collection is empty.
    """
    if not values:
        raise ValueError(f"{name}: got an empty collection; must have at least one entry")
