"""Wires the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.lakehouse import LakehouseLayer
from sagemaker_platform.security import AccessPolicy, WildcardStatement
from sagemaker_platform.warehouse import (
    Capacity,
    ManagedStorageCatalog,
    ScheduledSnapshots,
    SnapshotCopy,
    UsageLimit,
    UsageLimits,
    Warehouse,
    WarehouseAlarms,
)
from stacks.base import KEEP, EnvironmentStack
from stacks.names import pascal_case
from stacks.shared import EnvironmentInfo, SharedResources
from stacks.warehouse.settings import WarehouseSettings

if TYPE_CHECKING:
    from stacks.lakehouse.governance_mapping import Governance

# External schemas read what Lake Formation hands out to the role.
_GOVERNED = [
    WildcardStatement(
        actions=["lakeformation:GetDataAccess"],
        resources=["*"],
        wildcard_reason="IAM knows no resources for this action; Lake Formation decides.",
    )
]


class WarehouseStack(EnvironmentStack):
    """A data warehouse, its limits, snapshots and alarms, and its place in the catalog."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: WarehouseSettings,
        layers: Mapping[str, LakehouseLayer],
        governance: Governance | None,
        inbound_integrations: Sequence[str],
    ) -> None:
        environment, network, key = shared.environment, shared.network, shared.key
        super().__init__(scope, id, environment=environment, description="data warehouse")
        copy = settings.snapshot_copy
        self.warehouse = Warehouse(
            self,
            "Warehouse",
            name=f"{environment.name}-warehouse",
            database_name=settings.database_name,
            admin_username=settings.admin_username,
            capacity=_capacity(settings),
            network=network,
            key=key,
            audit_logs=settings.audit_logs,
            log_retention_days=environment.log_retention_days,
            removal_policy=RemovalPolicy.DESTROY if settings.removal_policy == "destroy" else KEEP,
            load_from=[
                AccessPolicy(
                    self,
                    f"{pascal_case(layer.name)}Access",
                    statements=[
                        *layers[layer.name].access_statements(write=layer.access == "read-write"),
                        *(_GOVERNED if governance is not None else ()),
                    ],
                    description="A layer for the warehouse",
                )
                for layer in settings.layers
            ],
            query_timeout_minutes=settings.query_timeout_minutes,
            case_sensitive_identifiers=settings.case_sensitive_identifiers,
            snapshot_copy=SnapshotCopy(
                region=copy.region, key_arn=copy.key_arn, retention_days=copy.retention_days
            )
            if copy
            else None,
            final_snapshot_days=settings.final_snapshot_days,
            inbound_integrations=[
                source if source.startswith("arn:") else self._connection(environment, source)
                for source in inbound_integrations
            ],
            identifying_tags=environment.identifying_tags,
        )
        if governance is not None:
            for layer in settings.layers:
                access: Literal["read", "write"] = (
                    "write" if layer.access == "read-write" else "read"
                )
                governance.grant_work(
                    self, f"warehouse-{layer.name}", self.warehouse.role, layer.name, access
                )
        alarms = WarehouseAlarms(
            self,
            "Alarms",
            warehouse=self.warehouse,
            failed_queries=settings.alarms.failed_queries,
            queued_queries=settings.alarms.queued_queries,
            max_capacity=settings.max_capacity,
            topic=shared.alarm_topic,
        )
        if settings.usage_limits:
            self._limit(settings, alarms, key, environment.log_retention_days)
        if settings.snapshots is not None:
            ScheduledSnapshots(
                self,
                "Snapshots",
                warehouse=self.warehouse,
                schedule=settings.snapshots.schedule,
                retention_days=settings.snapshots.retention_days,
                key=key,
            )
        if settings.catalog is not None:
            ManagedStorageCatalog(
                self,
                "Catalog",
                name=f"{environment.name}_warehouse".replace("-", "_"),
                warehouse=self.warehouse,
                read_elsewhere=settings.catalog.table_access == "read",
                key=key,
                log_retention_days=environment.log_retention_days,
            )
        CfnOutput(self, "WorkgroupName", value=self.warehouse.name)
        CfnOutput(
            self,
            "SecurityGroupId",
            value=self.warehouse.security_group.security_group_id,
        )

    def _connection(self, environment: EnvironmentInfo, application: str) -> str:
        """Return the ARN of an application's connection, which the stack of sources makes."""
        return self.format_arn(
            service="glue",
            resource="connection",
            resource_name=f"{environment.name}-{application}",
        )

    def statements(self) -> list[iam.PolicyStatement]:
        """Return what a persona that queries the warehouse may do."""
        return self.warehouse.query_statements()

    def _limit(
        self,
        settings: WarehouseSettings,
        alarms: WarehouseAlarms,
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        limits = UsageLimits(
            self,
            "UsageLimits",
            warehouse=self.warehouse,
            limits=[
                UsageLimit(period=limit.period, rpu_hours=limit.rpu_hours, action=limit.action)
                for limit in settings.usage_limits
            ],
            key=key,
            log_retention_days=log_retention_days,
        )
        for limit in settings.usage_limits:
            if limit.action != "log":
                alarms.usage_limit(limit.period, limits.limit_id(limit.period))


def _capacity(settings: WarehouseSettings) -> Capacity:
    level = settings.price_performance_target
    return Capacity(
        base=None if level is not None else settings.base_capacity or 8,
        maximum=settings.max_capacity,
        price_performance_level=level,
    )
