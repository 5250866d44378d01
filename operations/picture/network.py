"""The VPC of an environment, as a picture shows it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from operations.assembly import Json
from operations.picture.items import Place, StackView, references

_VPC_ID = re.compile(r"vpc-[0-9a-z]+")


@dataclass(frozen=True)
class Subnet:
    """A subnet: its zone, kind (`private`, `public`), range, and whether it has a NAT gateway."""

    zone: str
    kind: str
    cidr: str
    nat: bool
    places: frozenset[Place]


@dataclass(frozen=True)
class Network:
    """A VPC.

    Attributes:
        title: its range, or the id of one that exists.
        internet: the way to the internet, in words.
        subnets: in the order of the template.
        interface_endpoints: services that have one, with its resource.
        gateway_endpoints: likewise.
        places: the VPC.
    """

    title: str
    internet: str
    subnets: tuple[Subnet, ...]
    interface_endpoints: tuple[tuple[str, Place], ...]
    gateway_endpoints: tuple[tuple[str, Place], ...]
    places: frozenset[Place]


def network_of(views: Iterable[StackView]) -> Network | None:
    """Return the VPC of an environment; None if nothing runs in one."""
    views = list(views)
    endpoints = [
        (str(one.get("VpcEndpointType", "Gateway")), _service(view, one), (view.stack, logical_id))
        for view in views
        for logical_id, one in view.of_type("AWS::EC2::VPCEndpoint")
    ]
    interface = tuple((name, place) for form, name, place in endpoints if form == "Interface")
    gateway = tuple((name, place) for form, name, place in endpoints if form == "Gateway")
    for view in views:
        for logical_id, vpc in view.of_type("AWS::EC2::VPC"):
            nat = list(view.of_type("AWS::EC2::NatGateway"))
            return Network(
                f"VPC {view.text(vpc['CidrBlock'])}",
                "to the internet through NAT" if nat else "no way to the internet",
                tuple(_subnet(view, one, each) for one, each in view.of_type("AWS::EC2::Subnet")),
                interface,
                gateway,
                frozenset({(view.stack, logical_id)}),
            )
    for view in views:
        for one in view.resources.values():
            vpc_id = str(one.get("Properties", {}).get("VpcId", ""))
            if _VPC_ID.fullmatch(vpc_id):
                return Network(
                    f"Existing VPC {vpc_id}",
                    "as its owner set it up",
                    (),
                    interface,
                    gateway,
                    frozenset(),
                )
    return None


def _service(view: StackView, endpoint: Json) -> str:
    name = view.text(endpoint["ServiceName"])
    return re.sub(r"^(com|cn\.com)\.amazonaws\.[^.]+\.|^aws\.[^.]+\.[^.]+\.", "", name)


def _subnet(view: StackView, logical_id: str, subnet: Json) -> Subnet:
    tags = {one["Key"]: one["Value"] for one in subnet.get("Tags", [])}
    public = tags.get("aws-cdk:subnet-type") == "Public"
    nat = any(
        logical_id in references(one.get("SubnetId"))
        for _, one in view.of_type("AWS::EC2::NatGateway")
    )
    return Subnet(
        _zone(subnet),
        "public" if public else "private",
        view.text(subnet["CidrBlock"]),
        nat,
        frozenset({(view.stack, logical_id)}),
    )


def _zone(subnet: Json) -> str:
    match subnet.get("AvailabilityZoneId") or subnet.get("AvailabilityZone"):
        case str(name):
            return name
        case {"Fn::Select": [position, _]}:
            return f"zone {int(position) + 1}"
    return "a zone"
