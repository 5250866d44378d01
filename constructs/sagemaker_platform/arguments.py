"""Checks of arguments that several constructs share: what was got, and what must be."""

from collections.abc import Collection, Iterable
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
    """Refuse an empty collection, and text in place of one.

    Args:
        name: name of the argument.
        values: its value.

    Raises:
        TypeError: the value is text.
        ValueError: the collection is empty.
    """
    if isinstance(values, str):
        raise TypeError(f"{name}: got {values!r}; must be a collection, not text")
    if not values:
        raise ValueError(f"{name}: got an empty collection; must have at least one entry")


def require_each(name: str, values: Iterable[Any], kind: type) -> None:
    """Refuse a value that is no collection of objects of a class, such as one object or text.

    Args:
        name: name of the argument.
        values: its value.
        kind: class of the objects.

    Raises:
        TypeError: an object is of another class.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: got {values!r}; must be a sequence of {kind.__name__}")
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"{name}: got {value!r}; must have only {kind.__name__}")
