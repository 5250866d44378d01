"""Checks of arguments that several constructs share: what was got, and what must be."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, get_args

_Class = TypeVar("_Class", bound=type)

_MUST_BE = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "True or False",
    "Mapping": "a mapping",
}


def checks_types(checked: _Class) -> _Class:
    """Have a class refuse text for a number, a number for text, and the like.

    Python does not check annotations: ``"100" * 1024`` is a long text, which fails late or never.
    This checks the arguments whose annotation is `str`, `int`, `float`, `bool` or a mapping, also
    with None. Tokens of the CDK count as their type.

    Raises:
        TypeError: when an object of the class is created with a value of another type.
    """
    original: Callable[..., None] = checked.__init__  # type: ignore[misc]
    positions = list(signature(original).parameters)[1:]
    expected = _expected_types(original.__annotations__)

    @wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        for name, value in (*zip(positions, args, strict=False), *kwargs.items()):
            if name in expected and not _is_of_type(value, *expected[name]):
                raise TypeError(f"{name}: got {value!r}; must be {_MUST_BE[expected[name][0]]}")
        original(self, *args, **kwargs)

    checked.__init__ = init  # type: ignore[misc]
    return checked


def _expected_types(annotations: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    """Return the type of each argument that is checked, and whether it may be None."""
    found = {}
    for name, annotation in annotations.items():
        # Annotations are text in modules with `from __future__ import annotations`.
        text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
        required = text.removesuffix(" | None")
        type_name = required.partition("[")[0].rpartition(".")[2]
        if type_name in _MUST_BE:
            found[name] = type_name, text != required
    return found


def _is_of_type(value: Any, type_name: str, optional: bool) -> bool:
    if value is None:
        return optional
    match type_name:
        case "str":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "Mapping":
            return isinstance(value, Mapping)
        case "int" if isinstance(value, float):
            # Only now: the settings use this module without the CDK, which starts Node.js.
            from aws_cdk import Token

            return Token.is_unresolved(value)
        case _:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return number and math.isfinite(value)


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
