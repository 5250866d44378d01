"""Wires HyperPod clusters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.hyperpod import (
    ClusterAlarms,
    ClusterEvents,
    ClusterExtension,
    ClusterSecurityGroup,
    HyperPodCluster,
    LifecycleScripts,
    LoginSessions,
    NodeSetup,
    OsUser,
    Thresholds,
    dashboard,
    list_clusters,
)
from sagemaker_platform.recipes import read_configurations
from sagemaker_platform.security import pull_images, repository_of
from stacks.base import KEEP, EnvironmentStack
from stacks.hyperpod import mapping
from stacks.hyperpod.role_mapping import node_role
from stacks.hyperpod.settings import HyperPodSettings
from stacks.hyperpod.slurm_settings import PROJECT, SlurmClusterSettings
from stacks.hyperpod.storage_mapping import for_studio, home_file_system, lustre_file_system
from stacks.hyperpod.user_mapping import kubernetes_user_statements
from stacks.names import pascal_case
from stacks.shared import SharedResources
from stacks.teams import tag_team

if TYPE_CHECKING:
    from sagemaker_platform.hyperpod.kubernetes import KubernetesNodeSetup
    from sagemaker_platform.studio import FileSystem
    from stacks.access.stack import AccessStack
    from stacks.hyperpod.eks_settings import EksClusterSettings
    from stacks.lakehouse.stack import LakehouseStack


class HyperPodStack(EnvironmentStack):
    """Clusters with Slurm, their file systems and alarms, and the access of personas.

    Events and scripts are those of all clusters; those with EKS have a stack each.

    Attributes:
        scripts: what runs on new nodes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: HyperPodSettings,
        lakehouse: LakehouseStack | None,
        mounted_in_studio: Collection[str],
        access: AccessStack | None,
    ) -> None:
        environment, key = shared.environment, shared.key
        super().__init__(scope, id, environment=environment, description="HyperPod clusters")
        self._network = shared.network
        self._egress = shared.egress["clusters"]
        self._key = key
        self._artifacts = shared.artifacts
        self._lakehouse = lakehouse
        self._data_removal = RemovalPolicy.DESTROY if settings.removal_policy == "destroy" else KEEP
        self._topic = shared.alarm_topic
        self._mounted_in_studio = mounted_in_studio
        ClusterEvents(
            self,
            "Events",
            name=environment.name,
            cluster_names=[self._full_name(cluster.name) for cluster in settings.clusters],
            key=key,
            log_retention_days=environment.log_retention_days,
            removal_policy=self.removal_policy,
        )
        self.scripts = LifecycleScripts(
            self,
            "LifecycleScripts",
            name=f"sagemaker-{environment.name}-{environment.account}-{environment.region}",
            key=key,
            access_logs=shared.access_logs,
            removal_policy=self.removal_policy,
            log_retention_days=environment.log_retention_days,
            setups={
                **{
                    cluster.name: _node_setup(cluster, environment.availability_zones)
                    for cluster in settings.slurm_clusters
                },
                **_kubernetes_setups(settings.eks_clusters, environment.availability_zones),
            },
        )
        self.for_studio: dict[str, FileSystem] = {}
        self._recipes = settings.recipes
        self._access_statements: list[iam.PolicyStatement] = [
            list_clusters(),
            *([read_configurations(self, environment=environment.name)] if self._recipes else []),
            *kubernetes_user_statements(self, settings.eks_clusters, environment=environment.name),
        ]
        if settings.slurm_clusters:
            watched = [self._slurm_cluster(cluster) for cluster in settings.slurm_clusters]
            dashboard(self, "Dashboard", name=f"{environment.name}-hyperpod", clusters=watched)
        if access is not None:
            # Only this stack knows the ARNs of clusters with Slurm.
            access.attach_policy(self, "use_hyperpod", self._access_statements)

    def _full_name(self, name: str) -> str:
        return f"{self._environment.name}-{name}"

    def _slurm_cluster(self, settings: SlurmClusterSettings) -> ClusterAlarms:
        for text in settings.warnings():
            self.warn(text)
        name = self._full_name(settings.name)
        scope = Construct(self, f"{pascal_case(settings.name)}Cluster")
        tag_team(scope, settings.team)
        zones = self._environment.availability_zones
        subnets = dict(zip(zones, self._network.private_subnet_ids, strict=True))
        home = settings.zone(zones)
        database = settings.accounting_database
        nodes = ClusterSecurityGroup(
            scope,
            "Nodes",
            network=self._network,
            ports_in_vpc={database.port: "Accounting database of Slurm"} if database else None,
            egress=self._egress,
        ).security_group
        role = node_role(
            scope,
            settings.node_role,
            cluster_name=name,
            key=self._key,
            files=self._artifacts.bucket,
            scripts=self.scripts.bucket,
            secrets=[database.secret_arn] if database else (),
            statements=pull_images([repository_of(self, self._recipes.image)])
            if self._recipes
            else (),
        )
        lustre = lustre_file_system(
            scope,
            settings.lustre,
            network=self._network,
            subnet_id=subnets[home],
            nodes=nodes,
            key=self._key,
            lakehouse=self._lakehouse,
            removal_policy=self._data_removal,
        )
        if lustre is not None and settings.name in self._mounted_in_studio:
            self.for_studio[settings.name] = for_studio(lustre)
        homes = home_file_system(
            scope,
            settings.homes,
            network=self._network,
            subnet_id=subnets[home],
            nodes=nodes,
            key=self._key,
            removal_policy=self._data_removal,
        )
        alarms = ClusterAlarms(
            scope,
            "Alarms",
            cluster_name=name,
            thresholds=Thresholds(**settings.alarms.model_dump()),
            topic=self._topic,
            lustre=lustre,
            homes=homes,
        )
        file_systems = {"lustre": lustre, "homes": homes}
        cluster = HyperPodCluster(
            scope,
            "HyperPod",
            name=name,
            orchestrator=mapping.slurm_orchestrator(settings),
            instance_groups=[
                mapping.slurm_group(
                    group,
                    subnet_id=None
                    if group.availability_zone in (None, home)
                    else subnets[group.availability_zone],
                    script=self.scripts.script(settings.name, f"{group.node_type}.sh"),
                    alarm=alarms.unhealthy_nodes,
                    mounts=[
                        file_system.mount
                        for kind in settings.mounted(group)
                        if (file_system := file_systems[kind]) is not None
                    ],
                )
                for group in settings.instance_groups
            ],
            subnet_id=subnets[home],
            security_group=nodes,
            security_group_ids=settings.security_group_ids,
            role=role,
            key=self._key,
            continuous=settings.node_provisioning_mode == "continuous",
            node_recovery=settings.node_recovery == "automatic",
        )
        for extension in settings.extensions:
            ClusterExtension(
                scope,
                f"Extension-{extension.name}",
                cluster=cluster,
                name=extension.name,
                version=extension.version,
                configuration=extension.configuration or None,
            )
        # Rules of security groups are resources of their own.
        cluster.node.add_dependency(
            self.scripts.written,
            scope.node.find_child("Nodes"),
            *(file_system for file_system in file_systems.values() if file_system is not None),
        )
        sessions = LoginSessions(
            scope,
            "Sessions",
            name=name,
            default_user=settings.default_user or settings.users[0].name,
        )
        self._access_statements += [
            *cluster.describe_statements(),
            *sessions.start_statements(cluster),
        ]
        CfnOutput(scope, "Name", value=name)
        CfnOutput(scope, "Arn", value=cluster.resource.attr_cluster_arn)
        CfnOutput(scope, "SessionDocument", value=sessions.name)
        return alarms


def _node_setup(settings: SlurmClusterSettings, zones: Sequence[str]) -> NodeSetup:
    paths = {"lustre": settings.lustre, "homes": settings.homes}
    script = settings.node_setup_script
    users_folder = settings.users_folder
    return NodeSetup(
        users=[OsUser(**user.model_dump()) for user in settings.users],
        homes=settings.homes_folder,
        mounts=[
            one.mount_path
            for kind in settings.mounted_everywhere
            if (one := paths[kind]) is not None
        ],
        folders=[] if users_folder is None else [users_folder],
        team_script=None if script is None else (PROJECT / script).read_text("utf-8"),
        lustre_efa_zone=settings.lustre_efa_zone(zones),
    )


def _kubernetes_setups(
    clusters: Sequence[EksClusterSettings], zones: Sequence[str]
) -> Mapping[str, KubernetesNodeSetup]:
    if not clusters:
        return {}
    from sagemaker_platform.hyperpod.kubernetes.nodes import KubernetesNodeSetup

    return {
        cluster.name: KubernetesNodeSetup(
            team_script=(PROJECT / script).read_text("utf-8")
            if (script := cluster.node_setup_script) is not None
            else None,
            lustre_efa_zone=cluster.lustre_efa_zone(zones),
        )
        for cluster in clusters
    }
