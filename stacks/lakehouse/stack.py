"""Wires the lakehouse."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.foundation import access_to_buckets, use_of_key
from sagemaker_platform.lakehouse import (
    ExistingS3TablesCatalog,
    LakehouseLayer,
    QueryWorkgroup,
    S3TablesCatalog,
    SparkWorkgroup,
    TableBucket,
    TableReplica,
)
from stacks.base import KEEP, EnvironmentStack
from stacks.data_classes import classify
from stacks.lakehouse import mapping
from stacks.lakehouse.granted_data import (
    TABLES_SUFFIX,
    granted_access,
    layers_with_direct_access,
    writes_table_buckets,
)
from stacks.lakehouse.iam_needs import needed_layers, written_table_buckets
from stacks.lakehouse.query_settings import WorkgroupSettings
from stacks.lakehouse.settings import CatalogSettings, LakehouseSettings
from stacks.lakehouse.storage_settings import LayerSettings, TableBucketSettings
from stacks.names import pascal_case
from stacks.shared import EnvironmentInfo, SharedResources

if TYPE_CHECKING:
    from stacks.lakehouse.governance_mapping import Governance
    from stacks.lakehouse.permission_settings import PermissionSettings


class LakehouseStack(EnvironmentStack):
    """Layers of data, the workgroup to query them, and what it takes to use both."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: LakehouseSettings,
        catalogs: Mapping[str, str],
        personas: Sequence[str] = (),
        granted_elsewhere: Collection[str] = (),
    ) -> None:
        environment, key, access_logs = shared.environment, shared.key, shared.access_logs
        super().__init__(scope, id, environment=environment, description="lakehouse storage")
        data_removal = RemovalPolicy.DESTROY if settings.removal_policy == "destroy" else KEEP
        self.queries = QueryWorkgroup(
            self,
            "Queries",
            name=environment.name,
            key=key,
            access_logs=access_logs,
            scan_limit_gib=settings.query.scan_limit_gib,
            result_days=settings.query.result_days,
            removal_policy=self.removal_policy,
        )
        # Results hold what queries read.
        found = environment.data_classes.most_protected(settings.data_classes)
        classify(self.queries, found)
        self._settings = settings
        self._catalogs = catalogs
        self._key = key
        self._access_logs = access_logs
        self.governance = None
        if settings.permissions is not None:
            self.governance = self._governance(settings.permissions, environment)
        self.layers: dict[str, LakehouseLayer] = {}
        for layer_settings in settings.layers:
            self.layers[layer_settings.name] = self._layer(
                layer_settings, environment, data_removal
            )
        self.table_buckets = {
            bucket.name: self._table_bucket(bucket, environment, data_removal)
            for bucket in settings.table_buckets
        }
        if self.governance is not None:
            self.governance.know_table_buckets(self.table_buckets)
            self.governance.add_filters()
        if settings.catalog is not None:
            catalog = self._s3_tables_catalog(settings.catalog, environment)
            if self.governance is not None:
                self.governance.tag_table_buckets(after=catalog.ready)
        self.workgroups = {
            workgroup.name: self._workgroup(workgroup, environment)
            for workgroup in settings.query.workgroups
        }
        for persona in personas if self._governed else ():
            if persona not in granted_elsewhere and not self._is_granted(persona):
                self.note(
                    f"lakehouse.permissions.grants: {persona} has query_lakehouse but no "
                    "grant, so it cannot read data. Add a grant, or remove query_lakehouse "
                    "from its activities."
                )
        self._of_personas = {
            persona: list(self._persona_workgroups(persona, environment)) for persona in personas
        }

    def _is_granted(self, persona: str) -> bool:
        permissions = self._settings.permissions
        return permissions is not None and any(
            persona in grant.principals for grant in permissions.grants
        )

    def _persona_workgroups(
        self, persona: str, environment: EnvironmentInfo
    ) -> Iterator[QueryWorkgroup]:
        """Add the workgroup of a persona, and one more if it writes table buckets."""
        for suffix, writes_tables in (("", False), (TABLES_SUFFIX, True)):
            if writes_tables and not writes_table_buckets(self._settings, persona):
                continue
            made = QueryWorkgroup(
                self,
                f"{pascal_case(persona)}{'Table' if writes_tables else ''}Queries",
                name=f"{environment.name}-{persona}{suffix}",
                key=self._key,
                access_logs=self._access_logs,
                scan_limit_gib=self._settings.query.scan_limit_gib,
                result_days=self._settings.query.result_days,
                removal_policy=self.removal_policy,
                writes_table_buckets=writes_tables,
                bucket=None if writes_tables else self.queries.results,
                folder="" if writes_tables else persona,
            )
            output = f"{pascal_case(persona)}{'Tables' if writes_tables else ''}WorkgroupName"
            CfnOutput(self, output, value=made.name)
            yield made

    def _layer(
        self, settings: LayerSettings, environment: EnvironmentInfo, removal: RemovalPolicy
    ) -> LakehouseLayer:
        layer_id = pascal_case(settings.name)
        governance = self.governance
        layer = LakehouseLayer(
            self,
            f"{layer_id}Layer",
            database_name=f"{environment.name}_{settings.name}".replace("-", "_"),
            key=self._key,
            access_logs=self._access_logs,
            removal_policy=removal,
            noncurrent_days=settings.lifecycle.noncurrent_days,
            lifecycle=mapping.lifecycle(settings.lifecycle),
            replication=mapping.replication(
                settings.replication,
                role_name=f"{environment.name}-{settings.name}-replication",
            ),
            iam_decides=None if governance is None else not governance.replaces_iam,
        )
        classify(layer, settings.data_class)
        before_tables = governance.govern_layer(settings, layer) if governance else []
        for table in settings.tables:
            made = layer.add_table(
                mapping.iceberg_table(table), mapping.optimizers(table.optimizers)
            )
            made.resource.node.add_dependency(*before_tables)
            if governance is not None:
                governance.govern_table(settings.name, table.name, made, table.tags)
        if governance is not None:
            governance.grant_maintenance(layer)
        CfnOutput(self, f"{layer_id}BucketName", value=layer.bucket.bucket_name)
        return layer

    def _table_bucket(
        self,
        settings: TableBucketSettings,
        environment: EnvironmentInfo,
        removal: RemovalPolicy,
    ) -> TableBucket:
        unreferenced = settings.unreferenced_files
        bucket = TableBucket(
            self,
            f"{pascal_case(settings.name)}TableBucket",
            name=f"{environment.name}-{settings.name}",
            key=self._key,
            removal_policy=removal,
            intelligent_tiering=settings.storage_class == "intelligent-tiering",
            unreferenced_days=unreferenced.unreferenced_days if unreferenced.enabled else None,
            noncurrent_days=unreferenced.noncurrent_days,
            replicas=[TableReplica(**replica.model_dump()) for replica in settings.replicas],
            replication_role_name=f"{environment.name}-{settings.name}-table-copies",
        )
        spaces = [one.data_class for one in settings.namespaces]
        classify(bucket.resource, environment.data_classes.most_protected(spaces))
        for namespace in settings.namespaces:
            bucket.add_namespace(namespace.name)
            for table in namespace.tables:
                bucket.add_table(
                    namespace.name, mapping.iceberg_table(table), mapping.maintenance(table)
                )
        return bucket

    def _s3_tables_catalog(
        self, settings: CatalogSettings, environment: EnvironmentInfo
    ) -> S3TablesCatalog | ExistingS3TablesCatalog:
        if settings.s3_tables_role is not None:
            return ExistingS3TablesCatalog(
                self, "S3TablesCatalog", role_name=settings.s3_tables_role, keys=[self._key]
            )
        assert self.governance is not None, "table buckets come with permissions"
        made = S3TablesCatalog(
            self,
            "S3TablesCatalog",
            role_name=f"{environment.name}-s3-tables",
            keys=[self._key],
            removal_policy=self.removal_policy,
            full_table_access=self.governance.governs_spark,
        )
        made.resource.node.add_dependency(self.governance.may_create)
        return made

    def _workgroup(
        self, settings: WorkgroupSettings, environment: EnvironmentInfo
    ) -> QueryWorkgroup | SparkWorkgroup:
        construct_id = f"{pascal_case(settings.name)}Workgroup"
        name = f"{environment.name}-{settings.name}"
        if settings.engine == "spark":
            return SparkWorkgroup(
                self,
                construct_id,
                name=name,
                key=self._key,
                access_logs=self._access_logs,
                result_days=settings.result_days or 30,
                statements=self._session_statements(settings.personas[0]),
                removal_policy=self.removal_policy,
                governed=self._governed,
            )
        return QueryWorkgroup(
            self,
            construct_id,
            name=name,
            key=self._key,
            access_logs=self._access_logs,
            scan_limit_gib=settings.scan_limit_gib or 100,
            result_days=settings.result_days or 30,
            removal_policy=self.removal_policy,
            managed_results=settings.results == "managed",
        )

    def _governance(
        self, permissions: PermissionSettings, environment: EnvironmentInfo
    ) -> Governance:
        from stacks.lakehouse.governance_mapping import Governance

        return Governance(
            self,
            "Governance",
            name=environment.name,
            settings=self._settings,
            permissions=permissions,
            catalogs=self._catalogs,
            key=self._key,
            log_retention_days=environment.log_retention_days,
            makes_catalogs=bool(self._catalogs) or self._makes_s3_tables_catalog,
            data_classes=environment.data_classes.names,
        )

    @property
    def _governed(self) -> bool:
        """Whether Lake Formation alone hands out the data of layers."""
        return self.governance is not None and self.governance.replaces_iam

    @property
    def _makes_s3_tables_catalog(self) -> bool:
        catalog = self._settings.catalog
        return catalog is not None and catalog.s3_tables == "create"

    def query_statements(self) -> list[iam.PolicyStatement]:
        """Return what it takes to query, and to use each layer as far as its settings allow."""
        return [
            *QueryWorkgroup.catalog_statements(self),
            *self._data_statements(),
            *use_of_key(self._key),
        ]

    @property
    def workgroup_names(self) -> list[str]:
        """Names of the workgroups of the environment and of its personas."""
        of_personas = [one.name for groups in self._of_personas.values() for one in groups]
        return [self.queries.name, *of_personas]

    def workgroup_statements(self, persona: str) -> list[iam.PolicyStatement]:
        """Return what it takes to use the workgroups of a persona."""
        return [
            *(
                statement
                for one in self._of_personas.get(persona, ())
                for statement in one.own_statements()
            ),
            *(
                statement
                for one in self._settings.query.workgroups
                if persona in one.personas
                for statement in self.workgroups[one.name].own_statements()
            ),
        ]

    def file_statements(self, persona: str) -> list[iam.PolicyStatement]:
        """Return what it takes to put files into layers, and for DDL on their Iceberg tables."""
        names = layers_with_direct_access(self._settings, persona)
        arns = [self.layers[name].bucket.bucket_arn for name in names]
        return access_to_buckets(arns, write=True) if arns else []

    def grant_statements(
        self, persona: str, activities: Collection[str]
    ) -> list[iam.PolicyStatement]:
        """Return what the grants of a persona take, besides what its activities allow.

        Args:
            persona: name of the persona.
            activities: activities whose policies the role of the grants has.
        """
        if self.governance is None:
            return []
        return [
            *(
                self.layers[layer].catalog_statement(write=write, tables=tables)
                for layer, tables, write in needed_layers(persona, self._settings, activities)
            ),
            *(
                self.table_buckets[name].catalog_statement(write=True)
                for name in written_table_buckets(persona, self._settings, activities)
            ),
        ]

    def link_statements(self, persona: str) -> list[iam.PolicyStatement]:
        """Return what a persona needs to query what other accounts share."""
        return [] if self.governance is None else self.governance.link_statements(persona)

    def _data_statements(self) -> list[iam.PolicyStatement]:
        return [
            *(
                statement
                for layer in self._settings.layers
                if layer.access != "none"
                for statement in self.layer_statements(
                    self.layers[layer.name],
                    write=layer.access == "read-write" and not self._governed,
                )
            ),
            *(self.governance.access_statements(write=False) if self.governance else ()),
        ]

    def _session_statements(self, persona: str) -> list[iam.PolicyStatement]:
        """Return what Spark sessions of a persona reach: what its grants say, if they decide."""
        governance = self.governance
        if governance is None:
            return self._data_statements()
        access = {
            layer.name: granted_access(self._settings, persona, layer)
            for layer in self._settings.layers
        }
        if not governance.replaces_iam:
            # Grants add to what IAM allows anyway.
            written = [name for name, level in access.items() if level == "write"]
            return [
                *self._data_statements(),
                *(self.layers[name].catalog_statement(write=True) for name in written),
                *self.file_statements(persona),
            ]
        return [
            *(
                self.layers[name].catalog_statement(write=level == "write")
                for name, level in access.items()
                if level != "none"
            ),
            *governance.access_statements(write=writes_table_buckets(self._settings, persona)),
            *self.file_statements(persona),
        ]

    def write_statements(self) -> list[iam.PolicyStatement]:
        """Return what it takes to fill and to change every layer."""
        return [
            *(
                statement
                for layer in self.layers.values()
                for statement in self.layer_statements(layer, write=True)
            ),
            *(self.governance.access_statements(write=True) if self.governance else ()),
            *use_of_key(self._key),
        ]

    def layer_statements(self, layer: LakehouseLayer, *, write: bool) -> list[iam.PolicyStatement]:
        """Return what it takes to use a layer: where Lake Formation decides, its description."""
        if self._governed:
            return [layer.catalog_statement(write=write)]
        return layer.access_statements(write=write)
