"""Pairs what is deleted and created because one thing has another name.

CloudFormation knows no renaming: it deletes all resources of the old name and creates all of the
new one. A reviewer sees one line in place of two for each resource.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from operations.review.difference import Change
from operations.review.graph import Key

_GONE = ("delete", "leave behind", "stays deployed")
# Above this, types with very many resources would take too long to compare pair by pair.
_MOST_PAIRS = 4_000
_WORD = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True)
class Rename:
    """One thing with another name.

    Attributes:
        old: the part of construct paths that is gone; empty where only logical ids differ.
        new: the part in its place.
        pairs: what is gone and what is new, resource by resource.
    """

    old: str
    new: str
    pairs: tuple[tuple[Change, Change], ...]

    @property
    def keys(self) -> set[Key]:
        """All of its resources."""
        return {one.key for pair in self.pairs for one in pair}


def find_renames(changes: Mapping[Key, Change]) -> list[Rename]:
    """Return what is renamed, the largest first."""
    gone = _by_type(one for one in changes.values() if one.kind in _GONE)
    new = _by_type(one for one in changes.values() if one.kind == "create")
    votes: Counter[tuple[str, str]] = Counter()
    for kind, found in gone.items():
        others = new.get(kind, [])
        if len(found) * len(others) <= _MOST_PAIRS:
            for one in found:
                # Once for each resource, however many others are like it.
                votes.update({_substitution(one.path, other.path) for other in others} - {None})  # type: ignore[arg-type]
    renames = []
    used: set[Key] = set()
    # Of equally frequent ones, the shortest says most.
    order = sorted(votes.items(), key=lambda one: (-one[1], len(one[0][0]) + len(one[0][1])))
    for old, new_name in [("", ""), *(one for one, _ in order)]:
        pairs = _pairs(gone, new, used, old, new_name)
        # A single pair may be alike by accident.
        if len(pairs) > 1 or (pairs and not old):
            renames.append(Rename(old, new_name, tuple(pairs)))
            used |= renames[-1].keys
    return sorted(renames, key=lambda one: -len(one.pairs))


def _pairs(
    gone: Mapping[str, list[Change]],
    new: Mapping[str, list[Change]],
    used: set[Key],
    old: str,
    new_name: str,
) -> list[tuple[Change, Change]]:
    pairs = []
    for kind, found in gone.items():
        by_path = {one.path: one for one in new.get(kind, []) if one.key not in used}
        for one in found:
            path = one.path.replace(old, new_name) if old else one.path
            other = by_path.get(path)
            if one.key not in used and other is not None and (not old or path != one.path):
                pairs.append((one, other))
                del by_path[path]
    return pairs


def _by_type(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for one in changes:
        found.setdefault(one.type, []).append(one)
    return found


def _substitution(one: str, other: str) -> tuple[str, str] | None:
    """Return the text, and the text in its place, that turn one path into another."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    # Whole words, so that `raw` does not become `sources` by `raw -> source`.
    while start > 0 and _WORD.match(one[start - 1]):
        start -= 1
    while end > 0 and _WORD.match(one[len(one) - end]):
        end -= 1
    old, new = one[start : len(one) - end], other[start : len(other) - end]
    return (old, new) if old and new and one.replace(old, new) == other else None
