"""How many endpoints a stack of CloudFormation takes, and which stack one is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.fields import validation_error
from stacks.inference.component_settings import InferenceComponentsSettings
from stacks.inference.real_time_settings import RealTimeSettings
from stacks.partition import Partition

if TYPE_CHECKING:
    from stacks.inference.settings import AnyEndpoint, InferenceSettings

MAX_STACKS = 10
# Of the 500 resources that a stack takes; the rest is for what a fork adds.
STACK_CAPACITY = 400
# Resources of an endpoint with all that it may have, its share of buckets included.
_OF_TYPE = {
    "real_time": 24,
    "inference_components": 16,
    "asynchronous": 28,
    "serverless": 16,
    "multi_model": 20,
    "multi_container": 20,
}
_OF_VARIANT = 8
_OF_COMPONENT, _OF_ADAPTER = 9, 1
_OF_EXPERIMENT = 9
_OF_INVOKER = 3
_OF_REDACTION = 30
_OF_CUSTOM_RESOURCE = 14
_OF_TRANSFORM = 15
_OF_API, _OF_PATH = 24, 2


def resources_of(endpoint: AnyEndpoint) -> int:
    """Return how many resources an endpoint takes at most."""
    count = _OF_TYPE[endpoint.type] + _OF_INVOKER * len(endpoint.invokers)
    if isinstance(endpoint, InferenceComponentsSettings):
        count += _OF_COMPONENT * len(endpoint.components)
        count += _OF_ADAPTER * sum(len(one.adapters) for one in endpoint.components)
    if isinstance(endpoint, RealTimeSettings):
        count += _OF_VARIANT * len(endpoint.variants)
        count += _OF_EXPERIMENT if endpoint.shadow_experiment else 0
    capture = getattr(endpoint, "data_capture", None)
    if capture is not None and capture.redaction is not None:
        count += _OF_REDACTION
    # Policies of all endpoints are one resource, and it is counted with each.
    count += _OF_CUSTOM_RESOURCE if getattr(endpoint, "routers", ()) else 0
    count += _OF_CUSTOM_RESOURCE if getattr(endpoint, "cross_region_traffic", None) else 0
    return count


PARTITION: Partition[AnyEndpoint] = Partition(
    name=lambda endpoint: endpoint.name,
    size=resources_of,
    capacity=STACK_CAPACITY,
    max_stacks=MAX_STACKS,
)
"""Distribution of endpoints over stacks."""


def check_capacity(inference: InferenceSettings) -> None:
    """Refuse more endpoints than their stacks take."""
    endpoints, stacks = inference.endpoints, inference.endpoint_stacks
    if stacks == 1:
        others = _OF_TRANSFORM * len(inference.batch_transforms)
        if inference.api is not None:
            others += _OF_API + _OF_PATH * len(inference.endpoints_of_api)
        largest = others + sum(map(resources_of, endpoints))
    else:
        largest = PARTITION.largest(endpoints, stacks)
    if largest <= STACK_CAPACITY:
        return
    enough = PARTITION.sufficient(endpoints)
    raise validation_error(
        "puts more endpoints into one stack than CloudFormation supports: "
        + (
            f"use {enough}, but read docs/inference.md before you change it"
            if enough
            else "divide the endpoints among several environments"
        ),
        at="endpoint_stacks",
        value=inference.endpoint_stacks,
    )
