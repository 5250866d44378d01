"""The reference of settings: every key with its type, default, range and an example.

It is generated from the JSON schema, which has the descriptions, and from the examples.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The page of top-level keys that are no block.
ENVIRONMENT = "environment"
_MOST_VALUES = 10  # of an enumeration, that a table lists
_LONGEST_EXAMPLE = 70  # characters
_HEADER = "| Key | Type | Default | Description |\n|---|---|---|---|"
# Neither a number nor a word with a meaning of its own.
_READS_AS_STRING = re.compile(r"(?!(true|false|null|yes|no|on|off)$|[\d.:]+$).+", re.DOTALL)

Node = Mapping[str, Any]


@dataclass(frozen=True)
class _Section:
    """A block of keys.

    Attributes:
        path: Where the block is; empty for the whole file.
        node: Its JSON schema.
        values: Such blocks in the examples.
        conditions: The keys and values on which its keys depend, such as `type: COMET`.
    """

    path: str
    node: Node
    values: Sequence[Mapping[str, Any]]
    conditions: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        path = re.sub(r"\[\]|[<>]", "", self.path)
        return "-".join([path, *(one.rpartition(" ")[2] for one in self.conditions)])

    @property
    def heading(self) -> str:
        conditions = " and ".join(f"`{one}`" for one in self.conditions)
        suffix = f" with {conditions}" if conditions else ""
        return f"## `{self.path}`{suffix} {{#{self.anchor}}}"


def reference_pages(schema: Node, examples: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the text of each page, by the block that it describes.

    Args:
        schema: The JSON schema of settings files, with descriptions.
        examples: Settings that give values for examples. The first short value is shown.
    """
    files = list(examples)
    reference = _Reference(schema)
    blocks = {
        name: node for name, node in schema["properties"].items() if any(reference.blocks(node))
    }
    plain = {name: node for name, node in schema["properties"].items() if name not in blocks}
    top = {**schema, "properties": plain}
    pages = {ENVIRONMENT: reference.page("Environment", [_Section("", top, files)])}
    for name, node in blocks.items():
        values = [file[name] for file in files if name in file]
        sections = list(reference.sections(name, node, values))
        introduction = _one_line(str(node.get("description", "")))
        pages[name] = reference.page(name, sections, introduction)
    return pages


class _Reference:
    def __init__(self, schema: Node) -> None:
        self._definitions: Mapping[str, Node] = schema.get("$defs", {})

    def page(self, title: str, sections: Iterable[_Section], introduction: str = "") -> str:
        """Return a page with a section for each block; one that keys share comes once."""
        waiting, found = deque(sections), dict[int, _Section]()
        while waiting:
            section = waiting.popleft()
            if id(section.node) not in found:
                found[id(section.node)] = section
                waiting.extend(self._inner(section))
        anchors = {identity: section.anchor for identity, section in found.items()}
        parts = [f"# {title}", *([introduction] if introduction else [])]
        for section in found.values():
            if section.path:
                parts.append(section.heading)
            if section.path not in ("", title) and (about := section.node.get("description")):
                parts.append(_one_line(about))
            properties: Mapping[str, Node] = section.node["properties"]
            rows = [self._row(section, key, node, anchors) for key, node in properties.items()]
            parts.append("\n".join([_HEADER, *rows]) if rows else "This block has no keys.")
        return "\n\n".join(parts) + "\n"

    def sections(
        self, path: str, node: Node, values: Sequence[Any], conditions: tuple[str, ...] = ()
    ) -> Iterator[_Section]:
        """Yield the blocks that a key takes: one, or one for each type of a union."""
        found = list(self.blocks(node))
        inner = [entry for value in values for entry in _entries(node, value, self)]
        for suffix, block in found:
            own = _condition(block) if len(found) > 1 else ()
            chosen = [one for one in inner if isinstance(one, Mapping) and _is_of(block, one)]
            yield _Section(f"{path}{suffix}", block, chosen, (*conditions, *own))

    def blocks(self, node: Node, suffix: str = "") -> Iterator[tuple[str, Node]]:
        """Yield the objects with keys inside a node, each with `[]` or `.<name>` of its path."""
        node = self._resolved(node)
        if "properties" in node:
            yield suffix, node
        for option in (*node.get("anyOf", ()), *node.get("oneOf", ())):
            yield from self.blocks(option, suffix)
        if "items" in node:
            yield from self.blocks(node["items"], f"{suffix}[]")
        if isinstance(node.get("additionalProperties"), Mapping):
            yield from self.blocks(node["additionalProperties"], f"{suffix}.<name>")

    def _kind(self, node: Node, anchors: Mapping[int, str]) -> str:
        """Return what values a node takes, in terms of YAML."""
        node = self._resolved(node)
        if "properties" in node:
            return f"[block](#{anchors[id(node)]})"
        if options := [*node.get("anyOf", ()), *node.get("oneOf", ())]:
            kinds = [self._kind(one, anchors) for one in options if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
        if "const" in node:
            return f"`{_scalar(node['const'])}`"
        if "enum" in node:
            return _enumeration(node["enum"])
        match node.get("type", "any value"):
            case "array":
                of = self._kind(node.get("items", {}), anchors)
                return f"list of {of}{_size(node, 'Items', 'entries')}"
            case "object":
                values = node.get("additionalProperties")
                of = self._kind(values, anchors) if isinstance(values, Mapping) else "any value"
                return f"map from a name to {of}{_size(node, 'Properties', 'entries')}"
            case "string":
                pattern = f" matching `{node['pattern']}`" if "pattern" in node else ""
                return f"string{pattern}{_size(node, 'Length', 'characters')}"
            case "boolean":
                return "`true` or `false`"
            case list(kinds):
                return " or ".join(kinds)
            case kind:
                return f"{kind}{_range(node)}"

    def _resolved(self, node: Node) -> Node:
        return self._definitions[node["$ref"].rpartition("/")[2]] if "$ref" in node else node

    def _inner(self, section: _Section) -> list[_Section]:
        inner: list[_Section] = []
        for key, node in section.node["properties"].items():
            values = [
                value[key]
                for value in section.values
                if isinstance(value, Mapping) and key in value
            ]
            path = f"{section.path}.{key}" if section.path else key
            inner += self.sections(path, node, values, section.conditions)
        return inner

    def _row(self, section: _Section, key: str, node: Node, anchors: Mapping[int, str]) -> str:
        required = key in section.node.get("required", ())
        path = f"{section.anchor}.{key}" if section.path else key
        has_keys = any(self.blocks(node))
        # The heading of the block has the anchor of a key that takes a block.
        name = f"`{key}`" if has_keys else f'<span id="{path}">`{key}`</span>'
        default = "required" if required else _default(node.get("default"))
        about = _one_line(node.get("description") or self._resolved(node).get("description", ""))
        given = (_example(value[key]) for value in section.values if key in value)
        if not has_keys and (shown := next(filter(None, given), None)):
            about += f" Example: `{shown}`."
        cells = (name, self._kind(node, anchors), default, about.strip())
        return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _entries(node: Node, value: Any, reference: _Reference) -> list[Any]:
    """Return the blocks in the value of a key: one, those of a list, or those of a map."""
    suffixes = {suffix for suffix, _ in reference.blocks(node)}
    values = [value]
    for suffix in sorted(suffixes, key=len)[-1:]:
        for step in suffix.replace("[]", " [] ").replace(".<name>", " . ").split():
            values = [
                inner
                for one in values
                for inner in (
                    one
                    if step == "[]" and isinstance(one, list)
                    else one.values()
                    if step == "." and isinstance(one, Mapping)
                    else [one]
                )
            ]
    return values


def _condition(block: Node) -> tuple[str, ...]:
    """Return the key and value that tell a block from the others of a union."""
    found = (
        f"{key}: {node['const']}" for key, node in block["properties"].items() if "const" in node
    )
    return tuple(found)[:1]


def _is_of(block: Node, value: Mapping[str, Any]) -> bool:
    return all(
        value.get(key, node.get("default")) == node["const"]
        for key, node in block["properties"].items()
        if "const" in node
    )


def _enumeration(values: Sequence[Any]) -> str:
    if len(values) <= _MOST_VALUES:
        return ", ".join(f"`{_scalar(value)}`" for value in values)
    return f"one of {len(values)} values, such as `{_scalar(values[0])}`"


def _range(node: Node) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if (above := node.get("exclusiveMinimum")) is not None:
        return f" above {above}" + (f", at most {high}" if high is not None else "")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}"
    return f" of at most {high}" if high is not None else ""


def _size(node: Node, of: str, unit: str) -> str:
    low, high = node.get(f"min{of}"), node.get(f"max{of}")
    if low is not None and high is not None:
        return f", {low} to {high} {unit}"
    if low is not None:
        return f", at least {low} {unit}"
    return f", at most {high} {unit}" if high is not None else ""


def _default(value: Any) -> str:
    if value is None or value in ({}, []):
        return "none"
    if isinstance(value, Mapping):
        return "its defaults"
    return f"`{_example(value) or '...'}`"


def _example(value: Any) -> str | None:
    """Return a value as YAML on one line; None, if it is too long for a table."""
    if isinstance(value, Mapping):
        parts = [f"{key}: {_example(one)}" for key, one in value.items()]
        text = f"{{{', '.join(parts)}}}"
    elif isinstance(value, list):
        text = f"[{', '.join(str(_example(one)) for one in value)}]"
    else:
        text = _scalar(value)
    return text if len(text) <= _LONGEST_EXAMPLE and "\n" not in text and "`" not in text else None


def _scalar(value: Any) -> str:
    """Return a scalar as YAML; a string that YAML would read as something else is quoted."""
    if isinstance(value, str) and _READS_AS_STRING.match(value):
        return value
    return json.dumps(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())
