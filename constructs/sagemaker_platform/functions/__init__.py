"""Lambda functions of this package, and the custom resources that they handle."""

from sagemaker_platform.functions.function import HandlerFunction
from sagemaker_platform.functions.handled_resources import HandledResources
from sagemaker_platform.functions.placement import network_interfaces, place_in_vpc
from sagemaker_platform.functions.waiting_resource import WaitingResource

__all__ = [
    "HandledResources",
    "HandlerFunction",
    "WaitingResource",
    "network_interfaces",
    "place_in_vpc",
]
