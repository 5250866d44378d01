"""A network of an existing `ec2.IVpc`."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2

from sagemaker_platform.network.interface import INetwork


@dataclass(frozen=True, kw_only=True)
class _ExistingVpc:
    vpc: ec2.IVpc
    cidrs: Sequence[str]
    first_zone: str
    private_subnet_ids: Sequence[str]


def network_of(vpc: ec2.IVpc, *, secondary_cidrs: Sequence[str] = ()) -> INetwork:
    """Return a VPC as a network, which constructs of this package take.

    Its private subnets are those with a route to the internet through NAT; if there are none,
    its isolated subnets.

    Args:
        vpc: a VPC of your app, or one from `ec2.Vpc.from_lookup`.
        secondary_cidrs: its further IPv4 ranges, which the CDK does not know.

    Raises:
        ValueError: the VPC has no private and no isolated subnets.
    """
    subnets = vpc.private_subnets or vpc.isolated_subnets
    if not subnets:
        raise ValueError(
            f"{vpc.node.path}: got a VPC without private or isolated subnets; must have at least "
            "one. Import it with its private subnets"
        )
    return _ExistingVpc(
        vpc=vpc,
        cidrs=[vpc.vpc_cidr_block, *secondary_cidrs],
        first_zone=subnets[0].availability_zone,
        private_subnet_ids=[subnet.subnet_id for subnet in subnets],
    )
