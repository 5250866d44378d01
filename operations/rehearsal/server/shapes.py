"""Outputs of API operations, filled from records."""

from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from operations.rehearsal.server.identifiers import settled

_TIMES = ("creationtime", "lastmodifiedtime", "createdat", "updatedat", "lastupdatedat")


def fill(shape: Shape | None, view: Mapping[str, Any], created: float) -> dict[str, Any]:
    """Return the members of an output structure that `view` has, and required ones.

    A resource is always in the state that its status enum uses for ready. Members with the same
    name but another type are left out.
    """
    if not isinstance(shape, StructureShape):
        return {}
    known = {name.lower(): value for name, value in view.items()}
    output: dict[str, Any] = {}
    for name, member in shape.members.items():
        value = _member(name, member, known, view, created, name in shape.required_members)
        if value is not None:
            output[name] = value
    return output


def _member(
    name: str,
    shape: Shape,
    known: Mapping[str, Any],
    view: Mapping[str, Any],
    created: float,
    required: bool,
) -> Any:
    key = name.lower()
    if shape.type_name == "timestamp":
        return created if key in _TIMES or required else None
    if key in known:
        return _cast(shape, known[key], created)
    # Lists show a part of a structure, under another name.
    if key.endswith("summary") and isinstance(known.get(key.removesuffix("summary")), Mapping):
        return _cast(shape, known[key.removesuffix("summary")], created)
    if key.endswith(("status", "state")) and shape.type_name == "string":
        return settled({"enum": getattr(shape, "enum", [])})
    if isinstance(shape, StructureShape) and view and not key.endswith("config"):
        inner = fill(shape, view, created)
        if len(set(map(str.lower, inner)) & set(known)) >= 2:
            return inner
    return _empty(shape) if required else None


def _cast(shape: Shape, value: Any, created: float) -> Any:
    if isinstance(shape, StructureShape):
        return fill(shape, value, created) if isinstance(value, Mapping) else None
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            return None
        return [_cast(shape.member, item, created) for item in value]
    if isinstance(shape, MapShape):
        return dict(value) if isinstance(value, Mapping) else None
    if shape.type_name in ("integer", "long"):
        return int(value)
    if shape.type_name in ("float", "double"):
        return float(value)
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    return value if isinstance(value, str) else str(value)


def _empty(shape: Shape) -> Any:
    empty: dict[str, Any] = {"list": [], "map": {}, "structure": {}, "boolean": False}
    return empty.get(shape.type_name, "" if shape.type_name == "string" else 0)
