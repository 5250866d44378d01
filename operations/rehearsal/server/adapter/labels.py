"""How each resource type is carried: by ministack itself, or by this project's extension."""

from functools import cache

from ministack import app as ministack_app
from ministack.services.cloudformation import provisioners

from operations.rehearsal.server import wire
from operations.rehearsal.server.bridge import reads_back
from operations.rehearsal.server.records import BRIDGED, NATIVE, RECORDED
from operations.rehearsal.server.schemas import (
    UnknownResourceTypeError,
    has_schema,
    resource_schema,
)

_NATIVE_TYPES = frozenset(provisioners._RESOURCE_HANDLERS)


# Kubectl and Helm do their work, or they compare a chart in a registry of the team's.
_WITHOUT_KUBERNETES = ("Custom::AWSCDK-EKS-", "Custom::PinnedChart")


def is_only_recorded(resource_type: str) -> bool:
    """Whether a custom resource would need the API of Kubernetes, or a chart of the team's."""
    return resource_type.startswith(_WITHOUT_KUBERNETES)


def is_native(resource_type: str) -> bool:
    """Whether stock ministack handles the type."""
    return resource_type in _NATIVE_TYPES


def label_of(resource_type: str, region: str) -> tuple[str, str]:
    """The label (native, bridged or recorded) of a type, and the API that reads it back.

    Raises:
        UnknownResourceTypeError: if neither ministack nor the registry schemas know the type.
    """
    if is_only_recorded(resource_type):
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
    """The API service behind a part of a type name, "" where ministack has it or none is known."""
    for service in wire.service_names():
        if service.replace("-", "") == name.lower():
            model = wire.service_model(service)
            stock = model.signing_name in ministack_app.SERVICE_REGISTRY
            return "" if stock or model.resolved_protocol not in wire.PROTOCOLS else service
    return ""
