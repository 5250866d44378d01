"""Maps offline stores to the permissions of Lake Formation that their roles need."""

from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from sagemaker_platform.lakehouse import DataTarget
from stacks.lakehouse.governance_mapping import Governance
from stacks.lakehouse.permission_mapping import LOCATION_PERMISSIONS


def grant_offline_store(
    scope: Construct,
    name: str,
    governance: Governance,
    role: iam.IRole,
    *,
    layer: str,
    table: str,
    group: IConstruct,
) -> None:
    """Let the role of a feature group create and fill its table, and no other.

    In hybrid mode IAM goes on to decide for it.

    Source: SageMaker AI Developer Guide, "Enable Lake Formation with Feature Groups", read
    2026-11-27.

    Args:
        scope: where the grants are made.
        name: short name of the group, unique in its stack.
        governance: Lake Formation of the lakehouse.
        role: the role that writes the offline store.
        layer: name of the layer.
        table: name of the table, which SageMaker creates with the group.
        group: the group. It waits for what creating the table takes.
    """
    if not governance.replaces_iam:
        return
    formation, who = governance.lake_formation, f"features-{name}"
    database = governance.mapping.layers[layer].database_name
    for data, permissions in (
        (governance.mapping.locations[f"layer {layer}"], LOCATION_PERMISSIONS),
        (DataTarget.database(database), ["CREATE_TABLE", "DESCRIBE"]),
    ):
        group.node.add_dependency(
            formation.grant(scope, who, role.role_arn, data, permissions, after=[role])
        )
    formation.grant(
        scope,
        who,
        role.role_arn,
        DataTarget.table(database, table),
        ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"],
        after=[role, group],
    )
