"""Iceberg tables of a layer, described in Glue, and what Glue does to keep them small."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import access_to_bucket, use_of_key
from sagemaker_platform.lakehouse.iceberg import IcebergTable
from sagemaker_platform.security import AccessPolicy, WildcardStatement, write_logs

_LOG_GROUPS = ("iceberg-compaction", "iceberg-retention", "iceberg-orphan-file-deletion")


@checks_types
@dataclass(frozen=True, kw_only=True)
class TableOptimizers:
    """What Glue does to one Iceberg table; None switches the optimizer off.

    Args:
        compaction_strategy: ``binpack``, or ``sort`` or ``z-order``, which need a sort order.
        min_input_files: a partition with fewer small files is left alone.
        delete_file_threshold: a file with this many delete files is rewritten.
        snapshot_days: older snapshots go.
        snapshots_to_keep: minimum number of snapshots to keep, regardless of age.
        clean_expired_files: whether files go that only expired snapshots used.
        orphan_file_days: younger files without a snapshot are left alone.
    """

    compaction_strategy: str | None = "binpack"
    min_input_files: int = 100
    delete_file_threshold: int = 1
    snapshot_days: int | None = 5
    snapshots_to_keep: int = 1
    clean_expired_files: bool = True
    orphan_file_days: int | None = 3

    def to_properties(self, location: str) -> dict[str, dict[str, Any]]:
        """Return the properties of each optimizer that is on, by its type."""
        found: dict[str, dict[str, Any]] = {}
        if self.compaction_strategy is not None:
            found["compaction"] = {
                "compactionConfiguration": {
                    "icebergConfiguration": {
                        "strategy": self.compaction_strategy,
                        "minInputFiles": self.min_input_files,
                        "deleteFileThreshold": self.delete_file_threshold,
                    }
                }
            }
        if self.snapshot_days is not None:
            found["retention"] = {
                "retentionConfiguration": {
                    "icebergConfiguration": {
                        "snapshotRetentionPeriodInDays": self.snapshot_days,
                        "numberOfSnapshotsToRetain": self.snapshots_to_keep,
                        "cleanExpiredFiles": self.clean_expired_files,
                    }
                }
            }
        if self.orphan_file_days is not None:
            found["orphan_file_deletion"] = {
                "orphanFileDeletionConfiguration": {
                    "icebergConfiguration": {
                        "orphanFileRetentionPeriodInDays": self.orphan_file_days,
                        "location": location,
                    }
                }
            }
        return found


@checks_types
class TableMaintenanceRole(Construct):
    """The role with which Glue compacts the tables of one layer and cleans up after them.

    What it may do is AWS's list for table optimizers (AWS: "Table optimization prerequisites"
    in the Glue guide), on one bucket and one database.

    Args:
        database_name: the tables' database.
        bucket: the bucket with the tables' files.
        key: encrypts the files.
    """

    def __init__(
        self, scope: Construct, id: str, *, database_name: str, bucket: s3.IBucket, key: kms.IKey
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)

        def arn(resource: str, name: str | None = None) -> str:
            return stack.format_arn(service="glue", resource=resource, resource_name=name)

        policy = AccessPolicy(
            self,
            "Policy",
            description=f"Table optimizers of {scope.node.path}",
            statements=[
                *access_to_bucket(bucket, write=True),
                *use_of_key(key),
                WildcardStatement(
                    actions=["glue:GetTable", "glue:UpdateTable"],
                    resources=[
                        stack.format_arn(service="glue", resource="catalog"),
                        arn("database", database_name),
                        arn("table", f"{database_name}/*"),
                    ],
                    wildcard_reason="All tables of one database, and no other.",
                ),
                WildcardStatement(
                    actions=["lakeformation:GetDataAccess"],
                    resources=["*"],
                    wildcard_reason=(
                        "IAM knows no resources for this action; Lake Formation decides what "
                        "the role gets."
                    ),
                ),
                *(write_logs(self, f"/aws-glue/{group}/logs") for group in _LOG_GROUPS),
            ],
        )
        self.role = iam.Role(
            self,
            "Resource",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("glue.amazonaws.com"),
                {"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description=f"Table optimizers of {scope.node.path}",
            managed_policies=[policy.managed_policy],
        )


@checks_types
class GlueIcebergTable(Construct):
    """An Iceberg table, version 2, described in Glue, with its files below one prefix.

    Glue writes the table's first metadata file. CloudFormation says that it can update the
    description; that Glue takes a changed schema for a table that has data, only AWS can
    show: use ALTER TABLE.

    Args:
        database: the database, which must exist first.
        location: URI of the tables' folder, without a slash at the end.
        table: columns, partitions and order.
        optimizers: what Glue does to it.
        role: with which Glue does it.
        removal_policy: with DESTROY the description goes with the stack.

    Raises:
        ValueError: if a column's type is nested: CloudFormation takes a type as a text here,
            for which Iceberg has primitive types only.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        database: glue.CfnDatabase,
        location: str,
        table: IcebergTable,
        optimizers: TableOptimizers,
        role: iam.IRole,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        if table.nested:
            raise ValueError(f"{table.name}: expected primitive types, got nested {table.nested}")
        stack = Stack.of(self)
        self.name = table.name
        database_name = str(database.database_name)
        where = f"{location}/{table.name}/"
        self.resource = glue.CfnTable(
            self,
            "Resource",
            catalog_id=stack.account,
            database_name=database_name,
            name=table.name,
            open_table_format_input={
                "icebergInput": {
                    "metadataOperation": "CREATE",
                    "version": "2",
                    "icebergTableInput": {
                        "location": where,
                        "schema": {"type": "struct", "fields": table.fields()},
                        **({"partitionSpec": spec} if (spec := table.partition_spec()) else {}),
                        **({"writeOrder": order} if (order := table.sort_order()) else {}),
                        **(
                            {"properties": {"comment": table.description}}
                            if table.description
                            else {}
                        ),
                    },
                }
            },
        )
        self.resource.add_resource_dependency(database)
        self.resource.apply_removal_policy(removal_policy)
        self._optimizers = []
        for kind, configuration in optimizers.to_properties(where).items():
            optimizer = glue.CfnTableOptimizer(
                self,
                kind.title().replace("_", ""),
                catalog_id=stack.account,
                database_name=database_name,
                table_name=table.name,
                type=kind,
                table_optimizer_configuration={
                    "enabled": True,
                    "roleArn": role.role_arn,
                    **configuration,
                },
            )
            optimizer.node.add_dependency(self.resource, role)
            self._optimizers.append(optimizer)

    def optimize_after(self, *others: IDependable) -> None:
        """Switch the optimizers on only when others exist, such as the role's grants."""
        for optimizer in self._optimizers:
            optimizer.node.add_dependency(*others)
