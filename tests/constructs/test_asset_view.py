"""The view of assets, lineage and bill, run over rows by DuckDB, whose SQL is close to Athena's."""

from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack, assertions

from sagemaker_platform.budget import BillCatalog
from sagemaker_platform.budget.asset_view import ASSET_VIEW
from tests.constructs.test_bill_queries import ATHENA_TYPES, TYPES, line, presto

duckdb = pytest.importorskip("duckdb", reason="a development dependency: run make setup")

SAGEMAKER = "arn:aws:sagemaker:eu-west-1:123456789012"
ORDERS, PRICES = (
    f"arn:aws:glue:eu-west-1:123456789012:table/dev_curated/{name}" for name in ("orders", "prices")
)
EXPORTED = '"s3tablescatalog/aws-sagemaker-catalog"'
PACKAGE = f"{SAGEMAKER}:model-package/dev-churn/7"
ASSETS = [
    # The day before: a name that has changed since, and an asset that is gone.
    ("2026-11-26 00:10:00", "a1", "GlueTable", ORDERS, "orders (raw)", {"owningEntityId": "p1"}),
    ("2026-11-26 00:10:00", "a9", "GlueTable", "gone", "gone", {}),
    ("2026-11-27 00:10:00", "a1", "GlueTable", ORDERS, "Orders", {"owningEntityId": "p1"}),
    ("2026-11-27 00:10:03", "a2", "GlueTable", PRICES, "Prices", {"owningEntityId": "p2"}),
    ("2026-11-27 00:10:03", "a3", "RedshiftTable", "other", "Stock", {}),
]
LINEAGE = [
    ("dev-churn", PACKAGE, "job", "s3://lake/tables/orders/data", ORDERS),
    # The same table again, in another folder of it.
    ("dev-churn", PACKAGE, "job", "s3://lake/tables/orders/data/2026", ORDERS),
    ("dev-fraud", "", "", "s3://lake/tables/orders", ORDERS),
    ("dev-fraud", "", "", "s3://elsewhere/x", ""),
    ("dev-new", "", "", "s3://lake/tables/prices", PRICES),
]
LINES = [
    line(f"{SAGEMAKER}:endpoint/dev-churn", 1.0),
    line(f"{SAGEMAKER}:endpoint/dev-churn", 2.0, product_instance_type="ml.c5.xlarge"),
    line(f"{SAGEMAKER}:endpoint/dev-churn", 4.0, billing_period="2026-10"),
    line(f"{SAGEMAKER}:endpoint/dev-fraud", 8.0),
    # No asset goes with it.
    line(f"{SAGEMAKER}:endpoint/dev-other", 16.0),
]


@pytest.fixture(scope="module")
def database() -> Iterator[Any]:
    """Return a database with the tables and views of the template, and an exported catalog."""
    stack = Stack(App(), "Bill")
    BillCatalog(
        stack,
        "Catalog",
        database_name="dev_bill",
        bucket_name="dev-bill",
        export_name="dev-bill",
        removal_policy=RemovalPolicy.DESTROY,
        assets=True,
    )
    found = assertions.Template.from_stack(stack).find_resources("AWS::Glue::Table")
    tables = {one["Properties"]["TableInput"]["Name"]: one["Properties"] for one in found.values()}
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA dev_bill")
    connection.execute("CREATE MACRO element_at(m, k) AS map_extract_value(m, k)")
    connection.execute(f"ATTACH ':memory:' AS {EXPORTED}")
    connection.execute(f"CREATE SCHEMA {EXPORTED}.asset_metadata")
    asset = f"{EXPORTED}.asset_metadata.asset"
    connection.execute(
        f"CREATE TABLE {asset} (snapshot_time TIMESTAMP, asset_id VARCHAR, "
        "resource_type_enum VARCHAR, resource_id VARCHAR, asset_name VARCHAR, "
        "extended_metadata MAP(VARCHAR, VARCHAR))"
    )
    for name in ("line_items", "lineage"):
        described = tables[name]["TableInput"]
        columns = [*described["StorageDescriptor"]["Columns"], *described["PartitionKeys"]]
        text = ", ".join(
            f"{one['Name']} {TYPES.get(one['Type'], 'MAP(VARCHAR, VARCHAR)')}" for one in columns
        )
        connection.execute(f"CREATE TABLE dev_bill.{name} ({text})")
    for table, rows in ((asset, ASSETS), ("dev_bill.lineage", LINEAGE)):
        for row in rows:
            marks = ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", list(row))
    for one in LINES:
        names, marks = ", ".join(one), ", ".join("?" for _ in one)
        connection.execute(
            f"INSERT INTO dev_bill.line_items ({names}) VALUES ({marks})", list(one.values())
        )
    for name in ("cost_by_endpoint", ASSET_VIEW.name):
        connection.execute(f"CREATE VIEW dev_bill.{name} AS {presto(tables[name])['originalSql']}")
    yield connection, tables
    connection.close()


def test_assets_have_the_endpoints_that_go_back_to_them(database: Any) -> None:
    connection, _ = database

    found = connection.execute(
        "SELECT asset_name, owner_id, endpoint, model_packages, billing_period, instance_hours, "
        "unblended_cost FROM dev_bill.cost_by_asset "
        "ORDER BY asset_id, endpoint, billing_period"
    ).fetchall()

    assert found == [
        ("Orders", "p1", "dev-churn", PACKAGE, "2026-10", 1, 4.0),
        ("Orders", "p1", "dev-churn", PACKAGE, "2026-11", 2, 3.0),
        ("Orders", "p1", "dev-fraud", "", "2026-11", 1, 8.0),
        # An endpoint that the bill does not have yet.
        ("Prices", "p2", "dev-new", "", None, None, None),
        # No endpoint goes back to it.
        ("Stock", None, None, None, None, None, None),
    ]


def test_its_columns_have_the_types_of_the_query(database: Any) -> None:
    connection, tables = database
    described = connection.execute(f"DESCRIBE dev_bill.{ASSET_VIEW.name}").fetchall()
    run = [{"name": one[0], "type": ATHENA_TYPES[one[1]]} for one in described]

    assert presto(tables[ASSET_VIEW.name])["columns"] == run
    glue = tables[ASSET_VIEW.name]["TableInput"]["StorageDescriptor"]["Columns"]
    assert [(one["Name"], one["Type"].replace("string", "varchar")) for one in glue] == [
        (one["name"], one["type"]) for one in run
    ]


def test_the_table_reads_the_file_of_the_export(database: Any) -> None:
    from sagemaker_platform.budget.lineage_export import FILE

    _, tables = database
    described = tables["lineage"]["TableInput"]["StorageDescriptor"]

    assert described["Location"] == f"s3://dev-bill/{FILE.rpartition('/')[0]}/"
    assert [one["Name"] for one in described["Columns"]] == [
        "endpoint",
        "model_packages",
        "training_jobs",
        "data",
        "table_arn",
    ]
