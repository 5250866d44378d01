"""Differences of values in templates, as far inside as possible."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from operations.assembly import Json

# Members by which CloudFormation tells the entries of a list apart.
_NAMES = ("Key", "Name", "VariantName", "Id", "InstanceGroupName", "Sid")


@dataclass(frozen=True)
class PropertyChange:
    """A change of one property.

    Attributes:
        place: path of the property, such as ``/Tags[owner]/Value``.
        before: its value in the earlier revision; None if it had none.
        after: its value now; None if it has none.
    """

    place: str
    before: Any
    after: Any


def differences(old: Any, new: Any, place: str = "") -> Iterator[PropertyChange]:
    """Yield the differences of two values, also inside JSON in strings."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and not (is_call(old) or is_call(new)):
        for name in dict.fromkeys([*old, *new]):
            yield from differences(old.get(name), new.get(name), f"{place}/{name}")
        return
    if isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, place)
        return
    first, second = _parsed(old), _parsed(new)
    if first is not None and second is not None and type(first) is type(second):
        yield from differences(first, second, place)
        return
    yield PropertyChange(place, old, new)


def _of_lists(old: list[Any], new: list[Any], place: str) -> Iterator[PropertyChange]:
    first, second = _by_name(old), _by_name(new)
    if first is not None and second is not None and (first or second):
        for name in dict.fromkeys([*first, *second]):
            yield from differences(first.get(name), second.get(name), f"{place}[{name}]")
    elif len(old) == len(new) and all(isinstance(one, dict | list) for one in [*old, *new]):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    else:
        yield PropertyChange(place, old, new)


def _by_name(entries: list[Any]) -> dict[str, Any] | None:
    for name in _NAMES:
        if all(isinstance(one, dict) and isinstance(one.get(name), str) for one in entries):
            found = {one[name]: one for one in entries}
            if len(found) == len(entries):
                return found
    return None


def is_call(value: Json) -> bool:
    """Return whether a value is a call of an intrinsic function."""
    name = next(iter(value)) if len(value) == 1 else ""
    return name == "Ref" or name.startswith("Fn::")


def _parsed(value: Any) -> Any:
    """Return the object or list that a string holds as JSON; None if it holds none."""
    text = plain_text(value) if isinstance(value, dict) else value
    if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict | list) else None


def plain_text(value: Any) -> str:
    """Return a value of a template as text, with angle brackets around what is not known."""
    match value:
        case str():
            return value
        case {"Fn::Join": [str(delimiter), list(parts)]}:
            return delimiter.join(map(plain_text, parts))
        case {"Ref": str(name)}:
            return f"<{name}>"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{name}.{attribute}>"
        case {"Fn::GetStackOutput": {"StackName": name, "OutputName": output}}:
            return f"<{name} {output}>"
    # Without quotation marks, so that JSON around it stays valid.
    return f"<{json.dumps(value, sort_keys=True)}>".replace('"', "'")


def without_positions(place: str) -> str:
    """Return a place without the names and numbers of entries of lists."""
    return re.sub(r"\[[^\]]*\]", "", place)
