"""Settings of the network."""

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import AvailabilityZone, Cidr, Settings, SubnetId, VpcId, validation_error


class ExistingVpc(Settings):
    """A VPC that somebody else owns."""

    vpc_id: VpcId
    """Id of the VPC; default tenancy, DNS host names enabled."""
    private_subnet_ids: Annotated[list[SubnetId], Field(min_length=2, max_length=3)]
    """One private subnet per availability zone, in the order of the zones."""


class NetworkSettings(Settings):
    """A private network over two or three availability zones."""

    cidr: Cidr
    """IPv4 range of the VPC, from /16 to /22."""
    availability_zones: Annotated[list[AvailabilityZone], Field(min_length=2, max_length=3)]
    """Names of two or three zones. Append a zone to grow; never reorder."""
    nat_gateways: Literal["none", "one", "one-per-zone"] = "none"
    """How the private subnets reach the internet."""
    interface_endpoints: Literal["derived", "none"] = "derived"
    """`derived`: one for each AWS service that the capabilities of this environment call
    from inside the VPC. `none`: AWS is reached through the NAT gateways."""
    existing: ExistingVpc | None = None
    """Use this VPC instead of creating one."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        zones = self.availability_zones
        if len(set(zones)) < len(zones):
            raise validation_error("names a zone twice", at="availability_zones", value=zones)
        if self.existing is not None:
            self._check_existing(self.existing)
            return self
        prefix_length = ipaddress.IPv4Network(self.cidr).prefixlen
        if not 16 <= prefix_length <= 22:
            raise validation_error(
                f"must be from /16 to /22: a VPC of /{prefix_length} is too "
                f"{'small' if prefix_length > 22 else 'large'}",
                at="cidr",
                value=self.cidr,
            )
        if self.nat_gateways == "none" and self.interface_endpoints == "none":
            raise validation_error(
                "leaves no way to AWS without NAT gateways: use derived, or give "
                "nat_gateways one or one-per-zone",
                at="interface_endpoints",
                value=self.interface_endpoints,
            )
        return self

    def _check_existing(self, existing: ExistingVpc) -> None:
        for key in ("nat_gateways", "interface_endpoints"):
            if key in self.model_fields_set:
                raise validation_error(
                    "belongs to the owner of the existing VPC: remove the line",
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
        if len(set(subnets)) < len(subnets):
            raise validation_error(
                "names a subnet twice", at="existing.private_subnet_ids", value=subnets
            )
