"""ministack's table of API services, extended by those that it lacks."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import (
    error_response_json,
    error_response_xml,
    get_account_id,
    get_region,
)

from operations.rehearsal.server import fakes, patches, wire
from operations.rehearsal.server.adapter import callers
from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.bridge import Bridge
from operations.rehearsal.server.extension import Extension

Service = Callable[..., Any]
# Services without a protocol of `wire` that answer in XML.
_XML = ("ec2", "s3")


class Services(dict[str, Service]):
    """Services by the name that signs their requests."""

    def __init__(self, stock: dict[str, Service], extension: Extension) -> None:
        super().__init__(stock)
        self._extension = extension
        self._bridge = Bridge(extension.records)
        extension.calls = self._bridge.calls

    def get(self, service: str, default: Any = None) -> Any:
        """Return what answers a service: a fake, ministack, or the bridge; else `default`."""
        stock = super().get(service)
        if stock is None and not wire.services_signed_as(service):
            return default

        async def handle(
            method: str, path: str, headers: Any, body: bytes, query: Any
        ) -> wire.Response:
            call = None
            faked = fakes.answers(service, _operation(method, headers, body, query))
            answering = None if faked else stock
            if answering is None:
                call = wire.parse(service, method, path, headers, body, query)
            operation = call.operation.name if call else _operation(method, headers, body, query)
            fault = self._extension.faults.take("call", [f"{service}:{operation}"])
            if fault is not None:
                await asyncio.sleep(fault.delay)
            if fault is not None and fault.code:
                as_json = "x-amz-target" in headers
                return _failure(call, as_json, fault.code, fault.message)
            session = callers.session_of(headers)
            if session is not None:
                denied = await asyncio.to_thread(
                    callers.denial,
                    session,
                    self._extension.records.version,
                    service,
                    (method, path, headers, body, query),
                )
                if denied is not None:
                    return _failure(denied[0], service not in _XML, *denied[1:])
            if answering is not None:
                patches.default_key(service, headers)
                response: wire.Response = await answering(method, path, headers, body, query)
                return response
            if call is None:
                message = f"The rehearsal does not support this call of {service}: {method} {path}"
                return _failure(None, True, "NotImplemented", message)
            try:
                answer = self._bridge.answer(call, get_account_id(), get_region())
            except ApiError as error:
                return wire.failure(call, error.code, str(error))
            if (effect := fakes.effect_of(call)) is not None:
                await effect(call, self["s3"])
            return wire.success(call, answer)

        return handle


def _failure(call: wire.Call | None, as_json: bool, code: str, message: str) -> wire.Response:
    if call is not None:
        return wire.failure(call, code, message)
    failing = error_response_json if as_json else error_response_xml
    response: wire.Response = failing(code, message, 400)
    return response


def _operation(method: str, headers: Mapping[str, str], body: bytes, query: Any) -> str:
    """Return the name of an API operation, or the HTTP method if the protocol names none."""
    target = headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    if "Action" in query:
        return str(query["Action"][0])
    for part in body[:200].split(b"&"):
        if part.startswith(b"Action="):
            return part[7:].decode()
    return method
