"""Connections of projects as targets, and what their access roles may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam

from sagemaker_platform.foundation import access_to_bucket, use_of_key
from sagemaker_platform.lakehouse import QueryWorkgroup
from sagemaker_platform.unified_studio import (
    athena_workgroup,
    glue_sessions,
    hyperpod_cluster,
    lakehouse_catalog,
    mlflow_tracking,
    redshift_workgroup,
    s3_bucket,
)
from sagemaker_platform.unified_studio.connection import ConnectionTarget

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.capability import BuildContext
    from stacks.hyperpod.eks_settings import EksClusterSettings
    from stacks.settings import EnvironmentSettings
    from stacks.unified_studio.connection_settings import (
        AthenaConnectionSettings,
        ConnectionSettings,
        HyperPodConnectionSettings,
        S3ConnectionSettings,
        WarehouseConnectionSettings,
    )


@dataclass(frozen=True)
class Wanted:
    """What a connection leads to.

    Attributes:
        target: the target.
        statements: what the access role may do. Without any, the connection has none.
        layers: layers that the access role reads, for grants of Lake Formation.
        stacks: stacks that have the target, without a reference to it.
    """

    target: ConnectionTarget
    statements: Sequence[iam.PolicyStatement] = ()
    layers: Sequence[str] = ()
    stacks: Sequence[Stack] = field(default_factory=tuple)


class ConnectionMapping:
    """What connections lead to, in the stacks of an environment.

    Args:
        stack: stack of the connections.
        environment: settings of the environment.
        context: the stacks that exist.
    """

    def __init__(
        self, stack: Stack, *, environment: EnvironmentSettings, context: BuildContext
    ) -> None:
        self._stack, self._environment, self._context = stack, environment, context
        self._key = context.shared.key

    def wanted(self, settings: ConnectionSettings, *, project: str) -> Wanted:
        """Return what a connection of a project leads to."""
        if settings.athena is not None:
            return self._athena(settings.athena, project)
        if settings.hyperpod is not None:
            return self._hyperpod(settings.hyperpod)
        if settings.lakehouse is not None:
            return Wanted(lakehouse_catalog(lineage=settings.lakehouse.lineage))
        if settings.mlflow is not None:
            return self._mlflow(settings)
        if settings.s3 is not None:
            return self._s3(settings.s3)
        if settings.warehouse is not None:
            return self._warehouse(settings.warehouse)
        spark = settings.spark_glue
        assert spark is not None, "it is the last kind"
        return Wanted(
            glue_sessions(
                glue_version=spark.glue_version,
                worker_type=spark.worker_type,
                workers=spark.workers,
                idle_minutes=spark.idle_minutes,
            )
        )

    def _athena(self, settings: AthenaConnectionSettings, project: str) -> Wanted:
        from stacks.lakehouse.capability import Lakehouse
        from stacks.lakehouse.permission_settings import project_principal

        lakehouse = self._context.outputs(Lakehouse)
        assert lakehouse is not None, "settings are checked"
        found = lakehouse.workgroups[settings.workgroup] if settings.workgroup else None
        workgroup = found or lakehouse.queries
        assert isinstance(workgroup, QueryWorkgroup), "settings are checked"
        governance, grantee = lakehouse.governance, project_principal(project)
        return Wanted(
            athena_workgroup(workgroup.name),
            statements=[
                *workgroup.own_statements(),
                *QueryWorkgroup.catalog_statements(self._stack),
                *(
                    statement
                    for name in settings.layers or ()
                    for statement in lakehouse.layer_statements(lakehouse.layers[name], write=False)
                ),
                *(governance.access_statements(write=False) if governance else ()),
                *lakehouse.grant_statements(grantee, ()),
                *lakehouse.link_statements(grantee),
                *lakehouse.file_statements(grantee),
                *use_of_key(self._key),
            ],
            layers=settings.layers or (),
            stacks=[lakehouse],
        )

    def _s3(self, settings: S3ConnectionSettings) -> Wanted:
        from stacks.lakehouse.capability import Lakehouse

        lakehouse = self._context.outputs(Lakehouse)
        assert lakehouse is not None, "settings are checked"
        bucket = lakehouse.layers[settings.layer].bucket
        return Wanted(
            s3_bucket(bucket.bucket_name),
            statements=[
                *access_to_bucket(bucket, write=settings.access == "write"),
                *use_of_key(self._key),
            ],
        )

    def _mlflow(self, settings: ConnectionSettings) -> Wanted:
        from stacks.mlflow.capability import Mlflow

        made = self._context.outputs(Mlflow)
        assert made is not None, "settings are checked"
        assert settings.mlflow is not None, "it is the kind"
        statements = made.connection_statements(settings.mlflow)
        if settings.mlflow == "app":
            assert made.app is not None, "settings are checked"
            return Wanted(mlflow_tracking(made.app.resource.attr_arn), statements)
        assert made.tracking_server is not None, "settings are checked"
        arn = made.tracking_server.resource.attr_tracking_server_arn
        return Wanted(mlflow_tracking(arn), statements)

    def _warehouse(self, settings: WarehouseConnectionSettings) -> Wanted:
        from sagemaker_platform.warehouse.warehouse import PORT
        from stacks.warehouse.capability import WarehouseCapability

        made = self._context.outputs(WarehouseCapability)
        found = self._environment.find(WarehouseCapability)
        assert made is not None, "settings are checked"
        assert found is not None, "settings are checked"
        return Wanted(
            redshift_workgroup(
                made.warehouse.name,
                database=found.settings.database_name,
                host=made.warehouse.workgroup.attr_workgroup_endpoint_address,
                port=PORT,
                lineage=settings.lineage,
            ),
            statements=made.statements(),
        )

    def _hyperpod(self, settings: HyperPodConnectionSettings) -> Wanted:
        from sagemaker_platform.hyperpod.sessions import list_clusters
        from stacks.hyperpod.user_mapping import kubernetes_user_statements

        cluster, name = self._cluster(settings.cluster), self._environment.name
        stack = self._context.stage.node.find_child(f"hyperpod-{settings.cluster}")
        assert isinstance(stack, Stack), "it is built before"
        return Wanted(
            hyperpod_cluster(f"{name}-{settings.cluster}"),
            statements=[
                list_clusters(),
                *kubernetes_user_statements(self._stack, [cluster], environment=name),
            ],
            stacks=[stack],
        )

    @property
    def catalog_stacks(self) -> list[Stack]:
        """Stacks that have catalogs and tables which grants of the lakehouse name."""
        from stacks.feature_store.capability import FeatureStore
        from stacks.sources.capability import Sources
        from stacks.warehouse.capability import WarehouseCapability

        made = (
            self._context.outputs(Sources),
            self._context.outputs(WarehouseCapability),
            self._context.outputs(FeatureStore),
        )
        return [one for one in made if one is not None]

    def enter_cluster(
        self, scope: Construct, role: iam.IRole, settings: HyperPodConnectionSettings
    ) -> None:
        """Let the access role of a connection work in Kubernetes, as people of a persona do."""
        from sagemaker_platform.hyperpod.eks_add_ons import (
            EVERYBODY,
            USERS,
            USERS_NAMESPACE,
            team_group,
            team_namespace,
        )

        cluster, team = self._cluster(settings.cluster), settings.team
        entry, policies = eks.CfnAccessEntry, "arn:{}:eks::aws:cluster-access-policy/{}"
        rights = [("AmazonEKSEditPolicy", team_namespace(team) if team else USERS_NAMESPACE)]
        if team is None:
            rights.insert(0, ("AmazonEKSViewPolicy", ""))
        entry(
            scope,
            "AccessEntry",
            cluster_name=cluster.existing.arn.rpartition("/")[2]
            if cluster.existing
            else f"{self._environment.name}-{cluster.name}",
            principal_arn=role.role_arn,
            kubernetes_groups=[EVERYBODY, team_group(team) if team else USERS],
            access_policies=[
                entry.AccessPolicyProperty(
                    policy_arn=policies.format(self._stack.partition, policy),
                    access_scope=entry.AccessScopeProperty(
                        type="namespace" if where else "cluster",
                        namespaces=[where] if where else None,
                    ),
                )
                for policy, where in rights
            ],
        )

    def _cluster(self, name: str) -> EksClusterSettings:
        from stacks.hyperpod.capability import HyperPod

        found = self._environment.find(HyperPod)
        assert found is not None, "settings are checked"
        return next(one for one in found.settings.eks_clusters if one.name == name)
