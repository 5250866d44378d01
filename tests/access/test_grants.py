"""What a grant of the settings is worth, decided over IAM and Lake Formation together."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.session import Session
from operations.access.world import World
from tests.bad_settings import BASE, write
from tests.support import synthesized

LAKEHOUSE = """\
lakehouse:
  layers:
    - name: curated
      ACCESS
      tables:
        - name: orders
          columns: [{name: id, type: long}, {name: country, type: string}]
        - name: prices
          columns: [{name: article, type: string}]
  permissions:
    mode: MODE
    filters: [{name: de, layer: curated, table: orders, rows: "country = 'DE'"}]
    grants:
      - {personas: [analyst], filter: de}
      - {personas: [writer], layer: curated, access: write}
      - {personas: [pricer], layer: curated, table: prices, access: write}
      - {personas: [reader], layer: curated}
personas:
  analyst: {activities: [query_lakehouse]}
  writer: {activities: [query_lakehouse]}
  pricer: {activities: [query_lakehouse]}
  reader: {activities: [query_lakehouse]}
  tracer: {activities: [trace_models]}
"""


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grants")
    files = [
        write(
            folder,
            BASE.replace("name: base", f"name: {name}").replace("10.0.", f"10.{octet}.")
            + LAKEHOUSE.replace("MODE", mode).replace("      ACCESS\n", access),
            name,
        )
        for name, octet, mode, access in (
            ("governed", 1, "lake_formation", ""),
            ("hybrid", 2, "hybrid", "      access: none\n"),
        )
    ]
    return synthesized(folder / "out", *files)


@pytest.fixture(scope="module")
def world(assembly: Path) -> World:
    return World.read(assembly)


def decision(world: World, environment: str, persona: str, verb: str, table: str) -> Decision:
    """Return what becomes of a query."""
    place = world.environments[environment]
    role = world.role(environment, persona)
    by_verb: dict[str, dict[str, Any]] = {
        "SELECT": {"reads": [f"{environment}_curated.{table}"]},
        "INSERT": {"writes": [f"{environment}_curated.{table}"], "format": "iceberg"},
    }
    call = Call(
        "athena",
        "StartQueryExecution",
        {"WorkGroup": f"{environment}-{persona.lower()}", "QueryString": verb},
        by_verb[verb],
    )
    return Authorizer(world).authorize(call, Session(role, place, in_network=False)).decision


@pytest.mark.parametrize("environment", ["governed", "hybrid"])
@pytest.mark.parametrize(
    ("persona", "verb", "table", "works"),
    [
        ("Analyst", "SELECT", "orders", True),
        ("Analyst", "INSERT", "orders", False),
        ("Analyst", "SELECT", "prices", False),
        ("Writer", "SELECT", "orders", True),
        ("Writer", "INSERT", "orders", True),
        ("Pricer", "INSERT", "prices", True),
        ("Pricer", "INSERT", "orders", False),
        ("Reader", "SELECT", "prices", True),
        ("Reader", "INSERT", "prices", False),
    ],
)
def test_grant_is_worth_what_it_says(
    world: World, environment: str, persona: str, verb: str, table: str, works: bool
) -> None:
    found = decision(world, environment, persona, verb, table)

    assert (found is Decision.ALLOWED) is works


@pytest.mark.parametrize(("environment", "granted"), [("governed", True), ("hybrid", False)])
def test_tracing_sees_columns_of_all_layers(
    assembly: Path, environment: str, granted: bool
) -> None:
    """Where Lake Formation decides, the catalog shows a table to roles that may describe it."""
    [template] = assembly.glob(f"*/{environment}dataaccess*.template.json")
    grants = [
        one["Properties"]
        for one in json.loads(template.read_text("utf-8"))["Resources"].values()
        if one["Type"] == "Custom::DataGrant" and "Tracer" in json.dumps(one["Properties"])
    ]

    assert [one["Permissions"] for one in grants] == ([["DESCRIBE"]] * 2 if granted else [])
    assert sorted(one["Target"]["Type"] for one in grants) == (
        ["Database", "Tables"] if granted else []
    )


@pytest.mark.parametrize(
    ("call", "works"),
    [
        (Call("glue", "GetDatabases", {}), True),
        (Call("glue", "GetTables", {"DatabaseName": "governed_curated"}), True),
        (Call("s3", "GetObject", {"Bucket": "governed-lake", "Key": "tables/orders/x"}), False),
        (Call("lakeformation", "GetDataAccess", {}), False),
    ],
)
def test_tracing_reads_names_and_no_data(world: World, call: Call, works: bool) -> None:
    role, place = world.role("governed", "Tracer"), world.environments["governed"]

    found = Authorizer(world).authorize(call, Session(role, place, in_network=False)).decision

    assert (found is Decision.ALLOWED) is works
