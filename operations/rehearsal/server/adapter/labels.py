"""How the emulator handles each resource type: ministack, or this project's extension."""

from functools import cache

from ministack import app as ministack_app
from ministack.services.cloudformation import provisioners

from operations.rehearsal.server import fakes, wire
from operations.rehearsal.server.bridge import reads_back
from operations.rehearsal.server.records import BRIDGED, NATIVE, RECORDED
from operations.rehearsal.server.schemas import (
    UnknownResourceTypeError,
    has_schema,
    resource_schema,
)

_NATIVE_TYPES = frozenset(provisioners._RESOURCE_HANDLERS)


def is_native(resource_type: str) -> bool:
    """Return whether ministack handles the type."""
    return resource_type in _NATIVE_TYPES


def label_of(resource_type: str, region: str) -> tuple[str, str]:
    """Return the label (native, bridged, recorded) of a type, and the API that reads it.

    Raises:
        UnknownResourceTypeError: if neither ministack nor the registry schemas know the type.
    """
    if fakes.is_only_recorded(resource_type):
        return RECORDED, ""
    if is_native(resource_type) or resource_type.startswith("Custom::"):
        return NATIVE, ""
    if not has_schema(resource_type):
        raise UnknownResourceTypeError(f"ministack has no handler of {resource_type}.")
    schema = resource_schema(resource_type, region)
    service = _bridged_service(schema.service)
    if service and reads_back(service, schema.noun):
        return BRIDGED, service
    return RECORDED, ""


@cache
def _bridged_service(name: str) -> str:
    """Return the API service of a type, "" if ministack has it or none is known."""
    for service in wire.service_names():
        if service.replace("-", "") == name.lower():
            model = wire.service_model(service)
            stock = model.signing_name in ministack_app.SERVICE_REGISTRY
            return "" if stock or model.resolved_protocol not in wire.PROTOCOLS else service
    return ""
