"""An S3 table bucket with its namespaces and Iceberg tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3tables as s3tables
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.lakehouse.existing_table_bucket import (
    READ_TABLES,
    ExistingTableBucket,
    TableBucketAccess,
)
from sagemaker_platform.lakehouse.iceberg import IcebergTable
from sagemaker_platform.security import AccessPolicy, WildcardStatement


@checks_types
@dataclass(frozen=True, kw_only=True)
class TableMaintenance:
    """What S3 Tables does to one table.

    Args:
        target_file_size_mib: compaction makes files of this size.
        snapshot_max_age_hours: older snapshots go.
        snapshots_to_keep: minimum number of snapshots to keep, regardless of age.
    """

    target_file_size_mib: int = 512
    snapshot_max_age_hours: int = 120
    snapshots_to_keep: int = 1


@checks_types
@dataclass(frozen=True, kw_only=True)
class TableReplica:
    """Read-only copies of all tables in a table bucket elsewhere.

    Args:
        table_bucket_arn: the table bucket there. If it is of another account, its policy lets
            our role in.
        key_arn: the key there that encrypts the copies; its policy lets our role, and
            ``maintenance.s3tables.amazonaws.com``, use it.
    """

    table_bucket_arn: str
    key_arn: str


@checks_types
class TableBucket(TableBucketAccess):
    """A table bucket, encrypted with a customer-managed key, that answers TLS only.

    S3 Tables compacts tables, expires snapshots and removes files by itself; for tables that
    a customer-managed key encrypts it needs the key's permission, which is added to the key's
    policy (AWS: "Specifying server-side encryption using AWS KMS keys" in the guide to S3
    Tables). An imported key has to allow it already. That maintenance runs, only AWS can show.

    Args:
        name: name of the bucket, unique in account and region.
        key: encrypts all tables.
        removal_policy: with DESTROY bucket, namespaces and tables go with the stack. S3
            refuses to delete a bucket with tables in it that the stack does not know: drop
            those first.
        intelligent_tiering: whether new tables lie in S3 Intelligent-Tiering.
        unreferenced_days: files become noncurrent after this many days without a reference; None
            switches the removal off.
        noncurrent_days: noncurrent files are deleted after this many days.
        replicas: at most five copies elsewhere, as "Setting up S3 Tables replication" of AWS
            describes them. Whether their owners have let the role in, only AWS can show.
        replication_role_name: name of the role that copies, so that those owners can name it
            beforehand; needed with `replicas`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        removal_policy: RemovalPolicy,
        intelligent_tiering: bool = False,
        unreferenced_days: int | None = 3,
        noncurrent_days: int = 10,
        replicas: Sequence[TableReplica] = (),
        replication_role_name: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self._key = key
        self._removal_policy = removal_policy
        stack = Stack.of(self)
        # Not the attribute: the key's policy, in another stack, cannot wait for the bucket.
        arn = stack.format_arn(service="s3tables", resource="bucket", resource_name=name)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("maintenance.s3tables.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"{arn}/*"},
                },
            )
        )
        self.resource = s3tables.CfnTableBucket(
            self,
            "Resource",
            table_bucket_name=name,
            encryption_configuration=s3tables.CfnTableBucket.EncryptionConfigurationProperty(
                sse_algorithm="aws:kms", kms_key_arn=key.key_arn
            ),
            storage_class_configuration=(
                s3tables.CfnTableBucket.StorageClassConfigurationProperty(
                    storage_class="INTELLIGENT_TIERING" if intelligent_tiering else "STANDARD"
                )
            ),
            unreferenced_file_removal=s3tables.CfnTableBucket.UnreferencedFileRemovalProperty(
                status="Disabled" if unreferenced_days is None else "Enabled",
                unreferenced_days=unreferenced_days,
                noncurrent_days=None if unreferenced_days is None else noncurrent_days,
            ),
            metrics_configuration=s3tables.CfnTableBucket.MetricsConfigurationProperty(
                status="Enabled"
            ),
        )
        self.resource.apply_removal_policy(removal_policy)
        require_each("replicas", replicas, TableReplica)
        if replicas:
            self._replicate(replicas, arn, replication_role_name)
        self.arn = self.resource.attr_table_bucket_arn
        policy = s3tables.CfnTableBucketPolicy(
            self,
            "Policy",
            table_bucket_arn=self.arn,
            resource_policy={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "OnlyTls",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3tables:*",
                        "Resource": [self.arn, f"{self.arn}/*"],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        )
        policy.apply_removal_policy(removal_policy)
        self.namespaces: dict[str, s3tables.CfnNamespace] = {}
        self.tables: dict[tuple[str, str], s3tables.CfnTable] = {}

    def _replicate(self, replicas: Sequence[TableReplica], arn: str, role_name: str | None) -> None:
        there = [replica.table_bucket_arn for replica in replicas]
        policy = AccessPolicy(
            self,
            "ReplicationPolicy",
            description=f"Replication of {self.node.path}",
            statements=[
                iam.PolicyStatement(actions=["s3tables:ListTables"], resources=[arn]),
                WildcardStatement(
                    actions=[*READ_TABLES, "s3tables:GetTableMaintenanceConfiguration"],
                    resources=[f"{arn}/table/*"],
                    wildcard_reason="All tables of one table bucket are copied.",
                ),
                iam.PolicyStatement(
                    actions=["s3tables:CreateNamespace", "s3tables:CreateTable"], resources=there
                ),
                WildcardStatement(
                    actions=[
                        "s3tables:GetTableData",
                        "s3tables:PutTableData",
                        "s3tables:PutTableMaintenanceConfiguration",
                        "s3tables:UpdateTableMetadataLocation",
                    ],
                    resources=[f"{bucket}/table/*" for bucket in there],
                    wildcard_reason="Copies of all tables, in the table buckets that are named.",
                ),
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
                    resources=list(
                        dict.fromkeys(
                            [self._key.key_arn, *(replica.key_arn for replica in replicas)]
                        )
                    ),
                ),
            ],
        )
        role = iam.Role(
            self,
            "ReplicationRole",
            role_name=role_name,
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("replication.s3tables.amazonaws.com"),
                {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            description=f"Replication of {self.node.path}",
            managed_policies=[policy.managed_policy],
        )
        self.resource.replication_configuration = (
            s3tables.CfnTableBucket.ReplicationConfigurationProperty(
                role=role.role_arn,
                rules=[
                    s3tables.CfnTableBucket.ReplicationRuleProperty(
                        destinations=[
                            s3tables.CfnTableBucket.ReplicationDestinationProperty(
                                destination_table_bucket_arn=bucket
                            )
                            for bucket in there
                        ]
                    )
                ],
            )
        )
        self.resource.node.add_dependency(role)

    @staticmethod
    def from_table_bucket_name(
        scope: Construct, id: str, name: str, *, key: kms.IKey
    ) -> ExistingTableBucket:
        """Import a table bucket of the account and region of the stack.

        Args:
            scope: scope of the new construct.
            id: id of the new construct.
            name: name of the table bucket.
            key: the key that encrypts its tables.
        """
        return ExistingTableBucket(scope, id, name=name, key=key)

    def add_namespace(self, name: str) -> None:
        """Make a namespace, which Glue calls a database."""
        namespace = s3tables.CfnNamespace(
            self, f"Namespace-{name}", namespace=name, table_bucket_arn=self.arn
        )
        namespace.apply_removal_policy(self._removal_policy)
        self.namespaces[name] = namespace

    def add_table(
        self, namespace: str, table: IcebergTable, maintenance: TableMaintenance
    ) -> s3tables.CfnTable:
        """Make an Iceberg table.

        CloudFormation replaces a table whose schema, partitions or order change, and the
        replacement fails since the name is taken: nothing is lost, and nothing changes. Use
        ALTER TABLE instead.

        Args:
            namespace: a namespace that `add_namespace` has made.
            table: columns, partitions and order.
            maintenance: what S3 Tables does to it.
        """
        fields = table.fields()
        resource = s3tables.CfnTable(
            self,
            f"Table-{namespace}-{table.name}",
            table_bucket_arn=self.arn,
            namespace=namespace,
            table_name=table.name,
            open_table_format="ICEBERG",
            compaction={
                "status": "enabled",
                "targetFileSizeMb": maintenance.target_file_size_mib,
            },
            snapshot_management={
                "status": "enabled",
                "maxSnapshotAgeHours": maintenance.snapshot_max_age_hours,
                "minSnapshotsToKeep": maintenance.snapshots_to_keep,
            },
            iceberg_metadata={
                "icebergSchemaV2": {
                    "schemaV2FieldType": "struct",
                    "schemaV2FieldList": fields,
                },
                **({"icebergPartitionSpec": spec} if (spec := table.partition_spec()) else {}),
                **({"icebergSortOrder": order} if (order := table.sort_order()) else {}),
                **(
                    {"tableProperties": {"comment": table.description}} if table.description else {}
                ),
            },
        )
        resource.apply_removal_policy(self._removal_policy)
        resource.add_resource_dependency(self.namespaces[namespace])
        self.tables[namespace, table.name] = resource
        return resource
