"""Security groups of file systems, and their rules."""

from collections.abc import Iterable

from aws_cdk import CfnResource, RemovalPolicy, Tags
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sagemaker_platform.network import INetwork
from sagemaker_platform.security import STUDIO_GROUP_TAG, acknowledge, in_compliance_packs

LUSTRE_PORTS = ((988, 988), (1018, 1023))
# Port mapper, NFS, and its helpers (AWS: "File system access control with Amazon VPC").
NFS_PORTS = ((111, 111), (2049, 2049), (20001, 20003))


def studio_clients(
    lustre: Construct, network: INetwork, servers: ec2.ISecurityGroup
) -> ec2.SecurityGroup:
    """Make one group for all apps, so that a file system does not need rules for each user."""
    scope = Construct(lustre, "Studio")
    group = ec2.SecurityGroup(
        scope,
        "Clients",
        vpc=network.vpc,
        description=f"Apps of Studio with {lustre.node.path}",
        allow_all_outbound=False,
    )
    # So that no job gets into it.
    Tags.of(group).add(STUDIO_GROUP_TAG, "true")
    open_ports(scope, servers, group, ports=LUSTRE_PORTS, both_ways=True)
    return group


def server_group(scope: Construct, network: INetwork, what: str) -> ec2.SecurityGroup:
    """Make the security group of the servers of a file system."""
    return ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=network.vpc,
        description=f"Servers of {what}, {scope.node.path}",
        allow_all_outbound=False,
    )


def keep_with_data(scope: Construct, policy: RemovalPolicy) -> None:
    """Keep what a scope has so far as long as the file system, whose interfaces use it.

    EC2 refuses to delete a security group of an interface. Rules that name the group of the
    nodes come later and are deleted, or the nodes' group could not be.
    """
    for child in scope.node.find_all():
        if isinstance(child, CfnResource):
            child.apply_removal_policy(policy)


def open_ports(
    scope: Construct,
    servers: ec2.ISecurityGroup,
    clients: ec2.ISecurityGroup,
    *,
    ports: Iterable[tuple[int, int]] | None,
    both_ways: bool = False,
) -> None:
    """Let clients reach servers: on ports, or on everything, which EFA needs.

    Servers of Lustre call their clients, too (AWS: "File system access control with Amazon VPC").
    """
    server_id, client_id = servers.security_group_id, clients.security_group_id
    _allow(scope, "Nodes", server_id, client_id, "Servers", ports)
    if both_ways:
        _allow(scope, "Servers", client_id, server_id, "Nodes", ports)


def _allow(
    scope: Construct,
    callers: str,
    called_id: str,
    caller_id: str,
    called: str,
    ports: Iterable[tuple[int, int]] | None,
) -> None:
    rules: list[tuple[str, str, int | None, int | None]] = (
        [("All", "-1", None, None)]
        if ports is None
        else [(f"Tcp{first}", "tcp", first, last) for first, last in ports]
    )
    description = f"{callers} to {called.lower()} of {scope.node.id}"
    for name, protocol, first, last in rules:
        ingress = ec2.CfnSecurityGroupIngress(
            scope,
            f"{name}From{callers}",
            group_id=called_id,
            source_security_group_id=caller_id,
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            description=description,
        )
        if ports is None:
            acknowledge(
                ingress,
                in_compliance_packs("EC2RestrictedCommonPorts"),
                reason="Only between a file system and the nodes of one cluster, for EFA.",
            )
        ec2.CfnSecurityGroupEgress(
            scope,
            f"{name}To{called}",
            group_id=caller_id,
            destination_security_group_id=called_id,
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            description=description,
        )
