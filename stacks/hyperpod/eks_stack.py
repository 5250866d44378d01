"""Wires one HyperPod cluster with EKS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.hyperpod import (
    ClusterAlarms,
    ClusterSecurityGroup,
    EksOrchestrator,
    HyperPodCluster,
    InstanceRole,
    LifecycleScripts,
    Thresholds,
    dashboard,
    list_clusters,
    see_cluster,
)
from sagemaker_platform.hyperpod.alarms import HasWidgets
from sagemaker_platform.hyperpod.eks_add_ons import (
    EVERYBODY,
    AddOnTarget,
    team_group,
    team_namespace,
)
from sagemaker_platform.hyperpod.kubernetes import (
    NODE_SCRIPT,
    Chart,
    KubernetesCluster,
    chart_repository_arn,
    node_statements,
)
from sagemaker_platform.network import INetwork
from sagemaker_platform.security import AccessPolicy, Allow
from stacks.base import KEEP, EnvironmentStack
from stacks.hyperpod import groups
from stacks.hyperpod.add_ons import HyperPodAddOns
from stacks.hyperpod.eks_settings import DependenciesChartSettings, EksClusterSettings
from stacks.hyperpod.file_systems import lustre_file_system
from stacks.settings import EnvironmentSettings

if TYPE_CHECKING:
    from stacks.lakehouse.stack import LakehouseStack

# They run on each node and so need none to be there; CoreDNS does.
_BEFORE_NODES = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")


class EksClusterStack(EnvironmentStack):
    """An EKS cluster, the HyperPod cluster on it, and who may use both.

    In this order, and deleted in the opposite one: the EKS cluster, the add-ons that run on each
    node, AWS's chart, the HyperPod cluster, and add-ons that need nodes.

    Attributes:
        kubernetes: the EKS cluster.
        hyperpod: the HyperPod cluster; what needs nodes is made after it.
        lustre: its file system, None without one.
        nodes: security group of the nodes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentSettings,
        settings: EksClusterSettings,
        destroy_data: bool,
        network: INetwork,
        key: kms.IKey,
        alarm_topic: sns.ITopic,
        artifacts: DataBucket,
        lakehouse: LakehouseStack | None,
        scripts: LifecycleScripts,
        access_logs: s3.IBucket,
        roles: Mapping[str, iam.IRole],
    ) -> None:
        super().__init__(
            scope, id, environment=environment, description=f"HyperPod cluster {settings.name}"
        )
        self._environment = environment
        self._settings = settings
        name = f"{environment.name}-{settings.name}"
        zones = environment.network.availability_zones
        subnets = dict(zip(zones, network.private_subnet_ids, strict=True))
        home = settings.zone(zones)
        self.nodes = ClusterSecurityGroup(self, "Nodes", network=network).security_group
        self.lustre = lustre_file_system(
            self,
            settings.lustre,
            network=network,
            subnet_id=subnets[home],
            nodes=self.nodes,
            key=key,
            lakehouse=lakehouse,
            removal_policy=RemovalPolicy.DESTROY if destroy_data else KEEP,
        )
        alarms = ClusterAlarms(
            self,
            "Alarms",
            cluster_name=name,
            thresholds=Thresholds(**settings.alarms.model_dump()),
            topic=alarm_topic,
            lustre=self.lustre,
        )
        chart = settings.dependencies_chart
        self.kubernetes = KubernetesCluster(
            self,
            "Kubernetes",
            name=name,
            version=settings.kubernetes_version,
            network=network,
            nodes=self.nodes,
            key=key,
            log_retention_days=environment.log_retention_days,
            removal_policy=self.removal_policy,
            deletion_protection=environment.removal_policy == "retain",
            registries=[chart_repository_arn(self, chart.repository)],
        )
        early = [self.kubernetes.add_on(add_on) for add_on in _BEFORE_NODES]
        dependencies = self.kubernetes.install_chart("Dependencies", _chart(chart), after=early)
        self.hyperpod = HyperPodCluster(
            self,
            "HyperPod",
            name=name,
            orchestrator=EksOrchestrator(cluster_arn=self.kubernetes.resource.attr_arn),
            instance_groups=[
                groups.instance_group(
                    group,
                    subnet_id=None
                    if group.availability_zone in (None, home)
                    else subnets[group.availability_zone],
                    script=scripts.script(settings.name, NODE_SCRIPT, event="OnCreate"),
                    alarm=alarms.unhealthy_nodes,
                )
                for group in settings.instance_groups
            ],
            subnet_id=subnets[home],
            security_group=self.nodes,
            role=InstanceRole(
                self,
                "InstanceRole",
                cluster_name=name,
                key=key,
                files=artifacts,
                scripts=scripts.bucket,
                statements=node_statements(self, cluster_name=name),
            ).role,
            key=key,
            continuous=settings.node_provisioning_mode == "continuous",
            node_recovery=settings.node_recovery == "automatic",
        )
        # Rules of security groups are resources of their own.
        self.hyperpod.after(dependencies, self.node.find_child("Nodes"), *early)
        coredns = self.kubernetes.add_on("coredns", after=[self.hyperpod])
        add_ons = HyperPodAddOns(
            self,
            "AddOns",
            settings=settings,
            target=AddOnTarget(
                name=name,
                arn=self.kubernetes.arn,
                issuer_url=self.kubernetes.resource.attr_open_id_connect_issuer_url,
                cluster=self.hyperpod.resource,
                cluster_name=name,
                security_group_ids=[self.nodes.security_group_id],
                after=[coredns],
            ),
            kubernetes=self.kubernetes,
            network=network,
            key=key,
            access_logs=access_logs,
            alarm_topic=alarm_topic,
            log_retention_days=environment.log_retention_days,
            removal_policy=self.removal_policy,
        )
        watched: list[HasWidgets] = [alarms]
        if add_ons.task_metrics is not None:
            watched.append(add_ons.task_metrics)
        dashboard(self, "Dashboard", name=f"{name}-hyperpod", clusters=watched)
        self._give_access(roles)
        CfnOutput(self, "Name", value=name)
        CfnOutput(self, "Arn", value=self.hyperpod.resource.attr_cluster_arn)
        CfnOutput(self, "KubernetesArn", value=self.kubernetes.resource.attr_arn)

    def _give_access(self, roles: Mapping[str, iam.IRole]) -> None:
        """Let personas in: administrators everywhere, users of HyperPod to see."""
        users = []
        for name, persona in self._environment.all_personas.items():
            activities = persona.activities or ()
            entry = f"{name.title().replace('_', '')}Access"
            if "administer" in activities:
                self.kubernetes.allow(entry, roles[name].role_arn, "AmazonEKSClusterAdminPolicy")
            elif "use_hyperpod" in activities:
                self._let_in(entry, name, roles[name])
            if "use_hyperpod" in activities:
                users.append(roles[name])
        if not users:
            return
        policy = AccessPolicy(
            self,
            "UseHyperpodPolicy",
            description="The activity use_hyperpod",
            statements=[
                list_clusters(),
                *see_cluster(self.hyperpod.resource),
                Allow(
                    actions=["eks:AccessKubernetesApi", "eks:DescribeCluster"],
                    resources=[self.kubernetes.arn],
                ),
            ],
        )
        for role in users:
            policy.managed_policy.attach_to_role(role)

    def _let_in(self, entry: str, persona: str, role: iam.IRole) -> None:
        """Let a persona into the namespaces of its teams; without any team, let it look."""
        governance = self._settings.task_governance
        if governance is None or not governance.teams:
            self.kubernetes.allow(entry, role.role_arn, "AmazonEKSViewPolicy")
            return
        teams = [team.name for team in governance.teams if persona in team.personas]
        self.kubernetes.allow(
            entry,
            role.role_arn,
            "AmazonEKSEditPolicy" if teams else None,
            namespaces=[team_namespace(team) for team in teams],
            groups=[EVERYBODY, *(team_group(team) for team in teams)],
        )


def _chart(settings: DependenciesChartSettings) -> Chart:
    return Chart(
        repository=settings.repository,
        version=settings.version,
        # What HyperPod looks for.
        release="hyperpod-dependencies",
        namespace="kube-system",
    )
