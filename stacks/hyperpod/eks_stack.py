"""Wires one HyperPod cluster with EKS."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_platform.hyperpod import (
    ClusterAlarms,
    ClusterSecurityGroup,
    EksOrchestrator,
    HyperPodCluster,
    LifecycleScripts,
    SharedRestrictedStorage,
    Thresholds,
    TieredStorage,
    dashboard,
)
from sagemaker_platform.hyperpod.alarms import HasWidgets
from sagemaker_platform.hyperpod.eks_add_ons import (
    EVERYBODY,
    USERS,
    USERS_NAMESPACE,
    AddOnTarget,
    team_group,
    team_namespace,
    user_manifests,
)
from sagemaker_platform.hyperpod.kubernetes import (
    NODE_SCRIPT,
    AutoscalerRole,
    add_on_roles,
    add_on_values,
    home_volume,
    lustre_volume,
    node_pool,
    node_statements,
)
from sagemaker_platform.security import pull_images, repository_of
from stacks.base import KEEP, EnvironmentStack
from stacks.hyperpod import mapping
from stacks.hyperpod.add_on_mapping import HyperPodAddOns
from stacks.hyperpod.cluster_settings import GroupSettings
from stacks.hyperpod.eks_settings import (
    EARLY_ADD_ONS,
    LATE_ADD_ONS,
    EksClusterSettings,
)
from stacks.hyperpod.kubernetes_mapping import dependencies, kubernetes_cluster
from stacks.hyperpod.role_mapping import node_role
from stacks.hyperpod.storage_mapping import for_studio, home_file_system, lustre_file_system
from stacks.hyperpod.zone_rules import control_plane_warnings
from stacks.names import pascal_case
from stacks.shared import SharedResources
from stacks.teams import tag_team

if TYPE_CHECKING:
    from sagemaker_platform.studio import FileSystem
    from stacks.access.stack import AccessStack
    from stacks.hyperpod.recipes_settings import RecipesSettings
    from stacks.lakehouse.stack import LakehouseStack


class EksClusterStack(EnvironmentStack):
    """An EKS cluster, the HyperPod cluster on it, and who may use both.

    In this order, and deleted in the opposite one: the EKS cluster, the add-ons that run on each
    node, AWS's chart, the HyperPod cluster, and add-ons that need nodes.

    Attributes:
        kubernetes: the EKS cluster.
        hyperpod: the HyperPod cluster; what needs nodes is made after it.
        lustre: its file system, None without one.
        for_studio: the file system for apps of Studio, by the cluster's name, if they mount it.
        nodes: security group of the nodes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: EksClusterSettings,
        recipes: RecipesSettings | None,
        destroy_data: bool,
        lakehouse: LakehouseStack | None,
        scripts: LifecycleScripts,
        mounted_in_studio: Collection[str],
        access: AccessStack | None,
    ) -> None:
        environment, network, key = shared.environment, shared.network, shared.key
        artifacts, access_logs, alarm_topic = (
            shared.artifacts.bucket,
            shared.access_logs,
            shared.alarm_topic,
        )
        super().__init__(
            scope, id, environment=environment, description=f"HyperPod cluster {settings.name}"
        )
        tag_team(self, settings.team)
        self._settings = settings
        zones = environment.availability_zones
        for text in (
            *settings.warnings(),
            *(() if settings.existing else control_plane_warnings(zones, environment.region)),
        ):
            self.warn(text)
        self._recipes = recipes
        name = f"{environment.name}-{settings.name}"
        subnets = dict(zip(zones, network.private_subnet_ids, strict=True))
        home = settings.zone(zones)
        self.nodes = ClusterSecurityGroup(
            self, "Nodes", network=network, egress=shared.egress["clusters"]
        ).security_group
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
        self._homes = home_file_system(
            self,
            settings.homes,
            network=network,
            subnet_id=subnets[home],
            nodes=self.nodes,
            key=key,
            removal_policy=RemovalPolicy.DESTROY if destroy_data else KEEP,
        )
        self.for_studio: dict[str, FileSystem] = {}
        if self.lustre is not None and settings.name in mounted_in_studio:
            self.for_studio[settings.name] = for_studio(self.lustre)
        alarms = ClusterAlarms(
            self,
            "Alarms",
            cluster_name=name,
            thresholds=Thresholds(**settings.alarms.model_dump()),
            topic=alarm_topic,
            lustre=self.lustre,
            homes=self._homes,
        )
        self.kubernetes = kubernetes_cluster(
            self, settings, name=name, shared=shared, nodes=self.nodes, subnets=subnets
        )
        early: list[IDependable] = (
            [] if settings.existing else [self._add_on(add_on) for add_on in EARLY_ADD_ONS]
        )
        if settings.dependencies_chart is not None:
            chart = dependencies(settings.dependencies_chart, environment.region)
            early.append(self.kubernetes.install_chart("Dependencies", chart, after=early))
        role = node_role(
            self,
            settings.node_role,
            cluster_name=name,
            key=key,
            files=artifacts,
            scripts=scripts.bucket,
            statements=[
                *node_statements(self, cluster_name=self.kubernetes.name),
                *(pull_images([repository_of(self, self._recipes.image)]) if self._recipes else ()),
            ],
        )
        tiered, restricted = settings.tiered_storage, settings.restricted_storage
        script = scripts.script(settings.name, NODE_SCRIPT, event="OnCreate")

        def subnet(group: GroupSettings) -> str | None:
            zone = group.availability_zone
            return None if zone in (None, home) else subnets[zone]

        self.hyperpod = HyperPodCluster(
            self,
            "HyperPod",
            name=name,
            orchestrator=EksOrchestrator(cluster_arn=self.kubernetes.arn_reference),
            instance_groups=[
                mapping.eks_group(
                    group, subnet_id=subnet(group), script=script, alarm=alarms.unhealthy_nodes
                )
                for group in settings.instance_groups
            ],
            restricted_groups=[
                mapping.restricted_group(group, subnet_id=subnet(group))
                for group in settings.restricted_instance_groups
            ],
            shared_storage=SharedRestrictedStorage(**restricted.model_dump())
            if restricted
            else None,
            subnet_id=subnets[home],
            security_group=self.nodes,
            security_group_ids=settings.security_group_ids,
            role=role,
            key=key,
            continuous=settings.node_provisioning_mode == "continuous",
            node_recovery=settings.node_recovery == "automatic",
            tiered_storage=TieredStorage(memory_percentage=tiered.memory_percent)
            if tiered
            else None,
            autoscaler_role=AutoscalerRole(self, "AutoscalerRole", key=key).role
            if settings.autoscaling
            else None,
        )
        # Rules of security groups are resources of their own.
        self.hyperpod.node.add_dependency(
            self.node.find_child("Nodes"),
            *early,
            *([self.lustre] if self.lustre is not None else []),
        )
        late = self._after_nodes(key, artifacts)
        add_ons = HyperPodAddOns(
            self,
            "AddOns",
            settings=settings,
            target=AddOnTarget(
                name=self.kubernetes.name,
                arn=self.kubernetes.arn,
                issuer_url=self.kubernetes.issuer_url,
                provider_arn=self.kubernetes.provider_arn,
                cluster=self.hyperpod.resource,
                cluster_name=name,
                security_group_ids=[self.nodes.security_group_id],
                after=late,
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
        self._claim_volumes(add_ons.quotas)
        self._give_access(access)
        CfnOutput(self, "Name", value=name)
        CfnOutput(self, "Arn", value=self.hyperpod.resource.attr_cluster_arn)
        CfnOutput(self, "KubernetesArn", value=self.kubernetes.arn_reference)

    def _add_on(self, name: str, **arguments: Any) -> eks.CfnAddon:
        return self.kubernetes.add_on(
            name,
            version=self._settings.add_on_versions.get(name),
            values=add_on_values(name, restricted=bool(self._settings.restricted_instance_groups)),
            **arguments,
        )

    def _after_nodes(self, key: kms.IKey, files: s3.IBucket) -> list[IDependable]:
        """Install what gets active only once there are nodes, and return it."""
        needed: list[IDependable] = [self.hyperpod]
        for name in () if self._settings.existing else LATE_ADD_ONS:
            needed.append(self._add_on(name, after=needed))
        found = list(needed[1:])
        for name in self._settings.installed_add_ons:
            roles = add_on_roles(
                self.kubernetes,
                name,
                hyperpod_arn=self.hyperpod.resource.attr_cluster_arn,
                key=key,
                files=files,
            )
            found.append(self._add_on(name, after=needed, roles=roles))
        scaling = self._settings.autoscaling
        if scaling is not None:
            scaled = [group.name for group in self._settings.instance_groups if group.autoscaled]
            self.kubernetes.apply(
                "NodePool", *node_pool(scaled, **scaling.model_dump()), after=[self.hyperpod]
            )
        return found

    def _claim_volumes(self, quotas: Mapping[str, IDependable]) -> None:
        """Make volumes of the file systems, and their claims: for each team, or for all."""
        namespaces: Mapping[str, IDependable] = {
            team_namespace(team): quota for team, quota in quotas.items()
        } or {USERS_NAMESPACE: self.hyperpod}
        for namespace, there in namespaces.items():
            volumes = [
                *(lustre_volume(self.lustre, namespace) if self.lustre else ()),
                *(home_volume(self._homes, namespace) if self._homes else ()),
            ]
            if volumes:
                name = f"{pascal_case(namespace)}Volumes"
                self.kubernetes.apply(name, *volumes, after=[there])

    def _give_access(self, access: AccessStack | None) -> None:
        """Let personas in: administrators everywhere, users of HyperPod where they work."""
        personas, roles = (access.personas, access.roles) if access else ({}, {})
        if not self._settings.teams:
            self.kubernetes.apply("UserAccess", *user_manifests())
        for name, persona in personas.items():
            activities = persona.activities or ()
            entry = f"{pascal_case(name)}Access"
            if "administer" in activities:
                self.kubernetes.grant_access(
                    entry, roles[name].role_arn, "AmazonEKSClusterAdminPolicy"
                )
            elif "use_hyperpod" in activities:
                self._grant_cluster_access(entry, name, roles[name])

    def _grant_cluster_access(self, entry: str, persona: str, role: iam.IRole) -> None:
        """Let a persona work in the namespaces of its teams, or without any team in one."""
        if not self._settings.teams:
            self.kubernetes.grant_access(
                entry,
                role.role_arn,
                "AmazonEKSViewPolicy",
                edits=[USERS_NAMESPACE],
                groups=[EVERYBODY, USERS],
            )
            return
        teams = [team.name for team in self._settings.teams if persona in team.personas]
        self.kubernetes.grant_access(
            entry,
            role.role_arn,
            None,
            edits=[team_namespace(team) for team in teams],
            groups=[EVERYBODY, *(team_group(team) for team in teams)],
        )
