"""Rules of the network.

Sources: https://aws.amazon.com/vpc/pricing/ (NAT gateways, public IPv4 addresses),
https://aws.amazon.com/privatelink/pricing/ (interface endpoints, by zone and hour).
"""

from collections.abc import Iterable

from sagemaker_platform.catalog.prices import PriceKey
from sagemaker_platform.costs.charge import Charge, running, used
from sagemaker_platform.costs.resource import Resource


def _nat_gateway(resource: Resource) -> Iterable[Charge]:
    yield running("NAT gateway", PriceKey("vpc", "NAT gateway", "running"))
    yield used("data through NAT", "nat_data_gb", PriceKey("vpc", "NAT gateway", "data"), "GB")


def _address(resource: Resource) -> Iterable[Charge]:
    yield running("public IPv4 address", PriceKey("vpc", "public IPv4 address", "in use"))


def _endpoint(resource: Resource) -> Iterable[Charge]:
    kind = resource.properties.get("VpcEndpointType", "Gateway")
    if kind == "Gateway":
        return
    zones = resource.properties.get("SubnetIds")
    yield running(
        "interface endpoint, by zone",
        PriceKey("vpc", "interface endpoint", "running"),
        count=len(zones) if isinstance(zones, list) else zones,
    )
    yield used(
        "data through interface endpoints",
        "endpoint_data_gb",
        PriceKey("vpc", "interface endpoint", "data"),
        "GB",
    )


def _flow_log(resource: Resource) -> Iterable[Charge]:
    yield used("flow logs", "flow_log_gb", PriceKey("cloudwatch", "logs", "delivered to S3"), "GB")


RULES = {
    "AWS::EC2::EIP": _address,
    "AWS::EC2::FlowLog": _flow_log,
    "AWS::EC2::NatGateway": _nat_gateway,
    "AWS::EC2::VPCEndpoint": _endpoint,
}
