"""Wires sources."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from aws_cdk import Aws, CfnOutput, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.lakehouse import LakehouseLayer, TableBucket
from sagemaker_platform.sources import (
    Application,
    ApplicationConnection,
    ApplicationSource,
    CatalogPolicy,
    Crawler,
    CrawlerEncryption,
    Database,
    DatabaseConnection,
    DataPlaneMonitoring,
    DataQuality,
    FederatedCatalog,
    IngestionBucket,
    LakehouseIntegration,
    LakehouseTarget,
    TableBucketTarget,
    WarehouseIntegration,
    ZeroEtlTarget,
    ingestion_key,
    share_resources,
)
from sagemaker_platform.sources.zero_etl import authorization
from sagemaker_platform.warehouse import Warehouse
from stacks.base import KEEP, EnvironmentStack
from stacks.names import pascal_case
from stacks.network.zones import is_zone_id
from stacks.shared import SharedResources
from stacks.sources.connection_settings import ConnectionSettings
from stacks.sources.settings import SourcesSettings, ZeroEtlSettings
from stacks.sources.statement_mapping import read_tables

if TYPE_CHECKING:
    from stacks.lakehouse.governance_mapping import Governance


class SourcesStack(EnvironmentStack):
    """Where data comes from, and whether it is any good."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: SourcesSettings,
        layers: Mapping[str, LakehouseLayer],
        table_buckets: Mapping[str, TableBucket],
        warehouse: Warehouse | None,
        governance: Governance | None,
        workgroups: Sequence[str] = (),
    ) -> None:
        environment, key = shared.environment, shared.key
        super().__init__(scope, id, environment=environment, description="sources of data")
        self._governance = governance
        self._settings = settings
        self._network = shared.network
        self._key = key
        self._access_logs = shared.access_logs
        self._layers = layers
        self._table_buckets = table_buckets
        self._monitoring = DataPlaneMonitoring(
            self,
            "Monitoring",
            name=f"{environment.name}-data-plane",
            key=key,
            log_retention_days=environment.log_retention_days,
            topic=shared.alarm_topic,
        )
        self._connections = {c.name: self._connection(c) for c in settings.connections}
        self._integrate(warehouse)
        self._ingest()
        self._crawl()
        self._watch_quality()
        if layers:
            self._monitoring.queries(
                environment.name,
                workgroups=workgroups,
                failed=settings.alarms.failed_queries,
                cancelled=settings.alarms.cancelled_queries,
            )
        self._monitoring.dashboard()

    @cached_property
    def _spill(self) -> s3.IBucket:
        return DataBucket(
            self,
            "Spill",
            key=self._key,
            access_logs=self._access_logs,
            removal_policy=RemovalPolicy.DESTROY,
            expiration_days=1,
            noncurrent_days=1,
        ).bucket

    def _connection(self, settings: ConnectionSettings) -> DatabaseConnection:
        name = f"{self._environment.name}-{settings.name}"
        catalog = name.replace("-", "_")
        construct_id = pascal_case(settings.name)
        with_port = settings.type != "DYNAMODB"
        connection = DatabaseConnection(
            self,
            f"{construct_id}Connection",
            name=name,
            database=Database(
                type=settings.type,
                host=settings.host or "",
                port=settings.effective_port if with_port else 443,
                database=settings.database or "",
                schema=settings.schema_name or "",
                warehouse=settings.warehouse or "",
                cidr=settings.cidr or "",
                secret_arn=settings.secret_arn,
                secret_key_arn=settings.secret_key_arn,
                username=settings.username or "",
            ),
            network=self._network,
            zone=self._zone(),
            key=self._key,
            removal_policy=self.removal_policy,
            athena=FederatedCatalog.athena_properties(self, catalog, self._spill)
            if settings.federated_catalog
            else None,
            catalog_name=catalog,
        )
        if settings.federated_catalog:
            FederatedCatalog(
                self,
                f"{construct_id}Catalog",
                name=catalog,
                connection=connection,
                spill=self._spill,
                key=self._key,
                read=read_tables(self, settings.tables) if settings.tables else (),
            )
        if connection.security_group is not None:
            CfnOutput(
                self,
                f"{construct_id}SecurityGroupId",
                value=connection.security_group.security_group_id,
            )
        return connection

    def _zone(self) -> str:
        """Return the name of the zone of the first private subnet, which connections use."""
        zone = self._environment.availability_zones[0]
        if is_zone_id(zone):
            return self._network.first_zone
        # With the region as a reference: templates do not name zones themselves.
        return f"{Aws.REGION}{zone[-1]}"

    def _integrate(self, warehouse: Warehouse | None) -> None:
        applications = {
            application.name: ApplicationSource(
                self,
                f"{pascal_case(application.name)}Source",
                connection=ApplicationConnection(
                    self,
                    f"{pascal_case(application.name)}Application",
                    name=f"{self._environment.name}-{application.name}",
                    application=Application(**application.model_dump(exclude={"name"})),
                    key=self._key,
                ),
                key=self._key,
            )
            for application in self._settings.applications
        }
        into_lakehouse = [i for i in self._settings.zero_etl if i.target != "warehouse"]
        targets: dict[tuple[str | None, str | None], ZeroEtlTarget] = {}
        granted: dict[tuple[str | None, str | None], list[IDependable]] = {}
        for layer in sorted({i.layer for i in into_lakehouse if i.layer is not None}):
            target = LakehouseTarget(
                self,
                f"{pascal_case(layer)}Target",
                layer=self._layers[layer],
                key=self._key,
                governed=self._governance is not None,
            )
            targets[layer, None] = target
            granted[layer, None] = self._let_work(f"zero-etl-{layer}", target.role, layer, "write")
        for name in sorted({i.table_bucket for i in into_lakehouse if i.table_bucket is not None}):
            targets[None, name] = TableBucketTarget(
                self,
                f"{pascal_case(name)}TableBucketTarget",
                bucket=self._table_buckets[name],
                key=self._key,
            )

        def source(integration: ZeroEtlSettings) -> str | ApplicationSource:
            if integration.application is not None:
                return applications[integration.application]
            assert integration.source_arn is not None
            return str(integration.source_arn)

        policy = None
        if into_lakehouse:
            policy = CatalogPolicy(
                self,
                "CatalogPolicy",
                sid=f"{pascal_case(self._environment.name)}ZeroEtl",
                statements=[
                    *authorization(
                        [
                            (
                                arn if isinstance(arn := source(i), str) else arn.arn,
                                targets[i.layer, i.table_bucket].arn,
                            )
                            for i in into_lakehouse
                        ],
                        f"arn:{self.partition}:glue:{self.region}:{self.account}:catalog",
                    ),
                    *(
                        [share_resources(self)]
                        if self._governance is not None and self._governance.shares_data
                        else ()
                    ),
                ],
                key=self._key,
                log_retention_days=self._environment.log_retention_days,
            )
        for integration in self._settings.zero_etl:
            construct_id = f"{pascal_case(integration.name)}Integration"
            if integration.target != "warehouse":
                where = (integration.layer, integration.table_bucket)
                into = targets[where]
                made = LakehouseIntegration(
                    self,
                    construct_id,
                    name=self._integration_name(integration),
                    source=source(integration),
                    target_arn=into.arn,
                    after=[into, *([policy] if policy else []), *granted.get(where, ())],
                    key=self._key,
                    data_filter=integration.data_filter,
                    refresh_minutes=integration.refresh_minutes,
                )
                self._monitoring.loads(integration.name, made.arn)
                continue
            assert warehouse is not None, "the settings allow this target with a warehouse only"
            self._into_warehouse(construct_id, integration, source(integration), warehouse)

    def _into_warehouse(
        self,
        construct_id: str,
        integration: ZeroEtlSettings,
        source: str | ApplicationSource,
        warehouse: Warehouse,
    ) -> None:
        name = self._integration_name(integration)
        if isinstance(source, ApplicationSource):
            loaded = LakehouseIntegration(
                self,
                construct_id,
                name=name,
                source=source,
                target_arn=warehouse.namespace_arn,
                after=[],
                key=self._key,
                data_filter=integration.data_filter,
                refresh_minutes=integration.refresh_minutes,
            )
            self._monitoring.loads(integration.name, loaded.arn)
            return
        made = WarehouseIntegration(
            self,
            construct_id,
            name=name,
            source_arn=source,
            namespace_arn=warehouse.namespace_arn,
            data_filter=integration.data_filter,
        )
        self._monitoring.integration(
            integration.name,
            made.integration_id,
            max_lag_minutes=self._settings.alarms.integration_lag_minutes,
        )

    def _integration_name(self, integration: ZeroEtlSettings) -> str:
        # What cannot change is in the name, or a second integration of one name would fail.
        fixed = (
            integration.source_arn,
            integration.application,
            integration.target,
            integration.layer,
            integration.refresh_minutes,
            # Added later: the names of others are as they were.
            *((integration.table_bucket,) if integration.table_bucket else ()),
        )
        digest = hashlib.sha256(repr(fixed).encode()).hexdigest()[:8]
        return f"{self._environment.name}-{integration.name}-{digest}"

    def _ingest(self) -> None:
        self._buckets: dict[str, IngestionBucket] = {}
        if not self._settings.ingestion:
            return
        removal = RemovalPolicy.DESTROY if self._settings.removal_policy == "destroy" else KEEP
        key = ingestion_key(
            self,
            "IngestionKey",
            alias=f"{self._environment.name}-ingestion",
            accounts=sorted({a for bucket in self._settings.ingestion for a in bucket.accounts}),
            removal_policy=removal,
        )
        for settings in self._settings.ingestion:
            construct_id = f"{pascal_case(settings.name)}Ingestion"
            bucket = IngestionBucket(
                self,
                construct_id,
                accounts=settings.accounts,
                key=key,
                access_logs=self._access_logs,
                removal_policy=removal,
                expiration_days=settings.expiration_days,
            )
            self._buckets[settings.name] = bucket
            CfnOutput(self, f"{construct_id}BucketName", value=bucket.bucket.bucket_name)
        CfnOutput(self, "IngestionKeyArn", value=key.key_arn)

    def _crawl(self) -> None:
        if not self._settings.crawlers:
            return
        encryption = CrawlerEncryption(
            self,
            "CrawlerEncryption",
            name=f"{self._environment.name}-crawlers",
            key=self._key,
        )
        crawlers = [
            Crawler(
                self,
                f"{pascal_case(settings.name)}Crawler",
                layer=self._layers[settings.layer],
                connection=None
                if settings.connection is None
                else self._connections[settings.connection],
                path=settings.path,
                key=self._key,
                encryption=encryption,
                files=None if settings.ingestion is None else self._buckets[settings.ingestion],
                schedule=settings.schedule,
                table_prefix=settings.table_prefix,
                deleted_tables=settings.deleted_tables,
                new_folders_only=settings.new_folders_only,
                lake_formation_credentials=settings.lake_formation_credentials,
            )
            for settings in self._settings.crawlers
        ]
        for crawler, one in zip(crawlers, self._settings.crawlers, strict=True):
            self._let_work(f"crawler-{one.name}", crawler.role, one.layer, "write")
        self._monitoring.crawlers([crawler.name for crawler in crawlers])

    def _watch_quality(self) -> None:
        for settings in self._settings.data_quality:
            name = f"{self._environment.name}-{settings.name}"
            quality = DataQuality(
                self,
                f"{pascal_case(settings.name)}Quality",
                name=name,
                layer=self._layers[settings.layer],
                table=settings.table,
                rules=settings.rules,
                key=self._key,
                schedule=settings.schedule,
                workers=settings.workers,
                governed=self._governance is not None,
            )
            self._let_work(f"quality-{settings.name}", quality.role, settings.layer, "read")
            self._monitoring.data_quality(name, min_score_percent=settings.min_score_percent)

    def _let_work(
        self, who: str, role: iam.IRole, layer: str, access: Literal["read", "write"]
    ) -> list[IDependable]:
        """Grant in Lake Formation what IAM alone no longer gives."""
        if self._governance is None:
            return []
        return self._governance.grant_work(self, who, role, layer, access)
