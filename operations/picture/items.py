"""Items of a picture, and what the functions that make them read from a stack."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operations.assembly import Json
from operations.templates import Templates

# Names of constructs that say little without the construct around them.
_GENERAL = ("Results", "Secret", "Schedule", "Raw", "Spill", "Failed", "Succeeded")
_ACRONYMS = re.compile(r"\b(ml|llm|api|sql|vpc)\b", re.IGNORECASE)
_PLURALS = {"grant of Lake Formation": "grants of Lake Formation", "copy": "copies"}

Place = tuple[str, str]
"""A resource: name of its stack within the environment, and logical id."""


@dataclass(frozen=True)
class Item:
    """One thing in a picture.

    Attributes:
        icon: name of its icon in operations/picture/icons.
        name: its name, without that of the environment.
        detail: what it is, and its size.
        places: its resources.
        kind: what several of it are called, such as `crawlers`.
    """

    icon: str
    name: str
    detail: str
    places: frozenset[Place]
    kind: str = ""


class StackView:
    """The resources of one stack, for the functions that make items.

    Args:
        templates: those of the environment.
        stack: name of the stack within the environment.
        resources: its resources by logical id.
    """

    def __init__(self, templates: Templates, stack: str, resources: Mapping[str, Json]) -> None:
        self.templates = templates
        self.stack = stack
        self.resources = resources

    def text(self, value: Any) -> str:
        """Return a value without the name of the environment in front."""
        text = self.templates.text(self.stack, value)
        prefix = self.templates.prefix
        for start in (prefix, prefix.replace("-", "_")):
            text = text.removeprefix(start)
        return text

    def of_type(self, *types: str) -> Iterator[tuple[str, Json]]:
        """Return logical id and properties of the resources of some types."""
        for logical_id, one in self.resources.items():
            if one["Type"] in types:
                yield logical_id, one.get("Properties", {})

    def referring(self, type: str, name: str, logical_id: str) -> Iterator[tuple[str, Json]]:
        """Return the resources of a type of which one property refers to a resource."""
        for other, properties in self.of_type(type):
            if logical_id in references(properties.get(name)):
                yield other, properties

    def called(self, logical_id: str) -> str:
        """Return the construct of a resource in words: `Access logs` for `AccessLogs`."""
        place = self.templates.place(self.stack, logical_id).replace(self.templates.prefix, "")
        parts = place.split("/")[1:] or [logical_id]
        named = [part for part in parts if part not in ("Bucket", "Topic", "Queue", "Key")]
        general = len(named) > 1 and named[-1] in _GENERAL
        return words(" ".join(named[-2:]) if general else (named or parts)[-1])


def words(name: str) -> str:
    """Return the name of a construct in words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("-", " ").replace("_", " "))
    text = spaced[:1].upper() + spaced[1:].lower()
    return _ACRONYMS.sub(lambda found: found[0].upper(), text)


def references(value: Any) -> set[str]:
    """Return the logical ids that a value refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case dict():
            return set[str]().union(*(references(one) for one in value.values()))
        case list():
            return set[str]().union(*(references(one) for one in value))
    return set()


def count(number: int, noun: str) -> str:
    """Return a number and a noun: `1 alarm`, `2 alarms`."""
    return f"{number} {noun if number == 1 else _PLURALS.get(noun, f'{noun}s')}"


Maker = Callable[[StackView, str, Json], Item | None]
"""Makes an item of a resource: its stack, logical id, and properties."""
