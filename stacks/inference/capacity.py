"""How many endpoints a stack of CloudFormation takes, and which stack one is in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stacks.fields import validation_error
from stacks.inference.component_settings import InferenceComponentsSettings
from stacks.inference.real_time_settings import RealTimeSettings

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
    return count


def spread(endpoints: Sequence[AnyEndpoint], stacks: int) -> dict[int, list[AnyEndpoint]]:
    """Return the endpoints of each stack that has any, numbered from 1 on.

    The name alone decides, so that none moves when others come and go.
    """
    found: dict[int, list[AnyEndpoint]] = {}
    for endpoint in endpoints:
        digest = hashlib.sha256(endpoint.name.encode()).hexdigest()
        found.setdefault(int(digest, 16) % stacks + 1, []).append(endpoint)
    return dict(sorted(found.items()))


def check_capacity(inference: InferenceSettings) -> None:
    """Refuse more endpoints than their stacks take."""
    beside = _OF_TRANSFORM * len(inference.batch_transforms)
    if inference.api is not None:
        beside += _OF_API + _OF_PATH * len(inference.endpoints_of_api)

    def fullest(stacks: int) -> int:
        if stacks == 1:
            return beside + sum(map(resources_of, inference.endpoints))
        shares: Mapping[int, Sequence[AnyEndpoint]] = spread(inference.endpoints, stacks)
        return max((sum(map(resources_of, share)) for share in shares.values()), default=0)

    if fullest(inference.endpoint_stacks) <= STACK_CAPACITY:
        return
    enough = next((n for n in range(2, MAX_STACKS + 1) if fullest(n) <= STACK_CAPACITY), None)
    raise validation_error(
        "puts more endpoints into one stack than CloudFormation takes with all they need: "
        + (
            f"{enough} would do, see the guide to inference before you change it"
            if enough
            else "divide them among several environments"
        ),
        at="endpoint_stacks",
        value=inference.endpoint_stacks,
    )
