"""Whether an event matches a pattern of EventBridge, by its documented rules.

Source: EventBridge User Guide, "Comparison operators for use in event patterns", read 2026-11-27.
An operator that is not listed here fails, so that no pattern is believed that was not evaluated.
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

_NUMERIC = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


class PatternError(ValueError):
    """EventBridge would refuse the pattern, or it has an operator that is not evaluated here."""


def matches(pattern: Any, event: Mapping[str, Any]) -> bool:
    """Return whether an event matches a pattern.

    Raises:
        PatternError: it is no pattern.
    """
    if not isinstance(pattern, Mapping) or not pattern:
        raise PatternError(f"{pattern}: must be an object with a field")
    # All fields are evaluated, so that a mistake in any of them is found.
    return all([_field(name, wanted, event) for name, wanted in pattern.items()])


def _field(name: str, wanted: Any, event: Mapping[str, Any]) -> bool:
    if name == "$or":
        return any([matches(one, event) for one in wanted])
    found = event.get(name)
    values = found if isinstance(found, list) else [] if name not in event else [found]
    if isinstance(wanted, Mapping):
        # Of a list of objects, one has to match as a whole.
        return any([matches(wanted, one) for one in values or [{}] if isinstance(one, Mapping)])
    if not isinstance(wanted, list) or not wanted:
        raise PatternError(f"{name}: must be an object or a list with a value")
    return any([_item(one, name in event, values) for one in wanted])


def _item(item: Any, exists: bool, values: list[Any]) -> bool:
    if isinstance(item, Mapping) and "exists" in item:
        # Only leaves exist.
        leaf = exists and not any(isinstance(one, Mapping) for one in values)
        return leaf is item["exists"]
    return any(_value(item, one) for one in values)


def _value(item: Any, value: Any) -> bool:
    if not isinstance(item, Mapping):
        return type(item) is type(value) and bool(item == value)
    [(name, argument)] = item.items()
    if name not in _OPERATORS:
        raise PatternError(f"{name}: no operator that is evaluated here")
    return _OPERATORS[name](argument, value)


def _text(check: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """Return an operator on text, also in the form that ignores case."""

    def found(argument: Any, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(argument, Mapping):
            return check(argument["equals-ignore-case"].lower(), value.lower())
        return check(argument, value)

    return found


def _wildcard(pattern: str, value: str) -> bool:
    if "**" in pattern:
        raise PatternError(f"{pattern}: must not have two wildcards in a row")
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), value, re.S) is not None


def _anything_but(argument: Any, value: Any) -> bool:
    if isinstance(argument, Mapping):
        [(name, wanted)] = argument.items()
        items: list[Any] = [
            {name: one} for one in (wanted if isinstance(wanted, list) else [wanted])
        ]
    else:
        items = argument if isinstance(argument, list) else [argument]
    return not any(_value(one, value) for one in items)


def _numeric(argument: list[Any], value: Any) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    pairs = zip(argument[::2], argument[1::2], strict=True)
    return all(_NUMERIC[sign](value, number) for sign, number in pairs)


def _cidr(argument: str, value: Any) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(argument)


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _text(lambda wanted, value: wanted.lower() == value.lower()),
    "numeric": _numeric,
    "prefix": _text(lambda wanted, value: value.startswith(wanted)),
    "suffix": _text(lambda wanted, value: value.endswith(wanted)),
    "wildcard": _text(_wildcard),
}
