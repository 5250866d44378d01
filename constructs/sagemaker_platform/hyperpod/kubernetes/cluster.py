"""An EKS cluster that HyperPod nodes join."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import encrypted_log_group
from sagemaker_platform.hyperpod.kubernetes.api import KubernetesApi
from sagemaker_platform.hyperpod.kubernetes.control_plane import (
    control_plane_group,
    control_plane_role,
)
from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import acknowledge

_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@checks_types
class KubernetesCluster(KubernetesApi):
    """An EKS cluster for one HyperPod cluster, without EKS node groups.

    Its API has a private endpoint only, which the whole VPC can reach; access entries
    decide who may use it. The control plane is in two zones; nodes may be in any. Secrets are
    encrypted with the environment's key, and all logs of the control plane are kept. Pods get
    roles by EKS Pod Identity, so there is no OpenID Connect provider.

    EKS does not refuse to delete it, or a first deploy that fails could not be rolled back:
    protect the stack.

    L1 and not the CDK's `eks.Cluster`, which has neither zonal shift nor a support type.

    Attributes:
        name: name of the cluster.
        arn: its ARN.
        resource: the cluster.
        nodes: security group of the nodes.
        kubectl: runs kubectl and Helm.

    Args:
        name: name of the cluster, unique in account and region; it never changes.
        version: of Kubernetes, such as ``1.34``; only ever one higher than before.
        network: the VPC.
        nodes: security group of the nodes, which the control plane is let into.
        key: encrypts secrets and logs; it never changes.
        log_retention_days: how long logs of the control plane are kept.
        removal_policy: of these logs.
        extended_support: whether the version stays, at a higher price, when its standard support
            ends; else EKS upgrades it.
        zonal_shift: whether traffic within the cluster may be led away from a zone.
        subnet_ids: of the control plane, in two zones, which never change. EKS refuses the
            zones ``ZONES_WITHOUT_CONTROL_PLANE`` of the catalog. Defaults to the first two
            private subnets.
        registries: ARNs of the ECR repositories that `install_chart` may pull charts from;
            `chart_repository_arn` returns the ARN of a repository. Defaults to none:
            no chart can be installed.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        version: str,
        network: INetwork | ec2.IVpc,
        nodes: ec2.ISecurityGroup,
        key: kms.IKey,
        log_retention_days: int,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
        extended_support: bool = False,
        zonal_shift: bool = True,
        subnet_ids: Sequence[str] = (),
        registries: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        self.name = name
        self.nodes = nodes
        # By name, so that roles that the cluster needs can speak of it.
        self.arn = Stack.of(self).format_arn(service="eks", resource="cluster", resource_name=name)
        self.security_group = control_plane_group(self, network=network, nodes=nodes)
        logs = encrypted_log_group(
            self,
            "Logs",
            name=f"/aws/eks/{name}/cluster",
            key=key,
            retention_days=log_retention_days,
            removal_policy=removal_policy,
        )
        cfn = eks.CfnCluster
        self.resource = cfn(
            self,
            "Resource",
            name=name,
            version=version,
            role_arn=control_plane_role(self, key=key, cluster_arn=self.arn).role_arn,
            resources_vpc_config=cfn.ResourcesVpcConfigProperty(
                # Two, which is all it takes: EKS refuses subnets of zones that it was not created
                # with, and networks get a third one later.
                subnet_ids=list(subnet_ids or network.private_subnet_ids[:2]),
                security_group_ids=[self.security_group.security_group_id],
                endpoint_private_access=True,
                endpoint_public_access=False,
            ),
            access_config=cfn.AccessConfigProperty(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            # All add-ons are EKS's, in versions of ours.
            bootstrap_self_managed_addons=False,
            encryption_config=[
                cfn.EncryptionConfigProperty(
                    provider=cfn.ProviderProperty(key_arn=key.key_arn), resources=["secrets"]
                )
            ],
            logging=cfn.LoggingProperty(
                cluster_logging=cfn.ClusterLoggingProperty(
                    enabled_types=[cfn.LoggingTypeConfigProperty(type=kind) for kind in _LOGS]
                )
            ),
            upgrade_policy=cfn.UpgradePolicyProperty(
                support_type="EXTENDED" if extended_support else "STANDARD"
            ),
            zonal_shift_config=cfn.ZonalShiftConfigProperty(enabled=zonal_shift),
        )
        acknowledge(
            self.resource,
            ["CloudFormation Validate::W9009"],
            reason="Deprecated, since it has one value only, which EKS's API still documents.",
        )
        # Or EKS would make the log group first.
        self.resource.node.add_dependency(logs)
        self.reference = self.resource.ref
        self.arn_reference = self.resource.attr_arn
        self.issuer_url = self.resource.attr_open_id_connect_issuer_url
        self._install(
            network=network,
            key=key,
            log_retention_days=log_retention_days,
            registries=registries,
        )
