"""One layer of a lakehouse: a bucket and its database."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import (
    DataBucket,
    DataLifecycle,
    Replication,
    access_to_bucket,
    use_of_key,
)
from sagemaker_platform.lakehouse.data_location import DataLocation
from sagemaker_platform.lakehouse.glue_table import (
    GlueIcebergTable,
    TableMaintenanceRole,
    TableOptimizers,
)
from sagemaker_platform.lakehouse.iceberg import IcebergTable
from sagemaker_platform.security import WildcardStatement, format_arn, grant

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
"""All principals that IAM allows, as Lake Formation calls them."""

READ_CATALOG = [
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
]
_WRITE_CATALOG = [
    "glue:BatchCreatePartition",
    "glue:BatchDeletePartition",
    "glue:CreatePartition",
    "glue:CreateTable",
    "glue:DeletePartition",
    "glue:DeleteTable",
    "glue:UpdatePartition",
    "glue:UpdateTable",
]


class _Layer(Construct):
    """What an existing layer and a new one have in common."""

    database_name: str
    bucket: s3.IBucket
    _key: kms.IKey

    @property
    def location(self) -> str:
        """URI of the folder that holds the layer's Iceberg tables."""
        return f"s3://{self.bucket.bucket_name}/tables"

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading the tables and their data, with the key."""
        return grant(grantee, [*self.access_statements(write=False), *use_of_key(self._key)])

    def grant_read_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading, creating, changing and deleting tables and data, with the key."""
        return grant(grantee, [*self.access_statements(write=True), *use_of_key(self._key)])

    def access_statements(self, *, write: bool) -> list[iam.PolicyStatement]:
        """Return the permissions to read, or to read and write, the tables and their data.

        The key is not among them: a policy covers it once, with `use_of_key`.

        Args:
            write: whether tables and data may be created, changed and deleted too.
        """
        return [*access_to_bucket(self.bucket, write=write), self.catalog_statement(write=write)]

    def catalog_statement(
        self, *, write: bool, tables: Sequence[str] = ("*",)
    ) -> iam.PolicyStatement:
        """Return the permissions to see, or to see and change, the descriptions of tables.

        Enough where Lake Formation hands out the data.

        Args:
            write: whether to change them too.
            tables: names of the tables. Defaults to all tables of the layer.
        """
        stack = Stack.of(self)

        def arn(resource: str, name: str | None = None) -> str:
            return format_arn(stack, service="glue", resource=resource, resource_name=name)

        database = self.database_name
        return WildcardStatement(
            actions=READ_CATALOG + (_WRITE_CATALOG if write else []),
            resources=[
                arn("catalog"),
                arn("database", database),
                *(arn("table", f"{database}/{table}") for table in tables),
            ],
            wildcard_reason="All tables of one database, and no other.",
        )

    def register(self, *, hybrid: bool) -> DataLocation:
        """Register the bucket with Lake Formation.

        Args:
            hybrid: whether IAM still counts for principals that have not opted in.
        """
        return DataLocation(
            self,
            "Location",
            name=self.node.id,
            arn=self.bucket.bucket_arn,
            statements=[*access_to_bucket(self.bucket, write=True), *use_of_key(self._key)],
            hybrid=hybrid,
        )


@checks_types
class ExistingLakehouseLayer(_Layer):
    """A bucket of data and its Glue database that exist already.

    `LakehouseLayer.from_database` returns one. Nothing is provisioned.

    Args:
        database_name: name of the database in the Glue catalog of the account and region.
        bucket: the bucket with the files of its tables.
        key: encrypts the files.
    """

    def __init__(
        self, scope: Construct, id: str, *, database_name: str, bucket: s3.IBucket, key: kms.IKey
    ) -> None:
        super().__init__(scope, id)
        self.database_name, self.bucket, self._key = database_name, bucket, key


@checks_types
class LakehouseLayer(_Layer):
    """A bucket of data and the Glue database that describes its tables.

    Args:
        database_name: name of the database in the account's Glue catalog; lower-case
            letters, digits and underscores, unique in account and region.
        key: encrypts the data.
        access_logs: bucket that receives the access logs.
        removal_policy: with DESTROY the data is deleted together with the layer.
        noncurrent_days: how long a replaced or deleted version can be brought back.
        lifecycle: when objects move to cheaper storage. If omitted, they stay in S3 Standard.
        replication: copies in another bucket. Defaults to no replication.
        iam_decides: whether IAM alone decides who uses new tables. Defaults to the account's Lake
            Formation settings when the database is created.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        database_name: str,
        key: kms.IKey,
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
        noncurrent_days: int = 30,
        lifecycle: DataLifecycle | None = None,
        replication: Replication | None = None,
        iam_decides: bool | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.database_name = database_name
        self._key = key
        self._removal_policy = removal_policy
        self._maintenance: TableMaintenanceRole | None = None
        self.tables: dict[str, GlueIcebergTable] = {}
        self.bucket = DataBucket(
            self,
            "Bucket",
            key=key,
            access_logs=access_logs,
            removal_policy=removal_policy,
            noncurrent_days=noncurrent_days,
            lifecycle=lifecycle,
            replication=replication,
        ).bucket
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Stack.of(self).account,
            database_name=database_name,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                description=f"Tables in {self.node.path}",
                location_uri=f"s3://{self.bucket.bucket_name}/",
                create_table_default_permissions=default_permissions(iam_decides),
            ),
        )
        self.database.apply_removal_policy(removal_policy)

    @staticmethod
    def from_database(
        scope: Construct, id: str, *, database_name: str, bucket: s3.IBucket, key: kms.IKey
    ) -> ExistingLakehouseLayer:
        """Import a database and the bucket of its tables.

        Args:
            scope: scope of the new construct.
            id: id of the new construct.
            database_name: name of the database in the Glue catalog of the account and region.
            bucket: the bucket with the files of its tables.
            key: encrypts the files.
        """
        return ExistingLakehouseLayer(
            scope, id, database_name=database_name, bucket=bucket, key=key
        )

    @property
    def maintenance_role(self) -> iam.IRole | None:
        """The role with which Glue maintains the layer's tables; None without tables."""
        return None if self._maintenance is None else self._maintenance.role

    def add_table(self, table: IcebergTable, optimizers: TableOptimizers) -> GlueIcebergTable:
        """Make an Iceberg table in the layer.

        Args:
            table: columns, partitions and order.
            optimizers: what Glue does to it.
        """
        if self._maintenance is None:
            self._maintenance = TableMaintenanceRole(
                self,
                "Maintenance",
                database_name=self.database_name,
                bucket=self.bucket,
                key=self._key,
            )
        made = GlueIcebergTable(
            self,
            f"Table-{table.name}",
            database=self.database,
            location=self.location,
            table=table,
            optimizers=optimizers,
            role=self._maintenance.role,
            removal_policy=self._removal_policy,
        )
        self.tables[table.name] = made
        return made


def default_permissions(
    iam_decides: bool | None,
) -> list[glue.CfnDatabase.PrincipalPrivilegesProperty] | None:
    """Return what a database gives all principals that IAM allows on each new table.

    It keeps its own answer, whatever the account's defaults become later.
    """
    if iam_decides is None:
        return None
    if not iam_decides:
        return []
    everybody = glue.CfnDatabase.DataLakePrincipalProperty(data_lake_principal_identifier=EVERYBODY)
    return [glue.CfnDatabase.PrincipalPrivilegesProperty(permissions=["ALL"], principal=everybody)]
