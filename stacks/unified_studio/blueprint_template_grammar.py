"""CloudFormation templates that a team wrote: plain data, and the line of each key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_MAX_DEPTH = 100
_MAX_VALUES = 100_000
Keys = tuple[str, ...]


class TemplateError(Exception):
    """A template that cannot be read.

    Args:
        message: what must be there.
        line: where, from 1.
    """

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True)
class BlueprintTemplate:
    """A template.

    Attributes:
        data: the template. Short forms such as ``!Ref`` are written out.
        lines: the line of each key, by its path.
    """

    data: Mapping[str, Any]
    lines: Mapping[Keys, int] = field(default_factory=dict, repr=False)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section such as ``Parameters``; empty if it is not a block."""
        found = self.data.get(name)
        return found if isinstance(found, Mapping) else {}

    def line(self, *keys: str) -> int:
        """Return the line of a key, or of the last key on the path that exists."""
        for length in range(len(keys), 0, -1):
            if (line := self.lines.get(keys[:length])) is not None:
                return line
        return 1


def parse_template(text: str) -> BlueprintTemplate:
    """Parse a template in YAML or JSON.

    Raises:
        TemplateError: it is no template.
    """
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        raise TemplateError(
            f"must be valid YAML or JSON: {' '.join(str(problem or error).split())}",
            1 if mark is None else mark.line + 1,
        ) from None
    if not isinstance(root, MappingNode):
        raise TemplateError("must be a template of CloudFormation, with Resources")
    reader = _Reader()
    return BlueprintTemplate(reader.read(root, (), 0), reader.lines)


class _Reader:
    """Turns nodes into data. CloudFormation has tags, and no merges of blocks."""

    def __init__(self) -> None:
        self.lines: dict[Keys, int] = {}
        self._constructor: Any = SafeConstructor(loader=YAML(typ="safe", pure=True))
        self._values = 0

    def read(self, node: Node, keys: Keys, depth: int) -> Any:
        line = node.start_mark.line + 1
        self._values += 1
        if depth > _MAX_DEPTH or self._values > _MAX_VALUES:
            raise TemplateError("must be shorter: it has too many values or levels", line)
        value = self._plain(node, keys, depth)
        tag = _tag(node)
        if not tag.startswith("!"):
            return value
        name = tag[1:]
        if name == "GetAtt" and isinstance(value, str):
            return {"Fn::GetAtt": value.split(".", 1)}
        return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}

    def _plain(self, node: Node, keys: Keys, depth: int) -> Any:
        if isinstance(node, MappingNode):
            return self._mapping(node, keys, depth)
        if isinstance(node, SequenceNode):
            return [
                self.read(one, (*keys, str(index)), depth + 1)
                for index, one in enumerate(node.value)
            ]
        assert isinstance(node, ScalarNode), "YAML has three kinds of nodes"
        if _tag(node).startswith("!"):
            return node.value
        try:
            return self._constructor.construct_object(node)
        except (YAMLError, ValueError) as error:
            raise TemplateError(f"must be valid YAML: {error}", node.start_mark.line + 1) from None

    def _mapping(self, node: MappingNode, keys: Keys, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in made:
                raise TemplateError(f"must have the key {key} once", line)
            path = (*keys, key)
            self.lines[path] = line
            made[key] = self.read(value_node, path, depth + 1)
        return made


def _tag(node: Node) -> str:
    tag = node.tag
    return str(getattr(tag, "value", tag) or "") if tag is not None else ""


def walk(value: Any, keys: Sequence[str] = ()) -> Any:
    """Yield each block in a value with its path."""
    if isinstance(value, Mapping):
        yield tuple(keys), value
        for key, one in value.items():
            yield from walk(one, (*keys, str(key)))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from walk(one, (*keys, str(index)))
