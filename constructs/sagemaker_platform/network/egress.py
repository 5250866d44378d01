"""Connections that members of a security group may open, besides HTTPS."""

from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_ec2 as ec2

from sagemaker_platform.arguments import checks_types


@checks_types
@dataclass(frozen=True, kw_only=True)
class EgressRule:
    """A connection to your hosts, such as a git server, a proxy or a directory.

    The hosts must accept it: a security group of theirs needs the rule for incoming traffic.

    Args:
        description: what it is for; EC2 accepts letters, digits, spaces and
            ``. _-:/()#,@[]+=&;{}!$*``.
        from_port: first port.
        to_port: last port.
        protocol: ``tcp`` or ``udp``.
        cidr: IPv4 range of the hosts.
        security_group_id: security group of the hosts.
        prefix_list_id: prefix list with the ranges of the hosts.

    Raises:
        ValueError: not exactly one of the three kinds of hosts is given, or the ports are not
            from 1 to 65535 in ascending order.
    """

    description: str
    from_port: int
    to_port: int
    protocol: Literal["tcp", "udp"] = "tcp"
    cidr: str | None = None
    security_group_id: str | None = None
    prefix_list_id: str | None = None

    def __post_init__(self) -> None:
        hosts = (self.cidr, self.security_group_id, self.prefix_list_id)
        if sum(one is not None for one in hosts) != 1:
            raise ValueError(
                "expected exactly one of cidr, security_group_id and prefix_list_id, got "
                f"{', '.join(map(str, hosts))}"
            )
        if not 1 <= self.from_port <= self.to_port <= 65535:
            raise ValueError(
                "expected ports from 1 to 65535 in ascending order, got "
                f"{self.from_port}-{self.to_port}"
            )

    def add_to(self, group: ec2.SecurityGroup) -> None:
        """Let members of a security group open the connection."""
        ports = (
            ec2.Port.tcp_range(self.from_port, self.to_port)
            if self.protocol == "tcp"
            else ec2.Port.udp_range(self.from_port, self.to_port)
        )
        group.add_egress_rule(self._hosts(), ports, self.description)

    def _hosts(self) -> ec2.IPeer:
        if self.cidr is not None:
            return ec2.Peer.ipv4(self.cidr)
        if self.prefix_list_id is not None:
            return ec2.Peer.prefix_list(self.prefix_list_id)
        return ec2.Peer.security_group_id(str(self.security_group_id))
