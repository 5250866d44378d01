"""What changes in a settings file, as edits that can be applied one by one."""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from stacks.document import Document

_ID_KEYS = ("name", "id", "key")
# Share of equal values above which an entry that is gone and one that is new are a renamed one.
_RENAMED = 0.5
_MAX_SHOWN = 60


class Entry(NamedTuple):
    """A step of a path into a list: the entry that has a value at a key."""

    key: str
    value: str


Step = str | int | Entry
_MISSING = object()


@dataclass(frozen=True, eq=False)
class Edit:
    """One change of a settings file.

    Attributes:
        path: steps to the value.
        before: the value in the earlier revision; None if it had none.
        after: the value now; None if it has none.
        removes: whether the value is gone.
        adds: whether the value is new.
        file: the settings file.
        line: the line in this file; in the file of the earlier revision if the value is gone.
    """

    path: tuple[Step, ...]
    before: Any
    after: Any
    removes: bool
    adds: bool
    file: str = ""
    line: int = 1

    @property
    def key(self) -> str:
        """The path as people write it, such as ``lakehouse.layers[raw].tags``."""
        text = ""
        for step in self.path:
            if isinstance(step, Entry):
                text += f"[{step.value}]"
            else:
                text += f"[{step}]" if isinstance(step, int) else f".{step}"
        return text.removeprefix(".")

    @property
    def place(self) -> str:
        """File and line; a line of the earlier revision has a minus sign."""
        return f"{self.file}:{'-' if self.removes else ''}{self.line}"

    @property
    def text(self) -> str:
        """What changes, such as ``network.cidr: 10.1.0.0/16 -> 10.2.0.0/16``."""
        if self.removes:
            return f"{self.key} is removed"
        if self.adds:
            # The values of a large block follow from its file.
            small = not isinstance(self.after, dict | list)
            return f"{self.key}: {_show(self.after)} (new)" if small else f"{self.key} is added"
        if isinstance(self.before, list) and isinstance(self.after, list):
            gone = [one for one in self.before if one not in self.after]
            new = [one for one in self.after if one not in self.before]
            parts = [f"+{_show(one)}" for one in new] + [f"-{_show(one)}" for one in gone]
            return f"{self.key}: {', '.join(parts) or 'another order'}"
        if isinstance(self.before, dict) and isinstance(self.after, dict):
            last = self.path[-1]
            if isinstance(last, Entry):
                return f"{self.key} is renamed to {self.after[last.key]}"
        return f"{self.key}: {_show(self.before)} -> {_show(self.after)}"


def edits_between(old: Document, new: Document, *, old_file: str, new_file: str) -> list[Edit]:
    """Return the edits that turn one document into another, in the order of the file."""
    found = []
    for edit in _edits(old.data, new.data, ()):
        document, file = (old, old_file) if edit.removes else (new, new_file)
        line = document.line(_keys(document.data, edit.path, edit.after))
        found.append(Edit(edit.path, edit.before, edit.after, edit.removes, edit.adds, file, line))
    return found


def apply_edits(data: Any, edits: Sequence[Edit]) -> Any:
    """Return the data of a document with some edits."""
    result = copy.deepcopy(data)
    for edit in edits:
        container = result
        for step in edit.path[:-1]:
            container = _at(container, step)
        _apply(container, edit)
    return result


def _apply(container: Any, edit: Edit) -> None:
    step = edit.path[-1]
    if isinstance(step, Entry):
        if edit.removes:
            container.remove(_at(container, step))
        elif edit.adds:
            container.append(copy.deepcopy(edit.after))
        else:
            container[container.index(_at(container, step))] = copy.deepcopy(edit.after)
    elif edit.removes:
        del container[step]
    else:
        container[step] = copy.deepcopy(edit.after)


def _at(container: Any, step: Step) -> Any:
    if isinstance(step, Entry):
        return next(one for one in container if one.get(step.key) == step.value)
    return container[step]


def _edits(old: Any, new: Any, path: tuple[Step, ...]) -> Iterator[Edit]:
    # Python takes true for 1.
    if json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _edits_by_key(old, new, path)
    elif isinstance(old, list) and isinstance(new, list) and (key := _id_key(old, new)):
        yield from _edits_by_name(key, old, new, path)
    elif (
        isinstance(old, list)
        and isinstance(new, list)
        and len(old) == len(new)
        and all(isinstance(one, dict) for one in (*old, *new))
    ):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _edits(one, other, (*path, index))
    else:
        yield Edit(path, old, new, removes=False, adds=False)


def _edits_by_key(
    old: Mapping[str, Any], new: Mapping[str, Any], path: tuple[Step, ...]
) -> Iterator[Edit]:
    for key in dict.fromkeys([*old, *new]):
        before, after = old.get(key, _MISSING), new.get(key, _MISSING)
        if after is _MISSING:
            yield Edit((*path, key), before, None, removes=True, adds=False)
        elif before is _MISSING:
            yield Edit((*path, key), None, after, removes=False, adds=True)
        else:
            yield from _edits(before, after, (*path, key))


def _edits_by_name(
    key: str, old: Sequence[Any], new: Sequence[Any], path: tuple[Step, ...]
) -> Iterator[Edit]:
    before = {one[key]: one for one in old}
    after = {one[key]: one for one in new}
    gone = [name for name in before if name not in after]
    added = [name for name in after if name not in before]
    for name in before:
        if name in after:
            yield from _edits(before[name], after[name], (*path, Entry(key, name)))
            continue
        others = {other: _likeness(before[name], after[other], key) for other in added}
        best = max(others, key=lambda other: others[other], default=None)
        if best is not None and (others[best] > _RENAMED or len(gone) == len(added) == 1):
            added.remove(best)
            step = Entry(key, name)
            yield Edit((*path, step), before[name], after[best], removes=False, adds=False)
        else:
            yield Edit((*path, Entry(key, name)), before[name], None, removes=True, adds=False)
    for name in added:
        yield Edit((*path, Entry(key, name)), None, after[name], removes=False, adds=True)


def _id_key(*lists: Sequence[Any]) -> str | None:
    """Return the key by which the entries of lists are told apart; None if there is none."""
    for key in _ID_KEYS:
        if all(
            isinstance(one, dict) and isinstance(one.get(key), str)
            for entries in lists
            for one in entries
        ) and all(len({one[key] for one in entries}) == len(entries) for entries in lists):
            return key
    return None


def likeness(one: Any, other: Any) -> float:
    """Return the share of values that two documents have in common, from 0 to 1."""
    first, second = set(_values(one, "")), set(_values(other, ""))
    return len(first & second) / max(1, len(first | second))


def _likeness(one: Mapping[str, Any], other: Mapping[str, Any], without: str) -> float:
    return likeness(
        {key: value for key, value in one.items() if key != without},
        {key: value for key, value in other.items() if key != without},
    )


def _values(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _values(one, f"{path}.{key}")
    elif isinstance(value, list):
        for one in value:
            yield from _values(one, f"{path}[]")
    else:
        yield path, json.dumps(value)


def _keys(data: Any, path: Sequence[Step], after: Any) -> list[str | int]:
    """Return a path with indices in place of names."""
    keys: list[str | int] = []
    for number, step in enumerate(path):
        if isinstance(step, Entry):
            wanted = {step.value}
            if number == len(path) - 1 and isinstance(after, dict):
                wanted.add(after.get(step.key, step.value))
            found = [
                index
                for index, one in enumerate(data)
                if isinstance(one, dict) and one.get(step.key) in wanted
            ]
            if not found:
                return keys
            step = found[0]
        keys.append(step)
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return keys
    return keys


def _show(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."
