"""Who can read the bill of an account: personas with `read_costs`, and no others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.matrix import Entry, Judgment, matrix
from operations.access.operation import Need
from operations.access.session import Session
from operations.access.world import World
from tests.support import ROOT, synthesized

HEAD = """\
name: {name}
account: "{account}"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
network: {{cidr: 10.{number}.0.0/16, availability_zones: [eu-west-1a, eu-west-1b]}}
personas:
  administrator: {{}}
  auditor: {{activities: [read_costs]}}
  {others}
budget: {{max_usd_per_month: 1000, alerts: false, bill_export: {{}}}}
"""
ANALYST = "data_engineer: {}"
LAKEHOUSES = {
    "without": ("scientist: {activities: [run_jobs]}", ""),
    "by-iam": (ANALYST, "lakehouse: {layers: [{name: raw}]}\n"),
    "governed": (ANALYST, "lakehouse: {layers: [{name: raw}], permissions: {}}\n"),
    "hybrid": (ANALYST, "lakehouse: {layers: [{name: raw}], permissions: {mode: hybrid}}\n"),
}


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    folder = tmp_path_factory.mktemp("bill")

    def files() -> Iterator[Path]:
        for number, (name, (others, block)) in enumerate(LAKEHOUSES.items(), start=1):
            file = folder / f"{name}.yaml"
            head = HEAD.format(name=name, account=f"{number}" * 12, number=number, others=others)
            file.write_text(head + block, "utf-8")
            yield file

    return matrix(World.read(synthesized(folder / "out", *files())))


@pytest.mark.parametrize("environment", LAKEHOUSES)
def test_only_readers_of_costs_query_the_bill(entries: list[Entry], environment: str) -> None:
    found = {
        one.persona: one.decision
        for one in entries
        if one.environment == environment and one.task == "query the bill of the account"
    }
    [other] = found.keys() - {"Administrator", "Auditor"}

    assert found == {
        "Administrator": Decision.ALLOWED,
        "Auditor": Decision.ALLOWED,
        other: Decision.DENIED,
    }


def test_no_persona_changes_the_bill(entries: list[Entry]) -> None:
    decisions = {one.decision for one in entries if one.task == "change the bill of the account"}

    assert decisions == {Decision.DENIED}


def test_readers_reach_no_other_data(entries: list[Entry]) -> None:
    leaks = [
        f"{one.environment} {one.persona}: {one.task}"
        for one in entries
        if one.judgment in (Judgment.LEAK, Judgment.BROKEN)
    ]

    assert not leaks


ASSETS = "s3tablescatalog/aws-sagemaker-catalog/asset_metadata"
# What the view `cost_by_asset` reads.
JOINED = ["budget_assets_bill.lineage", "budget_assets_bill.line_items", f"{ASSETS}.asset"]


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("assets")
    return World.read(synthesized(folder / "out", ROOT / "examples/budget-assets.yaml"))


@pytest.mark.parametrize(
    ("persona", "reads", "decision"),
    [
        ("Auditor", ["budget_assets_bill.cost_by_asset"], "allowed"),
        ("Auditor", JOINED, "allowed"),
        ("Administrator", JOINED, "allowed"),
        ("DataScientist", JOINED, "denied"),
        # Nothing but the exported table of the exported catalog.
        ("Auditor", [f"{ASSETS}.other"], "fails later"),
        ("Auditor", ["s3tablescatalog/features/training.a_table"], "fails later"),
        ("Auditor", ["budget_assets_raw.a_table"], "fails later"),
    ],
)
def test_readers_of_costs_query_assets_with_their_cost(
    assets: World, persona: str, reads: list[str], decision: str
) -> None:
    call = Call(
        "athena",
        "StartQueryExecution",
        {"WorkGroup": "budget-assets-bill", "QueryString": "SELECT"},
        {"reads": reads, "columns": []},
    )
    role = assets.role("budget-assets", persona)
    session = Session(role, assets.environments["budget-assets"], in_network=False)

    outcome = Authorizer(assets).authorize(call, session)

    assert outcome.decision is Decision(decision), outcome.failed


FILE = "arn:aws:s3:::budget-assets-bill-333333333333-us-east-1/lineage/lineage.json"


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("sagemaker:ListContexts", "*", True),
        ("sagemaker:QueryLineage", "*", True),
        ("s3:PutObject", FILE, True),
        ("s3:PutObject", FILE.replace("lineage.json", "other.json"), False),
        ("s3:GetObject", FILE, False),
        ("sagemaker:DeleteContext", "*", False),
    ],
)
def test_the_export_of_lineage_writes_its_file_alone(
    assets: World, action: str, resource: str, allowed: bool
) -> None:
    place = assets.environments["budget-assets"]
    [role] = [one for one in place.roles.values() if "LineageFunction" in one.record.ref]
    session = Session(role, place, in_network=False)

    found = Authorizer(assets).authorize_need(Need(action, resource), session)

    assert (found.decision is Decision.ALLOWED) is allowed
