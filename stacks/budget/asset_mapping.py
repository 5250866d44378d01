"""Wires the lineage of endpoints, and who reads the exported catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

from sagemaker_platform.budget import LineageExport
from sagemaker_platform.budget.asset_view import EXPORT_BUCKET, EXPORT_DATABASE, EXPORT_TABLE
from sagemaker_platform.lakehouse import DataTarget
from sagemaker_platform.lakehouse.catalog_statement import see_catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3

    from stacks.lakehouse.stack import LakehouseStack
    from stacks.shared import SharedResources

_CATALOG = f"s3tablescatalog/{EXPORT_BUCKET}"


def export_lineage(
    stack: Stack, *, bucket: s3.IBucket, shared: SharedResources, lakehouse: LakehouseStack
) -> None:
    """Write the lineage of the environment's endpoints into a bucket, once a day."""
    environment = shared.environment
    LineageExport(
        stack,
        "Lineage",
        bucket=bucket,
        endpoints=f"{environment.name}-",
        tables={layer.location: layer.database_name for layer in lakehouse.layers.values()},
        topic=shared.alarm_topic,
        key=shared.key,
        log_retention_days=environment.log_retention_days,
    )


def grant_assets(
    stack: Stack, *, lakehouse: LakehouseStack, readers: Sequence[iam.IRole]
) -> iam.PolicyStatement:
    """Grant the exported table to roles, and return what they need in IAM to see it."""
    assert lakehouse.governance is not None, "settings are checked"
    stack.add_stack_dependency(lakehouse)
    catalog_id = f"{stack.account}:{_CATALOG}"
    for role in readers:
        for target, permissions in (
            (DataTarget.database(EXPORT_DATABASE, catalog_id=catalog_id), ["DESCRIBE"]),
            (
                DataTarget.table(EXPORT_DATABASE, EXPORT_TABLE, catalog_id=catalog_id),
                ["DESCRIBE", "SELECT"],
            ),
        ):
            lakehouse.governance.lake_formation.grant(
                stack,
                f"assets-{role.node.scope.node.id if role.node.scope else role.node.id}",
                role.role_arn,
                target,
                permissions,
            )
    return see_catalog(
        stack,
        _CATALOG,
        write=False,
        wildcard_reason="The exported catalog of Unified Studio, and no other table bucket.",
    )
