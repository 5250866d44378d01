"""The views of the bill, run over lines of a bill by DuckDB, whose SQL is close to Athena's."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack, assertions

from sagemaker_platform.budget import BillCatalog
from sagemaker_platform.budget.bill_columns import VIEWS

duckdb = pytest.importorskip("duckdb", reason="a development dependency: run make setup")

ACCOUNT = "123456789012"
SAGEMAKER = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}"
PROFILE = f"{SAGEMAKER}:user-profile/d-0a1b2c3d4e5f/bob"
TYPES = {"string": "VARCHAR", "timestamp": "TIMESTAMP", "double": "DOUBLE"}
ATHENA_TYPES = {"VARCHAR": "varchar", "DATE": "date", "DOUBLE": "double"}


def line(resource: str, cost: float, tags: dict[str, str] | None = None, **more: Any) -> Any:
    """Return a line of a bill: an hour of an instance in SageMaker, unless it says otherwise."""
    return {
        "line_item_usage_start_date": "2026-11-03 05:00:00",
        "line_item_line_item_type": "Usage",
        "line_item_product_code": "AmazonSageMaker",
        "line_item_resource_id": resource,
        "line_item_unblended_cost": cost,
        "line_item_usage_amount": 1.0,
        "line_item_currency_code": "USD",
        "pricing_unit": "Hrs",
        "product_instance_type": "ml.m5.xlarge",
        "resource_tags": tags or {},
        "billing_period": "2026-11",
        **more,
    }


DEV = {"user_environment": "dev", "user_owner": "platform"}
VISION = DEV | {"user_team": "vision"}
COVERED: dict[str, Any] = {
    "line_item_line_item_type": "SavingsPlanCoveredUsage",
    "savings_plan_savings_plan_effective_cost": 0.6,
}
LINES = [
    line(f"{SAGEMAKER}:endpoint/dev-scorer", 1.0, VISION),
    line(f"{SAGEMAKER}:endpoint/dev-scorer", 1.0, VISION, **COVERED),
    line("", -1.0, line_item_line_item_type="SavingsPlanNegation"),
    line(
        "",
        5.0,
        line_item_line_item_type="SavingsPlanRecurringFee",
        savings_plan_total_commitment_to_date=5.0,
        savings_plan_used_commitment=4.0,
    ),
    line(
        f"{SAGEMAKER}:endpoint/dev-scorer",
        0.25,
        VISION,
        pricing_unit="GB",
        line_item_usage_amount=9.0,
        product_instance_type="",
    ),
    line(
        f"{SAGEMAKER}:app/d-0a1b2c3d4e5f/space/jupyterlab/default", 0.5, DEV | {"user_user": "ana"}
    ),
    line(
        f"{SAGEMAKER}:training-job/dev-user-x",
        2.0,
        {"user_sagemaker_user_profile_arn": PROFILE},
    ),
    line(f"{SAGEMAKER}:cluster/abc123def456", 8.0, DEV),
    line(
        f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/dev-research",
        0.1,
        DEV,
        line_item_product_code="AmazonEKS",
        product_instance_type="",
    ),
    line("bucket", 0.75, line_item_product_code="AmazonS3", pricing_unit="GB-Mo"),
]


@pytest.fixture(scope="module")
def database() -> Iterator[Any]:
    """Return a database with the table and the views of the template, and lines of a bill."""
    stack = Stack(App(), "Bill")
    BillCatalog(
        stack,
        "Catalog",
        database_name="dev_bill",
        bucket_name="dev-bill",
        export_name="dev-bill",
        removal_policy=RemovalPolicy.DESTROY,
    )
    found = assertions.Template.from_stack(stack).find_resources("AWS::Glue::Table")
    tables = {one["Properties"]["TableInput"]["Name"]: one["Properties"] for one in found.values()}
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA dev_bill")
    # In Athena: the value of a key, NULL without it.
    connection.execute("CREATE MACRO element_at(m, k) AS map_extract_value(m, k)")
    described = tables.pop("line_items")["TableInput"]
    columns = {
        one["Name"]: TYPES.get(one["Type"], "MAP(VARCHAR, VARCHAR)")
        for one in [*described["StorageDescriptor"]["Columns"], *described["PartitionKeys"]]
    }
    text = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"CREATE TABLE dev_bill.line_items ({text})")
    for one in LINES:
        names, marks = ", ".join(one), ", ".join("?" for _ in one)
        connection.execute(
            f"INSERT INTO dev_bill.line_items ({names}) VALUES ({marks})", list(one.values())
        )
    assert tables.keys() == {view.name for view in VIEWS}
    for name, properties in tables.items():
        definition = presto(properties)
        assert definition["catalog"] == "awsdatacatalog"
        assert definition["schema"] == properties["DatabaseName"] == "dev_bill"
        connection.execute(f"CREATE VIEW dev_bill.{name} AS {definition['originalSql']}")
    yield connection, tables
    connection.close()


def presto(properties: Any) -> Any:
    """Return the definition of a view, as Athena reads it from Glue."""
    given = properties["TableInput"]
    assert given["TableType"] == "VIRTUAL_VIEW"
    assert given["Parameters"]["presto_view"] == "true"
    head, tail = "/* Presto View: ", " */"
    text = given["ViewOriginalText"]
    assert text.startswith(head)
    assert text.endswith(tail)
    return json.loads(base64.b64decode(text.removeprefix(head).removesuffix(tail), validate=True))


def rows(database: Any, query: str) -> list[tuple[Any, ...]]:
    connection, _ = database
    found: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return found


@pytest.mark.parametrize("name", [view.name for view in VIEWS])
def test_columns_have_the_types_of_their_query(database: Any, name: str) -> None:
    connection, tables = database
    described = connection.execute(f"DESCRIBE dev_bill.{name}").fetchall()
    run = [{"name": one[0], "type": ATHENA_TYPES[one[1]]} for one in described]

    assert presto(tables[name])["columns"] == run
    glue = tables[name]["TableInput"]["StorageDescriptor"]["Columns"]
    assert [(one["Name"], one["Type"].replace("string", "varchar")) for one in glue] == [
        (one["name"], one["type"]) for one in run
    ]


def test_cost_by_team_falls_back_on_the_owner(database: Any) -> None:
    found = rows(
        database,
        "SELECT team, environment, service, unblended_cost, amortized_cost "
        "FROM dev_bill.cost_by_team ORDER BY team NULLS LAST, service",
    )

    assert found == [
        ("platform", "dev", "AmazonEKS", 0.1, 0.1),
        ("platform", "dev", "AmazonSageMaker", 8.5, 8.5),
        ("vision", "dev", "AmazonSageMaker", 2.25, pytest.approx(1.85)),
        (None, None, "AmazonS3", 0.75, 0.75),
        # Training without tags; the unused part of the Savings Plan instead of its fee.
        (None, None, "AmazonSageMaker", 6.0, 3.0),
    ]


def test_teams_share_the_whole_bill(database: Any) -> None:
    [[total]] = rows(database, "SELECT SUM(unblended_cost) FROM dev_bill.cost_by_team")

    assert total == pytest.approx(sum(one["line_item_unblended_cost"] for one in LINES))


def test_users_are_tags_or_profiles(database: Any) -> None:
    found = rows(
        database,
        "SELECT user_name, team, instance_type, instance_hours, unblended_cost "
        "FROM dev_bill.cost_by_user ORDER BY user_name",
    )

    assert found == [
        ("ana", "platform", "ml.m5.xlarge", 1, 0.5),
        ("bob", None, "ml.m5.xlarge", 1, 2.0),
    ]


def test_endpoints_have_hours_of_instances(database: Any) -> None:
    found = rows(
        database,
        "SELECT endpoint, instance_type, instance_hours, unblended_cost, amortized_cost "
        "FROM dev_bill.cost_by_endpoint ORDER BY instance_type NULLS LAST",
    )

    assert found == [
        ("dev-scorer", "ml.m5.xlarge", 2, 2.0, pytest.approx(1.6)),
        ("dev-scorer", None, 0, 0.25, 0.25),
    ]


def test_clusters_are_of_hyperpod_and_eks(database: Any) -> None:
    found = rows(
        database,
        "SELECT cluster, service, unblended_cost, billing_period, CAST(usage_date AS VARCHAR) "
        "FROM dev_bill.cost_by_cluster ORDER BY cluster",
    )

    assert found == [
        ("abc123def456", "AmazonSageMaker", 8.0, "2026-11", "2026-11-03"),
        ("dev-research", "AmazonEKS", 0.1, "2026-11", "2026-11-03"),
    ]
