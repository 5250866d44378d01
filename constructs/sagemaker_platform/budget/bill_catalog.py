"""The bill of an account as a table and views of Athena."""

import base64
import json
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.budget.asset_view import (
    ASSET_VIEW,
    EXPORT_BUCKET,
    EXPORT_DATABASE,
    EXPORT_TABLE,
    LINEAGE,
    LINEAGE_COLUMNS,
)
from sagemaker_platform.budget.bill_columns import COLUMNS, PARTITION, VIEWS, BillView
from sagemaker_platform.budget.bill_export import data_folder
from sagemaker_platform.lakehouse.layer import READ_CATALOG, default_permissions
from sagemaker_platform.security import WildcardStatement, grant

TABLE = "line_items"
"""Name of the table of the bill."""
# Athena does not look for months before.
_FIRST_MONTH = "2026-01"
# Types of Glue, by those of Athena's views.
_GLUE_TYPES = {"varchar": "string", "double": "double", "date": "date"}
_FORMAT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquet{}putFormat"
_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_EXPORTED = f'"s3tablescatalog/{EXPORT_BUCKET}"."{EXPORT_DATABASE}"."{EXPORT_TABLE}"'


@checks_types
class BillCatalog(Construct):
    """A database with the table `line_items` over a `BillExport`, and views by what costs.

    Months are found by partition projection, from January 2026 on: nothing has to crawl. A view
    of Athena reads the table with the permissions of who queries, so readers need both.

    Args:
        database_name: name of the database, unique in account and region.
        bucket_name: name of the bucket of the export.
        export_name: name of the export.
        removal_policy: with DESTROY database, table and views are deleted with the stack.
        iam_decides: whether IAM alone decides who reads tables. Defaults to the account's Lake
            Formation settings when the database is created.
        assets: whether there are the table of a `LineageExport` in the bucket, and the view
            `cost_by_asset`, which joins it with the exported catalog of Unified Studio.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        database_name: str,
        bucket_name: str,
        export_name: str,
        removal_policy: RemovalPolicy,
        iam_decides: bool | None = None,
        assets: bool = False,
    ) -> None:
        super().__init__(scope, id)
        self.database_name = database_name
        self._account = Stack.of(self).account
        self._removal_policy = removal_policy
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self._account,
            database_name=database_name,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                description=f"Bill for {self.node.path}",
                location_uri=f"s3://{bucket_name}/",
                create_table_default_permissions=default_permissions(iam_decides),
            ),
        )
        self.database.apply_removal_policy(removal_policy)
        self._tables = [self._table(f"s3://{bucket_name}/{data_folder(export_name)}")]
        for view in VIEWS:
            self._tables.append(self._view(view))
        if assets:
            self._tables += [
                self._lineage(f"s3://{bucket_name}/{LINEAGE}/"),
                self._view(ASSET_VIEW),
            ]

    def create_after(self, *others: IDependable) -> None:
        """Create table and views only when others exist, such as the rights to create them."""
        for one in self._tables:
            one.node.add_dependency(*others)

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant seeing the table and the views. Reading also takes `BillBucket.grant_read`."""
        return grant(grantee, self.read_statements())

    def read_statements(self) -> list[iam.PolicyStatement]:
        """Return the permissions to see the table and the views."""
        stack = Stack.of(self)

        def arn(resource: str, name: str | None = None) -> str:
            return stack.format_arn(service="glue", resource=resource, resource_name=name)

        return [
            WildcardStatement(
                actions=READ_CATALOG,
                resources=[
                    arn("catalog"),
                    arn("database", self.database_name),
                    arn("table", f"{self.database_name}/*"),
                ],
                wildcard_reason="All tables of one database, and no other.",
            )
        ]

    def _table(self, location: str) -> glue.CfnTable:
        projection = f"projection.{PARTITION}"
        return self._add(
            "Table",
            glue.CfnTable.TableInputProperty(
                name=TABLE,
                description="The lines of the bill, as AWS Data Exports delivers them",
                table_type="EXTERNAL_TABLE",
                parameters={
                    "EXTERNAL": "TRUE",
                    "classification": "parquet",
                    "projection.enabled": "true",
                    f"{projection}.type": "date",
                    f"{projection}.format": "yyyy-MM",
                    f"{projection}.range": f"{_FIRST_MONTH},NOW",
                    f"{projection}.interval": "1",
                    f"{projection}.interval.unit": "MONTHS",
                    "storage.location.template": (
                        f"{location}/{PARTITION.upper()}=${{{PARTITION}}}/"
                    ),
                },
                partition_keys=[glue.CfnTable.ColumnProperty(name=PARTITION, type="string")],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=f"{location}/",
                    input_format=_FORMAT.format("In"),
                    output_format=_FORMAT.format("Out"),
                    columns=[
                        glue.CfnTable.ColumnProperty(name=name, type=kind)
                        for name, kind in COLUMNS.items()
                    ],
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=_SERDE, parameters={"serialization.format": "1"}
                    ),
                ),
            ),
        )

    def _lineage(self, location: str) -> glue.CfnTable:
        return self._add(
            LINEAGE,
            glue.CfnTable.TableInputProperty(
                name=LINEAGE,
                description="Data sets that the models of endpoints were trained with",
                table_type="EXTERNAL_TABLE",
                parameters={"EXTERNAL": "TRUE", "classification": "json"},
                partition_keys=[],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=location,
                    input_format="org.apache.hadoop.mapred.TextInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    columns=[
                        glue.CfnTable.ColumnProperty(name=name, type=kind)
                        for name, kind in LINEAGE_COLUMNS.items()
                    ],
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library="org.openx.data.jsonserde.JsonSerDe",
                        parameters={"serialization.format": "1"},
                    ),
                ),
            ),
        )

    def _view(self, view: BillView) -> glue.CfnTable:
        return self._add(
            view.name,
            glue.CfnTable.TableInputProperty(
                name=view.name,
                description=view.description,
                table_type="VIRTUAL_VIEW",
                parameters={"presto_view": "true", "comment": "Presto View"},
                partition_keys=[],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[
                        glue.CfnTable.ColumnProperty(name=name, type=_GLUE_TYPES[kind])
                        for name, kind in view.columns.items()
                    ],
                    serde_info=glue.CfnTable.SerdeInfoProperty(parameters={}),
                ),
                view_original_text=presto_view(view, self.database_name),
                view_expanded_text="/* Presto View */",
            ),
        )

    def _add(self, id: str, table: glue.CfnTable.TableInputProperty) -> glue.CfnTable:
        made = glue.CfnTable(
            self,
            id,
            catalog_id=self._account,
            database_name=self.database_name,
            table_input=table,
        )
        made.add_resource_dependency(self.database)
        made.apply_removal_policy(self._removal_policy)
        return made


def presto_view(view: BillView, database_name: str) -> str:
    """Return a view as Athena stores it in Glue: JSON in base64, in a comment.

    Undocumented, and what ``CREATE VIEW`` of Athena writes (trinodb/trino, ``ViewReaderUtil``).
    """
    definition: dict[str, Any] = {
        "originalSql": view.query.format(
            table=f'"{database_name}"."{TABLE}"',
            endpoints=f'"{database_name}"."cost_by_endpoint"',
            lineage=f'"{database_name}"."{LINEAGE}"',
            assets=_EXPORTED,
        ),
        "catalog": "awsdatacatalog",
        "schema": database_name,
        "columns": [{"name": name, "type": kind} for name, kind in view.columns.items()],
    }
    text = base64.b64encode(json.dumps(definition).encode()).decode()
    return f"/* Presto View: {text} */"
