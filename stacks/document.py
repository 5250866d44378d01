"""YAML documents: plain data, and the line of each key.

A document is built from the parser's events. Events are cheap, know their lines, and arrive
without recursion, so that a file with any content gives errors with a line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode

Keys = Sequence[str | int]
"""A path of keys and indices into a document."""

_MAX_CHARACTERS = 1_000_000
_MAX_DEPTH = 50
# Values after aliases are resolved, which can multiply them without limit.
_MAX_VALUES = 100_000
# Of template languages. YAML reads one as a block whose key is a block.
_PLACEHOLDER = re.compile(r"\{\{[^{}\n]{1,60}\}\}")
_MERGE = "tag:yaml.org,2002:merge"
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")}
_CONTAINER_TAGS = {"map", "seq"}


class Problem(NamedTuple):
    """What is wrong with a document.

    Attributes:
        line: where, counted from 1; None for the document as a whole.
        keys: path of the key; empty where YAML itself is invalid.
        message: what was found and what the rule is.
    """

    line: int | None
    keys: Keys
    message: str


class DocumentError(Exception):
    """A document that cannot be read."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


@dataclass(frozen=True)
class Document:
    """A YAML document.

    Attributes:
        data: dictionaries with strings as keys, lists, and scalars.
        lines: the line of each key or index of a container, by the ``id`` of the container.
    """

    data: Any
    lines: Mapping[int, Mapping[str | int, int]] = field(repr=False)

    def line(self, keys: Keys) -> int:
        """Return the line of a key, or of the last key on the path that exists."""
        found, data = 1, self.data
        for key in keys:
            lines = self.lines.get(id(data), {})
            if key not in lines:
                break
            found, data = lines[key], data[key]
        return found


def parse_document(text: str) -> Document:
    """Parse a document of YAML 1.2.

    Raises:
        DocumentError: invalid YAML, or YAML that settings cannot have.
    """
    if len(text) > _MAX_CHARACTERS:
        size = f"got {len(text):,} characters; must have at most {_MAX_CHARACTERS:,}"
        raise DocumentError([Problem(None, (), size)])
    try:
        try:
            return _Builder(YAML(typ="safe"), text).build()
        except YAMLError:
            # The parser in C does not know all of YAML 1.2, such as a URL between brackets.
            return _Builder(YAML(typ="safe", pure=True), text).build()
    except YAMLError as error:
        raise DocumentError([_syntax_problem(error)]) from None
    except (ArithmeticError, AssertionError, LookupError, ValueError) as error:
        # The parsers fail like this for some escape sequences and directives.
        raise DocumentError([Problem(None, (), f"must be valid YAML: {error}")]) from None


def _syntax_problem(error: YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    line = None if mark is None else mark.line + 1
    return Problem(line, (), f"must be valid YAML: {' '.join(reason.split())}")


class _Scalar(NamedTuple):
    value: Any
    shown: str
    merges: bool


@dataclass
class _Open:
    """A container whose end has not been reached."""

    value: dict[str, Any] | list[Any]
    line: int
    anchor: str | None
    is_key: bool
    lines: dict[str | int, int] = field(default_factory=dict)
    size: int = 1
    key: str | None = None
    # What becomes of the next value: dropped, because its key is invalid, or merged.
    skips: bool = False
    merges: bool = False
    merged: list[tuple[Any, int]] = field(default_factory=list)

    @property
    def takes_key(self) -> bool:
        pending = self.key is not None or self.skips or self.merges
        return isinstance(self.value, dict) and not pending


class _Builder:
    """Builds a document from the events of a parser."""

    def __init__(self, yaml: YAML, text: str) -> None:
        self._yaml = yaml
        self._text = text.removeprefix("\ufeff")
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._lines: dict[int, dict[str | int, int]] = {}
        self._root: Any = None
        self._documents = 0
        self._problems: list[Problem] = []

    def build(self) -> Document:
        for event in self._yaml.parse(self._text):
            self._take(event)
        if self._problems:
            raise DocumentError(self._problems)
        return Document(self._root, self._lines)

    def _take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        match event:
            case DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop(line, "got another document; must be one. Remove the line ---")
                if event.version not in (None, (1, 2)):
                    self._stop(line, "must be YAML 1.2. Remove the directive %YAML")
            case ScalarEvent():
                self._add(self._scalar(event, line), 1, line, anchor=event.anchor)
            case AliasEvent():
                self._add_alias(event.anchor, line)
            case MappingStartEvent() | SequenceStartEvent():
                self._begin(event, line)
            case MappingEndEvent() | SequenceEndEvent():
                self._end()

    def _stop(self, line: int, message: str) -> None:
        """Give up: what follows cannot be read, or would take too long."""
        raise DocumentError([*self._problems, Problem(line, self._path(), message)])

    def _report(self, line: int, message: str) -> None:
        self._problems.append(Problem(line, self._path(), message))

    def _path(self) -> Keys:
        path: list[str | int] = []
        for one in self._open:
            if isinstance(one.value, list):
                path.append(len(one.value))
            elif one.key is not None:
                path.append(one.key)
        return path

    def _begin(self, event: Any, line: int) -> None:
        if len(self._open) >= _MAX_DEPTH:
            self._stop(line, f"must be nested at most {_MAX_DEPTH} levels deep")
        if event.tag is not None and event.tag.rpartition(":")[2] not in _CONTAINER_TAGS:
            self._report(line, f"got the tag {event.tag}; must have no tag. Remove it")
        is_key = bool(self._open) and self._open[-1].takes_key
        if is_key and not any(one.is_key for one in self._open):
            self._report_container_as_key(event.start_mark)
        value: dict[str, Any] | list[Any] = {} if isinstance(event, MappingStartEvent) else []
        self._open.append(_Open(value, line, event.anchor, is_key))

    def _report_container_as_key(self, mark: Any) -> None:
        if placeholder := _PLACEHOLDER.match(self._text, mark.index - 1):
            message = f"got {placeholder[0]}; must be a value. Replace the placeholder"
        else:
            message = "got a block or list as a key; must be a string"
        self._report(mark.line + 1, message)

    def _end(self) -> None:
        done = self._open.pop()
        self._lines[id(done.value)] = done.lines
        if isinstance(done.value, dict):
            for merged, line in done.merged:
                self._merge(done, merged, line)
        if done.is_key:
            self._open[-1].skips = True
        else:
            self._add(done.value, done.size, done.line, anchor=done.anchor)

    def _merge(self, into: _Open, merged: Any, line: int) -> None:
        sources = merged if isinstance(merged, list) else [merged]
        if not all(isinstance(source, dict) for source in sources):
            self._report(line, "<<: must be a block, or a list of blocks")
            return
        assert isinstance(into.value, dict)
        for source in sources:
            for key, value in source.items():
                if key not in into.value:
                    into.value[key] = value
                    into.lines[key] = line

    def _add_alias(self, name: str, line: int) -> None:
        if name not in self._anchors:
            again = any(one.anchor == name for one in self._open)
            right = "must not contain itself" if again else f"must follow the anchor &{name}"
            self._stop(line, f"got *{name}; {right}")
        value, size = self._anchors[name]
        self._add(value, size, line, anchor=None)

    def _add(self, value: Any, size: int, line: int, *, anchor: str | None) -> None:
        """Put a finished value where it belongs: as a key, as a value, or as the root."""
        plain = value.value if isinstance(value, _Scalar) else value
        if anchor is not None:
            self._anchors[anchor] = (value, size)
        if not self._open:
            self._root = plain
            return
        parent = self._open[-1]
        parent.size += size
        if parent.size > _MAX_VALUES:
            self._stop(line, f"must have at most {_MAX_VALUES:,} values with its aliases")
        if isinstance(parent.value, list):
            parent.lines[len(parent.value)] = line
            parent.value.append(plain)
        elif parent.takes_key:
            self._add_key(parent, value, line)
        elif parent.skips:
            parent.skips = False
        elif parent.merges:
            parent.merged.append((plain, line))
            parent.merges = False
        else:
            assert parent.key is not None
            parent.value[parent.key] = plain
            parent.key = None

    def _add_key(self, parent: _Open, key: Any, line: int) -> None:
        assert isinstance(parent.value, dict)
        if isinstance(key, _Scalar) and key.merges:
            parent.merges = True
        elif problem := _problem_of_key(parent, key):
            parent.skips = True
            self._report(line, problem)
        else:
            parent.key = key.value
            parent.lines[key.value] = line

    def _scalar(self, event: Any, line: int) -> _Scalar:
        tag = event.tag
        if tag in (None, "!"):
            tag = str(self._yaml.resolver.resolve(ScalarNode, event.value, event.implicit))
        elif tag not in _TAGS:
            self._report(line, f"got the tag {tag}; must have no tag. Remove it")
            return _Scalar(event.value, event.value, merges=False)
        if tag == _MERGE and self._open and self._open[-1].takes_key:
            return _Scalar(event.value, event.value, merges=True)
        if tag.endswith((":str", ":merge", ":value")):
            if any("\ud800" <= one <= "\udfff" for one in event.value):
                self._report(line, f"got {event.value}; must be Unicode characters")
            return _Scalar(event.value, event.value, merges=False)
        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        try:
            value = self._yaml.constructor.construct_object(node)
        except (ArithmeticError, LookupError, ValueError):
            # Such as a date that does not exist.
            kind = tag.rpartition(":")[2]
            self._report(line, f"got {event.value}; must be a valid {kind}, or be in quotes")
            value = None
        return _Scalar(value, event.value, merges=False)


def _problem_of_key(parent: _Open, key: Any) -> str | None:
    if not isinstance(key, _Scalar):
        return "got a block or list as a key; must be a string"
    if not isinstance(key.value, str):
        return f"got {key.shown or 'an empty key'} as a key; must be a string. Put it in quotes"
    if key.value.startswith("<") and key.value.endswith(">"):
        return f"got {key.value} as a key; must be a name. Replace the placeholder"
    if not key.value.isprintable():
        return f"got {key.value} as a key; must be printable characters"
    if key.value in parent.lines:
        first = parent.lines[key.value]
        return f"got {key.value} twice; must be unique. Line {first} has it already"
    return None
