"""What a change opens in the network: rules of security groups, and ways from the internet."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from operations.assembly import Json
from operations.review.graph import Graph, Key
from operations.review.values import plain_text

_ANY = ("0.0.0.0/0", "::/0")
_PEERS = (
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "DestinationSecurityGroupId",
    "SourcePrefixListId",
    "DestinationPrefixListId",
)
_MOST_PORT = 65_535


@dataclass(frozen=True)
class Rule:
    """A rule of a security group.

    Attributes:
        group: the group, or text if it is not in the templates.
        inward: whether it lets in.
        protocol: name or number; ``-1`` for all.
        ports: first and last port.
        peer: address range, group or prefix list.
    """

    group: str
    inward: bool
    protocol: str
    ports: tuple[int, int]
    peer: str

    def covers(self, other: "Rule") -> bool:
        """Return whether it allows everything that another rule allows."""
        return (
            (self.group, self.inward) == (other.group, other.inward)
            and self.protocol in ("-1", other.protocol)
            and (
                self.protocol == "-1"
                or (self.ports[0] <= other.ports[0] and other.ports[1] <= self.ports[1])
            )
            and (self.peer == other.peer or _within(other.peer, self.peer))
        )

    @property
    def is_open(self) -> bool:
        """Whether it lets in any address."""
        return self.inward and self.peer in _ANY

    def __str__(self) -> str:
        """Return it for people."""
        first, last = self.ports
        ports = "all ports" if (first, last) == (0, _MOST_PORT) else f"port {first}"
        if first != last and ports != "all ports":
            ports = f"ports {first} to {last}"
        protocol = "all protocols" if self.protocol == "-1" else f"{self.protocol}, {ports}"
        return f"{'in from' if self.inward else 'out to'} {self.peer}: {protocol}"


def new_rules(before: Graph, after: Graph) -> list[tuple[Key, Rule]]:
    """Return rules of known groups that no earlier rule covers, with the resource of each."""
    old = [rule for _, rule in _rules(before)]
    by_group: dict[str, list[Rule]] = {}
    for rule in old:
        by_group.setdefault(rule.group, []).append(rule)
    groups = {f"{key.stack}/{key.logical_id}" for key in before.resources}
    return [
        (key, rule)
        for key, rule in _rules(after)
        # The rules of a new group are part of what it belongs to, unless it is open.
        if (rule.group in groups or rule.is_open)
        and not any(known.covers(rule) for known in by_group.get(rule.group, ()))
    ]


def _rules(graph: Graph) -> Iterator[tuple[Key, Rule]]:
    for key, resource in graph.resources.items():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::EC2::SecurityGroup":
                group = f"{key.stack}/{key.logical_id}"
                for one in properties.get("SecurityGroupIngress") or ():
                    yield key, _rule(graph, key, group, one, inward=True)
                for one in properties.get("SecurityGroupEgress") or ():
                    yield key, _rule(graph, key, group, one, inward=False)
            case "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress" as kind:
                group = _resolved(graph, key, properties.get("GroupId"))
                inward = kind.endswith("Ingress")
                yield key, _rule(graph, key, group, properties, inward=inward)


def _rule(graph: Graph, key: Key, group: str, rule: Json, *, inward: bool) -> Rule:
    peer = next((rule[name] for name in _PEERS if name in rule), "")
    first, last = rule.get("FromPort"), rule.get("ToPort")
    return Rule(
        group,
        inward,
        str(rule.get("IpProtocol", "-1")),
        (_port(first, 0), _port(last, _MOST_PORT)),
        _resolved(graph, key, peer),
    )


def _port(value: Any, usual: int) -> int:
    return value if isinstance(value, int) and value >= 0 else usual


def _resolved(graph: Graph, key: Key, value: Any) -> str:
    """Return a value as text; a resource as its stack and logical id, also of another stack."""
    if isinstance(value, Mapping):
        found = [target for _, target in graph.walk(value, key.stack)]
        if len(found) == 1:
            target = found[0]
            cidr = graph.resources[target].get("Properties", {}).get("CidrBlock")
            if "CidrBlock" in json.dumps(value) and isinstance(cidr, str):
                return cidr
            return f"{target.stack}/{target.logical_id}"
    return plain_text(value)


def _within(inner: str, outer: str) -> bool:
    try:
        one, other = ip_network(inner), ip_network(outer)
    except ValueError:
        return False
    return one.version == other.version and one.subnet_of(other)  # type: ignore[arg-type]


# Properties that connect something with the internet: type, place, value, and what it means.
_PUBLIC = (
    (r".*", r"/PubliclyAccessible$", ("True",), "It is reachable from the internet"),
    (
        r"AWS::SageMaker::Domain",
        r"/AppNetworkAccessType$",
        ("PublicInternetOnly",),
        "Apps reach the internet without the VPC",
    ),
    (
        r"AWS::SageMaker::NotebookInstance",
        r"/DirectInternetAccess$",
        ("Enabled",),
        "It reaches the internet without the VPC",
    ),
    (
        r"AWS::EKS::Cluster",
        r"/EndpointPublicAccess$",
        ("True",),
        "Its API is reachable from the internet",
    ),
    (
        r"AWS::ElasticLoadBalancingV2::LoadBalancer",
        r"/Scheme$",
        ("internet-facing",),
        "It is reachable from the internet",
    ),
    (r".*", r"/(AuthType|AuthorizationType)$", ("NONE",), "Calls need no authorization"),
)


def is_public(kind: str, place: str, value: Any) -> str:
    """Return what a value of a property opens to the internet; empty for nothing."""
    for types, places, values, meaning in _PUBLIC:
        if re.fullmatch(types, kind) and re.search(places, place) and str(value) in values:
            return meaning
    return ""


def opens_way(resource: Json) -> str:
    """Return which way to or from the internet a new resource is; empty for none."""
    properties = resource.get("Properties", {})
    match resource["Type"]:
        case "AWS::EC2::Route" if (
            "GatewayId" in properties and properties.get("DestinationCidrBlock") in _ANY
        ):
            return "A subnet is connected with the internet"
        case "AWS::EC2::InternetGateway":
            return "The VPC is connected with the internet"
        case "AWS::EC2::VPCPeeringConnection" | "AWS::EC2::TransitGatewayAttachment":
            return "The VPC is connected with another network"
        case "AWS::Lambda::Url" if properties.get("AuthType") == "NONE":
            return "Calls need no authorization"
    return ""
