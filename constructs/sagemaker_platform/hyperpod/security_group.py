"""The network of a cluster's nodes."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.network import EgressRule, INetwork, allow_among_members, network_of


@checks_types
class ClusterSecurityGroup(Construct):
    """A security group for the nodes of one cluster, made for EFA.

    Nodes reach each other on all protocols, in both directions, and the world by HTTPS only;
    file systems add their own rules, and ``egress`` opens more.

    Args:
        network: the VPC.
        ports_in_vpc: further TCP ports that nodes reach in the VPC, with what they are for.
        egress: further connections that nodes may open.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        network: INetwork | ec2.IVpc,
        ports_in_vpc: Mapping[int, str] | None = None,
        egress: Sequence[EgressRule] = (),
    ) -> None:
        require_each("egress", egress, EgressRule)
        super().__init__(scope, id)
        network = network_of(network)
        self.security_group = ec2.SecurityGroup(
            self,
            "Resource",
            vpc=network.vpc,
            description=f"Nodes of a HyperPod cluster, {self.node.path}",
            allow_all_outbound=False,
        )
        self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS")
        for port, purpose in (ports_in_vpc or {}).items():
            for cidr in network.cidrs:
                self.security_group.add_egress_rule(
                    ec2.Peer.ipv4(cidr), ec2.Port.tcp(port), purpose
                )
        for rule in egress:
            rule.add_to(self.security_group)
        allow_among_members(self, self.security_group, description="Nodes among themselves")
