"""Composes the stacks of one environment: the order, and what is optional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Environment, PermissionsBoundary, Stack, Stage, Tags
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.network import INetwork
from sagemaker_platform.security import Allow
from stacks.foundation.stack import FoundationStack
from stacks.network.stack import NetworkStack, imported_network
from stacks.settings import EnvironmentSettings

if TYPE_CHECKING:
    from sagemaker_platform.inference.endpoint import Endpoint
    from sagemaker_platform.studio import FileSystem
    from stacks.inference.settings import InferenceSettings
    from stacks.lakehouse.stack import LakehouseStack
    from stacks.sources.stack import SourcesStack
    from stacks.warehouse.stack import WarehouseStack


class EnvironmentStage(Stage):
    """All stacks of one environment. A capability that is off is not even imported."""

    def __init__(self, scope: Construct, environment: EnvironmentSettings) -> None:
        boundary = environment.permissions_boundary
        super().__init__(
            scope,
            environment.name,
            env=Environment(account=environment.account, region=environment.region),
            permissions_boundary=PermissionsBoundary.from_name(boundary) if boundary else None,
        )
        # The zones are given; without this CDK would ask the account for them.
        self.node.set_context(
            f"availability-zones:account={environment.account}:region={environment.region}",
            environment.network.availability_zones,
        )
        foundation = FoundationStack(self, "foundation", environment=environment)
        network = self._network(environment, foundation)
        lakehouse = None
        if environment.lakehouse is not None:
            from stacks.lakehouse.stack import LakehouseStack

            lakehouse = LakehouseStack(
                self,
                "lakehouse",
                environment=environment,
                settings=environment.lakehouse,
                key=foundation.key,
                access_logs=foundation.access_logs,
            )
        mlflow = None
        if environment.mlflow is not None:
            from stacks.mlflow.stack import MlflowStack

            mlflow = MlflowStack(
                self,
                "mlflow",
                environment=environment,
                settings=environment.mlflow,
                key=foundation.key,
                access_logs=foundation.access_logs,
            )
        warehouse = self._warehouse(environment, foundation, network, lakehouse)
        sources = self._sources(environment, foundation, network, lakehouse, warehouse)
        roles: Mapping[str, iam.IRole] = {}
        canvas = workload = None
        if environment.all_personas:
            from stacks.access.stack import AccessStack

            access = AccessStack(
                self,
                "access",
                environment=environment,
                network=network,
                key=foundation.key,
                artifacts=foundation.artifacts,
                lakehouse=lakehouse,
                mlflow=mlflow,
                warehouse=warehouse,
            )
            roles, canvas, workload = access.roles, access.canvas, access.workload
        if lakehouse is not None:
            self._data_access(environment, lakehouse, roles, after=(sources, warehouse))
        in_studio: dict[str, FileSystem] = {}
        if environment.hyperpod is not None:
            from stacks.hyperpod.stack import HyperPodStack

            hyperpod = HyperPodStack(
                self,
                "hyperpod",
                environment=environment,
                settings=environment.hyperpod,
                network=network,
                key=foundation.key,
                access_logs=foundation.access_logs,
                alarm_topic=foundation.alarm_topic,
                artifacts=foundation.artifacts,
                lakehouse=lakehouse,
                roles=roles,
            )
            in_studio.update(hyperpod.for_studio)
            for cluster in environment.hyperpod.eks_clusters:
                from stacks.hyperpod.eks_stack import EksClusterStack

                eks = EksClusterStack(
                    self,
                    f"hyperpod-{cluster.name}",
                    environment=environment,
                    settings=cluster,
                    destroy_data=environment.hyperpod.removal_policy == "destroy",
                    network=network,
                    key=foundation.key,
                    alarm_topic=foundation.alarm_topic,
                    artifacts=foundation.artifacts,
                    lakehouse=lakehouse,
                    scripts=hyperpod.scripts,
                    access_logs=foundation.access_logs,
                    roles=roles,
                )
                in_studio.update(eks.for_studio)
            if environment.hyperpod.recipes is not None:
                from stacks.hyperpod.recipes_stack import RecipesStack

                RecipesStack(
                    self,
                    "recipes",
                    environment=environment,
                    settings=environment.hyperpod,
                    network=network,
                    key=foundation.key,
                    artifacts=foundation.artifacts,
                    workload=workload,
                )
        if environment.studio is not None:
            from stacks.studio.people import StudioUsersStack, user_stack_id
            from stacks.studio.stack import StudioStack

            studio = StudioStack(
                self,
                "studio",
                environment=environment,
                settings=environment.studio,
                network=network,
                key=foundation.key,
                roles=roles,
                default_mlflow_app=mlflow.default_for_studio if mlflow else None,
                canvas=canvas,
                alarm_topic=foundation.alarm_topic,
                cluster_file_systems=in_studio,
            )
            for number, users in environment.studio.users_by_stack.items():
                StudioUsersStack(
                    self,
                    user_stack_id(number),
                    environment=environment,
                    settings=environment.studio,
                    users=users,
                    studio=studio,
                    key=foundation.key,
                    roles=roles,
                    canvas=canvas,
                )
        if environment.inference is not None:
            self._inference(environment, environment.inference, foundation, network, roles)
        if environment.partner_apps:
            from stacks.partner_apps.stack import PartnerAppsStack

            PartnerAppsStack(
                self,
                "partner-apps",
                environment=environment,
                apps=environment.partner_apps,
                key=foundation.key,
                artifacts=foundation.artifacts,
            )
        for key, value in environment.all_tags.items():
            Tags.of(self).add(key, value)

    def _warehouse(
        self,
        environment: EnvironmentSettings,
        foundation: FoundationStack,
        network: INetwork,
        lakehouse: LakehouseStack | None,
    ) -> WarehouseStack | None:
        if environment.warehouse is None:
            return None
        from stacks.warehouse.stack import WarehouseStack

        made = WarehouseStack(
            self,
            "warehouse",
            environment=environment,
            settings=environment.warehouse,
            network=network,
            key=foundation.key,
            alarm_topic=foundation.alarm_topic,
            layers=lakehouse.layers if lakehouse else {},
            governance=lakehouse.governance if lakehouse else None,
            inbound_integrations=environment.sources.into_warehouse if environment.sources else (),
        )
        _after(made, lakehouse)
        return made

    def _sources(
        self,
        environment: EnvironmentSettings,
        foundation: FoundationStack,
        network: INetwork,
        lakehouse: LakehouseStack | None,
        warehouse: WarehouseStack | None,
    ) -> SourcesStack | None:
        if environment.sources is None:
            return None
        from stacks.sources.stack import SourcesStack

        made = SourcesStack(
            self,
            "sources",
            environment=environment,
            settings=environment.sources,
            network=network,
            key=foundation.key,
            access_logs=foundation.access_logs,
            alarm_topic=foundation.alarm_topic,
            layers=lakehouse.layers if lakehouse else {},
            table_buckets=lakehouse.table_buckets if lakehouse else {},
            governance=lakehouse.governance if lakehouse else None,
            warehouse=warehouse.warehouse if warehouse else None,
        )
        _after(made, lakehouse)
        return made

    def _inference(
        self,
        environment: EnvironmentSettings,
        settings: InferenceSettings,
        foundation: FoundationStack,
        network: INetwork,
        roles: Mapping[str, iam.IRole],
    ) -> None:
        from stacks.inference.stack import InferenceStack

        def stack(id: str, part: InferenceSettings, others: Mapping[str, Endpoint]) -> None:
            made = InferenceStack(
                self,
                id,
                environment=environment,
                settings=part,
                network=network,
                key=foundation.key,
                access_logs=foundation.access_logs,
                alarm_topic=foundation.alarm_topic,
                roles=roles,
                others=others,
            )
            endpoints.update(made.endpoints)

        endpoints: dict[str, Endpoint] = {}
        for number, share in settings.shares.items():
            stack(f"inference-{number}", share, {})
        if not settings.shares or settings.batch_transforms or settings.api is not None:
            stack("inference", settings, endpoints)

    def _data_access(
        self,
        environment: EnvironmentSettings,
        lakehouse: LakehouseStack,
        roles: Mapping[str, iam.IRole],
        *,
        after: Sequence[Stack | None],
    ) -> None:
        """Make the grants, when data, catalogs and roles are there."""
        settings = environment.lakehouse
        assert settings is not None, "its stack was made from them"
        permissions = settings.permissions
        if permissions is None or not permissions.grants_anything:
            return
        from stacks.lakehouse.grants_stack import DataAccessStack

        access = DataAccessStack(
            self,
            "data-access",
            environment=environment,
            settings=settings,
            governance=lakehouse.governance,
            workgroups=lakehouse.workgroups,
            roles=roles,
        )
        for other in after:
            _after(access, other)

    def _network(self, environment: EnvironmentSettings, foundation: FoundationStack) -> INetwork:
        settings = environment.network
        if settings.existing is not None:
            return imported_network(foundation, settings=settings, existing=settings.existing)
        return NetworkStack(
            self,
            "network",
            environment=environment,
            interface_endpoints=_interface_endpoints(environment),
            flow_logs=foundation.access_logs,
            endpoint_policies=_endpoint_policies(environment, foundation),
        ).network


def _after(stack: Stack, other: Stack | None) -> None:
    """Deploy a stack after another, whether or not it refers to it: rights are needed too."""
    if other is not None:
        stack.add_stack_dependency(other)


def _endpoint_policies(
    environment: EnvironmentSettings, scope: Construct
) -> dict[str, list[Allow]]:
    """Return what may be done through interface endpoints that more than one can reach."""
    if environment.inference is None:
        return {}
    from sagemaker_platform.inference import invoke_any

    policies = {"SAGEMAKER_RUNTIME": [invoke_any(scope, prefix=f"{environment.name}-")]}
    if environment.inference.api is not None:
        from sagemaker_platform.inference.private_api import call_any_api

        policies["APIGATEWAY"] = [call_any_api(scope)]
    return policies


def _interface_endpoints(environment: EnvironmentSettings) -> list[str]:
    """Return the services that the environment calls from inside its VPC."""
    if environment.network.interface_endpoints == "none":
        return []
    services: set[str] = set()
    if environment.studio is not None:
        from sagemaker_platform.studio import DockerAccess, StudioDomain

        services.update(StudioDomain.INTERFACE_ENDPOINTS)
        if environment.studio.canvas is not None:
            from sagemaker_platform.studio.canvas import CANVAS_INTERFACE_ENDPOINTS

            services.update(CANVAS_INTERFACE_ENDPOINTS)
            asked = [user.canvas for user in environment.studio.users if user.canvas]
            for one in (environment.studio.canvas, *asked):
                services.update(("KENDRA",) if one.kendra else ())
                services.update(("BEDROCK", "BEDROCK_RUNTIME") if one.bedrock_fine_tuning else ())
        if environment.studio.docker is not None:
            services.update(DockerAccess.INTERFACE_ENDPOINTS)
        # Only Studio users query from inside the VPC.
        if environment.lakehouse is not None:
            from sagemaker_platform.lakehouse import QueryWorkgroup

            services.update(QueryWorkgroup.INTERFACE_ENDPOINTS)
    if environment.mlflow is not None:
        from sagemaker_platform.mlflow import MlflowApp, MlflowTrackingServer

        if environment.mlflow.wanted_app is not None:
            services.update(MlflowApp.INTERFACE_ENDPOINTS)
        if environment.mlflow.tracking_server is not None:
            services.update(MlflowTrackingServer.INTERFACE_ENDPOINTS)
    if environment.partner_apps:
        from sagemaker_platform.partner_apps import PartnerApp

        services.update(PartnerApp.INTERFACE_ENDPOINTS)
    if environment.sources is not None and environment.sources.uses_network:
        from sagemaker_platform.sources import DatabaseConnection

        services.update(DatabaseConnection.INTERFACE_ENDPOINTS)
    if environment.warehouse is not None:
        from sagemaker_platform.warehouse import Warehouse

        services.update(Warehouse.INTERFACE_ENDPOINTS)
    if environment.hyperpod is not None:
        from sagemaker_platform.hyperpod import HyperPodCluster

        services.update(HyperPodCluster.INTERFACE_ENDPOINTS)
        if environment.hyperpod.eks_clusters:
            from sagemaker_platform.hyperpod.kubernetes import KubernetesCluster

            services.update(KubernetesCluster.INTERFACE_ENDPOINTS)
        if environment.hyperpod.sends_prometheus_alerts:
            from sagemaker_platform.hyperpod.eks_add_ons import PrometheusWorkspace

            services.update(PrometheusWorkspace.INTERFACE_ENDPOINTS)
        if any(
            one.hyperpod_add_ons.inference_operator for one in environment.hyperpod.eks_clusters
        ):
            from sagemaker_platform.hyperpod.eks_add_ons import InferenceOperator

            services.update(InferenceOperator.INTERFACE_ENDPOINTS)
    if environment.inference is not None:
        from sagemaker_platform.inference import RealTimeEndpoint

        services.update(RealTimeEndpoint.INTERFACE_ENDPOINTS)
        if environment.inference.api is not None:
            from sagemaker_platform.inference.private_api import PrivateApi

            services.update(PrivateApi.INTERFACE_ENDPOINTS)
    return sorted(services)
