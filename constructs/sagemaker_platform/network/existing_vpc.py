"""A network of an existing `ec2.IVpc`."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.network.interface import INetwork


@dataclass(frozen=True, kw_only=True)
class _ExistingVpc:
    vpc: ec2.IVpc
    cidrs: Sequence[str]
    first_zone: str
    private_subnet_ids: Sequence[str]


@checks_types
def network_of(network: INetwork | ec2.IVpc) -> INetwork:
    """Return a network, or the network of a VPC.

    The private subnets of a VPC are those with a route to the internet through NAT; if there are
    none, its isolated subnets. The CDK knows only its primary IPv4 range: for a VPC with further
    ranges, use `ImportedNetwork`.

    Args:
        network: a network, a VPC of your app, or one from `ec2.Vpc.from_lookup`.

    Raises:
        TypeError: it is neither a network nor a VPC.
        ValueError: the VPC has no private and no isolated subnets.
    """
    if isinstance(network, INetwork):
        return network
    subnets = network.private_subnets or network.isolated_subnets
    if not subnets:
        raise ValueError(
            f"{network.node.path}: got a VPC without private or isolated subnets; must have at "
            "least one. Import it with its private subnets"
        )
    return _ExistingVpc(
        vpc=network,
        cidrs=[network.vpc_cidr_block],
        first_zone=subnets[0].availability_zone,
        private_subnet_ids=[subnet.subnet_id for subnet in subnets],
    )
