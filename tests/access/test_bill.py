"""Who can read the bill of an account: personas with `read_costs`, and no others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.access.check import Decision
from operations.access.matrix import Entry, Judgment, matrix
from operations.access.world import World
from tests.support import synthesized

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
