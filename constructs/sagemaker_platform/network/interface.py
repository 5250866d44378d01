"""What a network is to those who use it."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from aws_cdk import aws_ec2 as ec2


@runtime_checkable
class INetwork(Protocol):
    """What other constructs need of a network."""

    @property
    def vpc(self) -> ec2.IVpc:
        """The VPC."""
        ...

    @property
    def cidrs(self) -> Sequence[str]:
        """The VPC's IPv4 ranges, the primary one first."""
        ...

    @property
    def first_zone(self) -> str:
        """Name of the zone of the first private subnet."""
        ...

    @property
    def private_subnet_ids(self) -> Sequence[str]:
        """The private subnets, one per zone."""
        ...
