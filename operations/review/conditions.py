"""Whether the conditions of one statement restrict at least as much as those of another.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with
multiple context keys or values".
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from operations.access.pattern import glob

_IF_EXISTS = "ifexists"
# What a condition with the one operator also guarantees.
_WEAKER: Mapping[str, Sequence[str]] = {
    "stringequals": ("stringlike", "stringequalsignorecase"),
    "stringnotlike": ("stringnotequals",),
    "arnequals": ("arnlike",),
    "arnlike": ("arnequals",),
}
_PATTERNS = ("stringlike", "arnlike", "arnequals", "stringnotlike", "arnnotlike", "arnnotequals")
_LESS = ("lessthan", "lessthanequals")
_GREATER = ("greaterthan", "greaterthanequals")


def is_as_strict(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Return whether a request that meets the new conditions also meets the old ones."""
    first, second = _flat(new), _flat(old)
    return all(
        any(
            key == other_key and _implies(operator, values, other_operator, other_values)
            for (other_operator, other_key), other_values in first.items()
        )
        for (operator, key), values in second.items()
    )


def _flat(conditions: Mapping[str, Any]) -> dict[tuple[str, str], Sequence[str]]:
    found: dict[tuple[str, str], Sequence[str]] = {}
    for operator, keys in conditions.items():
        if not isinstance(keys, Mapping):
            continue
        for key, value in keys.items():
            values = value if isinstance(value, list | tuple) else [value]
            found[operator.lower(), key.lower()] = [_text(one) for one in values]
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _implies(old: str, old_values: Sequence[str], new: str, new_values: Sequence[str]) -> bool:
    """Return whether a condition of a key implies an older one of that key."""
    if old.endswith(_IF_EXISTS):
        # With the key given, it is the same; without the key, the new one may be stricter.
        old, new = old.removesuffix(_IF_EXISTS), new.removesuffix(_IF_EXISTS)
    elif new.endswith(_IF_EXISTS):
        return False
    old_set, old = _quantifier(old)
    new_set, new = _quantifier(new)
    if old_set != new_set:
        return False
    if new != old and old not in _WEAKER.get(new, ()):
        return False
    if old == "null" or old == "bool":
        return set(new_values) == set(old_values)
    if "not" in old:
        # It excludes these values: all of them must still be excluded.
        return all(any(_within(one, other, new) for other in new_values) for one in old_values)
    if old.endswith((*_LESS, *_GREATER)):
        return _within_bound(old, old_values, new_values)
    if old == "ipaddress":
        return all(any(_subnet(one, other) for other in old_values) for one in new_values)
    return all(any(_within(one, other, old) for other in old_values) for one in new_values)


def _quantifier(operator: str) -> tuple[str, str]:
    quantifier, colon, rest = operator.partition(":")
    return (quantifier, rest) if colon else ("", operator)


def _within(text: str, pattern: str, operator: str) -> bool:
    if operator in _PATTERNS:
        return text == pattern or glob(pattern).fullmatch(text) is not None
    if operator.endswith("ignorecase"):
        return text.lower() == pattern.lower()
    return text == pattern


def _within_bound(operator: str, old: Sequence[str], new: Sequence[str]) -> bool:
    if not operator.startswith("numeric"):
        return set(new) <= set(old)
    try:
        first, second = [float(one) for one in new], [float(one) for one in old]
    except ValueError:
        return set(new) <= set(old)
    if operator.endswith(_LESS):
        return max(first) <= max(second)
    return min(first) >= min(second)


def _subnet(one: str, other: str) -> bool:
    try:
        inner, outer = ip_network(one, strict=False), ip_network(other, strict=False)
    except ValueError:
        return one == other
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]
