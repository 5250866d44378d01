"""Settings of the network."""

import ipaddress
import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from stacks.fields import (
    AvailabilityZone,
    Cidr,
    GroupDescription,
    PrefixListId,
    SecurityGroupId,
    Settings,
    SubnetId,
    VpcId,
    validation_error,
)
from stacks.network.zones import is_zone_id

_DERIVED = "derived"


def _service(value: str) -> str:
    """Check the name of a service with interface endpoints."""
    if value == _DERIVED or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+){2,}", value):
        return value
    if value in ("S3", "DYNAMODB"):
        raise validation_error(
            "must be omitted, because each network has a gateway endpoint for it, free of "
            "charge. Remove it"
        )
    # Here, because the CDK's list of services takes a second to import.
    from sagemaker_platform.network.endpoints import close_to_endpoint, is_endpoint

    if not is_endpoint(value):
        raise validation_error(
            "must be derived, a constant of the CDK's InterfaceVpcEndpointAwsService, or the full "
            "name of a service such as com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d4e5f67890"
            f"{close_to_endpoint(value)}"
        )
    return value


def _range(value: str) -> str:
    try:
        return str(ipaddress.IPv4Network(value))
    except ValueError as error:
        raise validation_error(f"must be an IPv4 range such as 10.20.0.0/16 ({error})") from None


def _as_list(value: Any) -> Any:
    if isinstance(value, str) and value not in (_DERIVED, "none"):
        raise validation_error(
            "must be derived, none, or a list such as [derived, BEDROCK_RUNTIME]"
        )
    return {"none": [], _DERIVED: [_DERIVED]}[value] if isinstance(value, str) else value


InterfaceEndpoints = Annotated[
    list[Annotated[str, AfterValidator(_service)]],
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [_DERIVED, "none"]},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
"""Names of services. `derived` stands for the services that the capabilities call."""


class ExistingVpc(Settings):
    """An existing VPC of another team."""

    vpc_id: VpcId
    """ID of the VPC. It must have default tenancy and DNS host names enabled."""
    private_subnet_ids: Annotated[list[SubnetId], Field(min_length=2, max_length=3)]
    """One private subnet per availability zone, in the order of the zones."""
    secondary_cidrs: Annotated[
        list[Annotated[str, AfterValidator(_range)]], Field(max_length=4)
    ] = []
    """Additional IPv4 ranges of the VPC, which can contain subnets. AWS's default quota is four."""


def _ports(value: Any) -> str:
    text = str(value)
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if isinstance(value, bool) or not 1 <= first <= last <= 65535:
        raise validation_error(
            "must be a port from 1 to 65535, or a range in quotes such as '1018-1023'"
        )
    return text


UsedBy = Literal["studio", "jobs", "clusters"]


class EgressSettings(Settings):
    """A connection that apps of Studio, jobs or clusters may open, besides HTTPS.

    Exactly one of cidr, security_group_id and prefix_list_id says to which hosts.
    """

    description: GroupDescription
    """Purpose, such as `Git server`."""
    cidr: Annotated[str, AfterValidator(_range)] | None = None
    """IPv4 range of the hosts."""
    security_group_id: SecurityGroupId | None = None
    """Security group of the hosts."""
    prefix_list_id: PrefixListId | None = None
    """Prefix list with the ranges of the hosts."""
    ports: Annotated[str, BeforeValidator(_ports), WithJsonSchema({"type": ["integer", "string"]})]
    """A port, or a range such as '1018-1023'."""
    protocol: Literal["tcp", "udp"] = "tcp"
    """Protocol."""
    used_by: Annotated[list[UsedBy], Field(min_length=1)] = ["studio", "jobs"]
    """Sources of the connections: Studio apps, jobs and endpoints that people start, or nodes of
    HyperPod clusters."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        hosts = ("cidr", "security_group_id", "prefix_list_id")
        given = [key for key in hosts if getattr(self, key) is not None]
        if len(given) != 1:
            raise validation_error(
                f"must have exactly one of {', '.join(hosts[:-1])} and {hosts[-1]}; it has "
                f"{' and '.join(given) or 'none'}"
            )
        return self

    @property
    def port_range(self) -> tuple[int, int]:
        """The first and the last port."""
        first, _, last = self.ports.partition("-")
        return int(first), int(last or first)


class NetworkSettings(Settings):
    """A private network over two or three availability zones."""

    cidr: Cidr
    """IPv4 range of the VPC, from /16 to /22."""
    availability_zones: Annotated[list[AvailabilityZone], Field(min_length=2, max_length=3)]
    """Names of two or three zones, such as eu-west-1a, or their IDs, such as euw1-az1, which are
    the same in every account. Append zones, but never reorder them."""
    nat_gateways: Literal["none", "one", "one-per-zone"] = "none"
    """NAT gateways, through which the private subnets reach the internet."""
    interface_endpoints: InterfaceEndpoints = [_DERIVED]
    """`derived`: one for each AWS service that the capabilities call from inside the VPC.
    `none`: calls to AWS go through the NAT gateways. A list, such as `[derived,
    BEDROCK_RUNTIME]`, adds services."""
    egress: Annotated[list[EgressSettings], Field(max_length=40)] = []
    """Additional outbound connections, such as to a git server, a proxy or a database."""
    functions_in_vpc: bool = False
    """Whether all Lambda functions of the environment run in the private subnets, as some
    company policies require. Functions of the foundation support this only with `existing`."""
    existing: ExistingVpc | None = None
    """Use this VPC instead of creating one."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        zones = self.availability_zones
        if len(set(zones)) < len(zones):
            raise validation_error("must name each zone once", at="availability_zones", value=zones)
        if len({is_zone_id(zone) for zone in zones}) > 1:
            raise validation_error(
                ("must be only names or only ids, because a name and an id can mean the same zone"),
                at="availability_zones",
                value=zones,
            )
        if self.existing is not None:
            self._check_existing(self.existing)
            return self
        prefix_length = ipaddress.IPv4Network(self.cidr).prefixlen
        if not 16 <= prefix_length <= 22:
            raise validation_error(
                f"must be from /16 to /22; /{prefix_length} is too "
                f"{'small' if prefix_length > 22 else 'large'}",
                at="cidr",
                value=self.cidr,
            )
        if self.nat_gateways == "none" and not self.derives_endpoints:
            raise validation_error(
                "must not be none without NAT gateways, because nothing could call AWS. "
                "Use derived, or set nat_gateways to one or one-per-zone",
                at="interface_endpoints",
                value=self.interface_endpoints or "none",
            )
        return self

    @property
    def derives_endpoints(self) -> bool:
        """Whether the VPC has an endpoint for each service that the capabilities call."""
        return self.existing is None and _DERIVED in self.interface_endpoints

    @property
    def further_endpoints(self) -> list[str]:
        """Services with an endpoint besides those that the capabilities call."""
        return [name for name in self.interface_endpoints if name != _DERIVED]

    def _check_existing(self, existing: ExistingVpc) -> None:
        for key in ("nat_gateways", "interface_endpoints"):
            if key in self.model_fields_set:
                raise validation_error(
                    (
                        "must be omitted with existing, because the owner of the VPC manages "
                        "it. Remove the line"
                    ),
                    at=key,
                    value=getattr(self, key),
                )
        subnets = existing.private_subnet_ids
        if len(subnets) != len(self.availability_zones):
            raise validation_error(
                f"must name one subnet for each of the {len(self.availability_zones)} zones",
                at="existing.private_subnet_ids",
                value=subnets,
            )
        ranges = [ipaddress.IPv4Network(self.cidr)]
        for cidr in existing.secondary_cidrs:
            own = ipaddress.IPv4Network(cidr)
            if other := next((one for one in ranges if one.overlaps(own)), None):
                raise validation_error(
                    f"must not overlap {other}, another range of the VPC",
                    at="existing.secondary_cidrs",
                    value=existing.secondary_cidrs,
                )
            ranges.append(own)
        if len(set(subnets)) < len(subnets):
            raise validation_error(
                "must name each subnet once", at="existing.private_subnet_ids", value=subnets
            )
