"""Ways into and out of the network of an environment."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from operations.assembly import Json, Stage
from operations.evidence.rules import place_in
from operations.review.network import is_public, opens_way

# What keeps a resource inside: its type, and what to say of its properties.
_INSIDE = {
    "AWS::SageMaker::Domain": "AppNetworkAccessType",
    "AWS::SageMaker::Model": "VpcConfig",
    "AWS::SageMaker::Cluster": "VpcConfig",
    "AWS::Lambda::Function": "VpcConfig",
    "AWS::EKS::Cluster": "ResourcesVpcConfig",
    "AWS::RedshiftServerless::Workgroup": "SubnetIds",
    "AWS::FSx::FileSystem": "SubnetIds",
}
_WAYS = {
    "AWS::EC2::NatGateway": "NAT gateway: to the internet, not from it",
    "AWS::EC2::VPCEndpoint": "VPC endpoints: services of AWS are reached without the internet",
}


@dataclass(frozen=True, order=True)
class Exposure:
    """One way into or out of the network, or what has none.

    Attributes:
        kind: ``open``, ``way``, ``inside`` or ``logged``.
        what: what it is.
        places: where it is made.
    """

    kind: str
    what: str
    places: tuple[str, ...]


def exposure(stage: Stage) -> list[Exposure]:
    """Return what the templates say of the network, what is open first."""
    found: dict[tuple[str, str], set[str]] = {}
    for stack in stage.stacks:
        for logical_id, resource in stack.resources().items():
            place = place_in(stage, stack.name, logical_id, resource)
            for kind, what in _of(resource):
                found.setdefault((kind, what), set()).add(place)
    order = ("open", "way", "inside", "logged")
    return sorted(
        (Exposure(kind, what, tuple(sorted(places))) for (kind, what), places in found.items()),
        key=lambda one: (order.index(one.kind), one),
    )


def _of(resource: Json) -> Iterator[tuple[str, str]]:
    kind, properties = resource["Type"], resource.get("Properties", {})
    if what := opens_way(resource):
        yield "open", what
    for place, value in _values("", properties):
        if what := is_public(kind, place, value):
            yield "open", what
    for rule in _ingress(kind, properties):
        if rule.get("CidrIp") in ("0.0.0.0/0",) or rule.get("CidrIpv6") == "::/0":
            yield "open", "A security group admits every address"
    if kind == "AWS::EC2::FlowLog":
        yield "logged", "all traffic of the VPC"
    if kind in _WAYS:
        yield "way", _WAYS[kind]
    if key := _INSIDE.get(kind):
        value = properties.get(key)
        if key == "AppNetworkAccessType" and value == "VpcOnly":
            yield "inside", f"{kind}: VpcOnly"
        elif value and key != "AppNetworkAccessType":
            yield "inside", f"{kind}: in subnets of the VPC"
        elif kind == "AWS::Lambda::Function":
            yield "way", f"{kind}: outside the VPC; it calls only APIs of AWS"
        else:
            yield "open", f"{kind}: outside the VPC"
    block = properties.get("PublicAccessBlockConfiguration")
    if kind == "AWS::S3::Bucket":
        blocked = isinstance(block, dict) and all(block.values()) and len(block) == 4
        yield (
            ("inside", "AWS::S3::Bucket: public access blocked")
            if blocked
            else ("open", "AWS::S3::Bucket: public access is not blocked")
        )


def _ingress(kind: str, properties: Json) -> list[Json]:
    if kind == "AWS::EC2::SecurityGroupIngress":
        return [properties]
    if kind == "AWS::EC2::SecurityGroup":
        return list(properties.get("SecurityGroupIngress") or ())
    return []


def _values(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for key, one in value.items():
                yield from _values(f"{place}/{key}", one)
        case list():
            for one in value:
                yield from _values(place, one)
        case _:
            yield place, value
