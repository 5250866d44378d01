"""An EKS cluster of others that HyperPod nodes join."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.hyperpod.kubernetes.api import KubernetesApi
from sagemaker_platform.hyperpod.kubernetes.control_plane import let_control_plane_reach
from sagemaker_platform.network import INetwork, network_of


@checks_types
class ExistingKubernetesCluster(KubernetesApi):
    """An EKS cluster that is there already, for one HyperPod cluster.

    Its owner keeps it private, encrypted, logged and up to date, and installs the VPC CNI,
    kube-proxy, CoreDNS and the agent of pod identities. It must accept access entries
    (authentication mode ``API`` or ``API_AND_CONFIG_MAP``). Its security group gets rules for
    nodes, and for the function that runs kubectl.

    Attributes:
        name: name of the cluster.
        arn: its ARN.
        nodes: security group of the nodes.
        kubectl: runs kubectl and Helm.

    Args:
        arn: its ARN, in the account and region of the stack.
        security_group_id: security group of its control plane.
        provider_arn: ARN of the IAM OpenID Connect provider for tokens of its service accounts,
            which the inference operator requires. Defaults to none.
        network: the VPC.
        nodes: security group of the nodes, which the control plane is let into.
        key: encrypts logs.
        log_retention_days: how long logs of kubectl are kept.
        registries: ARNs of the ECR repositories that `install_chart` may pull charts from.
            Defaults to none: no chart can be installed.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        arn: str,
        security_group_id: str,
        network: INetwork | ec2.IVpc,
        nodes: ec2.ISecurityGroup,
        key: kms.IKey,
        log_retention_days: int,
        provider_arn: str | None = None,
        registries: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        self.arn = self.arn_reference = arn
        self.name = self.reference = arn.rpartition("/")[2]
        self.provider_arn = provider_arn
        # The provider is called like the address.
        self.issuer_url = f"https://{(provider_arn or '').partition(':oidc-provider/')[2]}"
        self.nodes = nodes
        self.security_group = ec2.SecurityGroup.from_security_group_id(
            self, "SecurityGroup", security_group_id
        )
        self.security_group.add_ingress_rule(nodes, ec2.Port.tcp(443), "HTTPS from nodes")
        let_control_plane_reach(nodes, self.security_group)
        self._install(
            network=network,
            key=key,
            log_retention_days=log_retention_days,
            registries=registries,
        )
        self.security_group.add_ingress_rule(
            self.kubectl.security_group, ec2.Port.tcp(443), "HTTPS from kubectl"
        )
