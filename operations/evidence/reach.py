"""Which personas reach which data, by its class."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from operations.evidence.classes import TAG, UNCLASSIFIED, Classes
from operations.permissions import Permission

_PERSONAS = "access/"
# What says nothing about data: descriptions, and the right to query what other rights allow.
_WITHOUT_DATA = frozenset({"describe", "query", "change descriptions", "take data"})
_TAGGED = re.compile(r"([\w.*-]+)(?: \([^)]*\))?(?:, |$)")
_GRANTED = re.compile(rf"\b{TAG} ([\w-]+(?: or [\w-]+)*)")


@dataclass(frozen=True, order=True)
class Reach:
    """A persona, and the data of one class that it reaches.

    Attributes:
        data_class: the class; empty for data without a class.
        persona: name of the persona in the settings.
        may: what it may do.
        data: where the data is.
    """

    data_class: str
    persona: str
    may: str
    data: tuple[str, ...]


def persona_name(id: str) -> str:
    """Return the name of a persona in the settings by the id of its role.

    Templates do not have the name: after a digit, an underscore is a guess.
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", id).lower()


def reach(permissions: Iterable[Permission], classes: Classes) -> list[Reach]:
    """Return what personas reach, as far as the permissions have an effect."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for one in permissions:
        if one.denied or not one.who.startswith(_PERSONAS) or one.may in _WITHOUT_DATA:
            continue
        for data, value in _classed(one, classes):
            key = (value, persona_name(one.who.removeprefix(_PERSONAS)), one.may)
            found.setdefault(key, set()).add(data)
    return sorted(Reach(*key, tuple(sorted(data))) for key, data in found.items())


def _classed(one: Permission, classes: Classes) -> Iterator[tuple[str, str]]:
    """Yield the data of a permission, and each of its classes."""
    if one.limit.startswith("now: "):
        text = re.sub(r"\b(all|others) of ", "", one.limit.removeprefix("now: "))
        names = [name for name in _TAGGED.findall(text) if name != "none"]
    else:
        kind, _, name = one.on.partition(" ")
        names = [name if kind in ("database", "table", "tables", "location") else one.on]
    for name in names:
        found = classes.of_database(name) or classes.of_database(name.rpartition(".")[0])
        found = found or {classes.of_place(name)}
        if granted := _GRANTED.search(one.on):
            # Of a database with several classes, those alone that the grant names.
            found &= set(granted[1].split(" or "))
        for value in found or {UNCLASSIFIED}:
            yield name, value
