"""The server side of the query protocol: form fields to XML, with botocore's models."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from botocore.model import ListShape, OperationModel, Shape, StructureShape

Response = tuple[int, dict[str, str], bytes]

_HEADERS = {"Content-Type": "text/xml"}


def fields(body: bytes) -> dict[str, str]:
    """Return the fields of a form."""
    return {key: values[0] for key, values in parse_qs(body.decode(), True).items()}


def read(operation: OperationModel, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the input of an operation from fields with dotted names."""
    found = _read(operation.input_shape, "", form) if operation.input_shape else None
    return dict(found or {})


def _read(shape: Shape, name: str, form: Mapping[str, str]) -> Any:
    if isinstance(shape, StructureShape):
        parts = {
            member: _read(inner, f"{name}.{_name(inner, member)}".lstrip("."), form)
            for member, inner in shape.members.items()
        }
        return {key: value for key, value in parts.items() if value is not None} or None
    if isinstance(shape, ListShape):
        pattern = re.compile(rf"({re.escape(name)}(?:\.[^.]+)?\.(\d+))(?:\.|$)")
        items = {int(m[2]): m[1] for key in form if (m := pattern.match(key))}
        return [_read(shape.member, items[number], form) for number in sorted(items)] or None
    value = form.get(name)
    if value is not None and shape.type_name in ("integer", "long"):
        return int(value)
    if value is not None and shape.type_name == "boolean":
        return value == "true"
    return value


def success(operation: OperationModel, output: Mapping[str, Any]) -> Response:
    """Return the HTTP response with the output of an operation."""
    name, shape = operation.name, operation.output_shape
    inner = "".join(_members(shape, output)) if shape is not None else ""
    wrapper = shape.serialization.get("resultWrapper", f"{name}Result") if shape else "Result"
    body = (
        f"<{name}Response><{wrapper}>{inner}</{wrapper}><ResponseMetadata><RequestId>0</RequestId>"
        f"</ResponseMetadata></{name}Response>"
    )
    return 200, dict(_HEADERS), body.encode()


def failure(code: str, message: str) -> Response:
    """Return the HTTP response that makes an SDK raise `ClientError` with `code`."""
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(code)}</Code><Message>"
        f"{escape(message)}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
    )
    return 400, dict(_HEADERS), body.encode()


def _members(shape: StructureShape, values: Mapping[str, Any]) -> list[str]:
    return [
        f"<{tag}>{_text(shape.members[member], value)}</{tag}>"
        for member, value in values.items()
        for tag in [_name(shape.members[member], member)]
    ]


def _text(shape: Shape, value: Any) -> str:
    if isinstance(shape, StructureShape):
        return "".join(_members(shape, value))
    if isinstance(shape, ListShape):
        tag = _name(shape.member, "member")
        return "".join(f"<{tag}>{_text(shape.member, item)}</{tag}>" for item in value)
    return str(value).lower() if isinstance(value, bool) else escape(str(value))


def _name(shape: Shape, default: str) -> str:
    return str(shape.serialization.get("name", default))
