"""Security groups of Studio's apps."""

from functools import cache

from aws_cdk import Tags
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sagemaker_platform.network import INetwork
from sagemaker_platform.security import STUDIO_GROUP_TAG


def security_group(
    scope: Construct,
    id: str,
    *,
    network: INetwork,
    description: str,
    name: str | None = None,
    lustre: bool = False,
) -> ec2.SecurityGroup:
    """Make a group of apps that may call out by HTTPS, and NFS in the VPC.

    HTTPS is open to any address because the gateway endpoint of S3 routes to public
    ones; in a network without NAT nothing else answers.
    With ``lustre`` it may reach FSx for Lustre in the VPC too.
    """
    group = ec2.SecurityGroup(
        scope,
        id,
        vpc=network.vpc,
        security_group_name=name,
        description=description,
        allow_all_outbound=False,
    )
    # So that no job gets into it: jobs may only join groups without this tag.
    Tags.of(group).add(STUDIO_GROUP_TAG, "true")
    group.add_egress_rule(_anywhere(), _tcp(443), "HTTPS")
    for vpc in map(_range, network.cidrs):
        group.add_egress_rule(vpc, _tcp(2049), "NFS in the VPC")
        if lustre:
            # (AWS: "File system access control with Amazon VPC" in the FSx for Lustre guide.)
            group.add_egress_rule(vpc, _tcp(988), "Lustre in the VPC")
            group.add_egress_rule(vpc, ec2.Port.tcp_range(1018, 1023), "Lustre in the VPC, replies")
    return group


def reach_itself(group: ec2.SecurityGroup) -> None:
    """Let the apps of a group reach each other, as apps of one user or space have to.

    (AWS: "Connect Studio in a VPC to external resources".)
    """
    group.connections.allow_internally(
        ec2.Port.tcp_range(8192, 65535), "Apps of the same user among themselves"
    )


@cache
def _anywhere() -> ec2.IPeer:
    return ec2.Peer.any_ipv4()


@cache
def _range(cidr: str) -> ec2.IPeer:
    return ec2.Peer.ipv4(cidr)


@cache
def _tcp(port: int) -> ec2.Port:
    return ec2.Port.tcp(port)
