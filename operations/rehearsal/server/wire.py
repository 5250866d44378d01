"""The server side of the JSON, REST-JSON and query protocols, with botocore's models."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

from operations.rehearsal.server import query as form

PROTOCOLS = ("json", "rest-json", "query")
# Services of botocore that sign with another name than theirs.
_SIGN_AS = {"cloudwatch": "monitoring", "efs": "elasticfilesystem", "stepfunctions": "states"}

Response = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Call:
    """An API call: its operation and its input."""

    service: str
    operation: OperationModel
    arguments: dict[str, Any]


@cache
def service_model(name: str) -> ServiceModel:
    """Return botocore's model of a service."""
    return _session().get_service_model(name)


@cache
def service_names() -> tuple[str, ...]:
    """Return all services of botocore."""
    return tuple(_session().get_available_services())


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def services_signed_as(scope: str) -> tuple[str, ...]:
    """Return the services that sign requests with this name, in a supported protocol."""
    return tuple(
        name
        for name in service_names()
        if (_SIGN_AS.get(name, name) == scope or name.startswith(f"{scope}-"))
        and service_model(name).signing_name == scope
        and service_model(name).resolved_protocol in PROTOCOLS
    )


def parse(
    scope: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, list[str]],
) -> Call | None:
    """Return the call of an HTTP request, None if no service signed as `scope` has it."""
    target = headers.get("x-amz-target", "")
    for name in services_signed_as(scope):
        model = service_model(name)
        if model.resolved_protocol == "json":
            prefix, _, operation = target.rpartition(".")
            if prefix == model.metadata.get("targetPrefix") and operation in model.operation_names:
                return Call(name, model.operation_model(operation), json.loads(body or b"{}"))
        elif model.resolved_protocol == "query":
            fields = form.fields(body)
            operation = fields.get("Action", "")
            if operation in model.operation_names:
                found = model.operation_model(operation)
                return Call(name, found, form.read(found, fields))
        else:
            for pattern, verb, operation in _routes(name):
                match = pattern.fullmatch(path)
                if match and verb == method:
                    found = model.operation_model(operation)
                    return Call(name, found, _rest_input(found, match.groupdict(), query, body))
    return None


# The server decodes paths, so that an ARN in a path has its slashes.
_LABEL = r"[^/]+|arn:aws[a-z-]*:[^/]+(?:/[^/]+)+"


@cache
def _routes(service: str) -> list[tuple[re.Pattern[str], str, str]]:
    routes = []
    model = service_model(service)
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = http["requestUri"].partition("?")[0]
        expression = ""
        for part in re.split(r"(\{[^}]+\})", path):
            if part.startswith("{"):
                label = part.strip("{}+")
                group = re.sub(r"\W", "_", label)
                expression += f"(?P<{group}>{'.+' if part.endswith('+}') else _LABEL})"
            else:
                expression += re.escape(part)
        routes.append((re.compile(expression + "/?"), http["method"], name))
    # Literal paths before those with labels, as services route them.
    return sorted(routes, key=lambda route: route[0].pattern.count("(?P<"))


def _rest_input(
    operation: OperationModel,
    labels: Mapping[str, str],
    query: Mapping[str, list[str]],
    body: bytes,
) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if operation.input_shape is None:
        return arguments
    payload = operation.input_shape.serialization.get("payload")
    if payload and operation.input_shape.members[payload].type_name in ("blob", "string"):
        document: Any = body
    else:
        document = json.loads(body or b"{}")
    for name, member in operation.input_shape.members.items():
        wire_name = member.serialization.get("name", name)
        location = member.serialization.get("location")
        if location == "uri":
            arguments[name] = unquote(labels[re.sub(r"\W", "_", wire_name)])
        elif location == "querystring":
            values = query.get(wire_name)
            if values:
                arguments[name] = values if member.type_name == "list" else values[0]
        elif location is None and name == payload:
            arguments[name] = document
        elif location is None and wire_name in document:
            arguments[name] = document[wire_name]
    return arguments


def success(call: Call, output: Mapping[str, Any]) -> Response:
    """Return the HTTP response with the output of an operation."""
    if _is_query(call):
        return form.success(call.operation, output)
    shape = call.operation.output_shape
    body: dict[str, Any] = {}
    headers = {"Content-Type": _content_type(call.service)}
    if shape is not None:
        for name, value in output.items():
            member: Shape = shape.members[name]
            wire_name = member.serialization.get("name", name)
            location = member.serialization.get("location")
            if location == "header":
                headers[wire_name] = str(value)
            elif shape.serialization.get("payload") == name:
                body = dict(value)
            elif location is None:
                body[wire_name] = value
    status = int(call.operation.http.get("responseCode", 200))
    return status, headers, json.dumps(body).encode()


def failure(call: Call, code: str, message: str) -> Response:
    """Return the HTTP response that makes an SDK raise `ClientError` with `code`."""
    if _is_query(call):
        return form.failure(code, message)
    status = 400
    for shape in call.operation.error_shapes:
        if shape.name == code:
            status = int(shape.metadata.get("error", {}).get("httpStatusCode", 400))
    headers = {"Content-Type": _content_type(call.service), "x-amzn-errortype": code}
    return status, headers, json.dumps({"__type": code, "message": message}).encode()


def _is_query(call: Call) -> bool:
    return bool(service_model(call.service).resolved_protocol == "query")


def _content_type(service: str) -> str:
    if service_model(service).resolved_protocol == "json":
        return "application/x-amz-json-1.1"
    return "application/json"
