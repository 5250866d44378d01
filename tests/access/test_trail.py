"""Who can read the trail: personas with `read_trail`, and no others; and no persona changes it."""

from pathlib import Path

import pytest

from operations.access.check import Decision
from operations.access.matrix import Entry, Judgment, matrix
from operations.access.world import World
from tests.support import synthesized

ENVIRONMENT = """\
name: trailed
account: "111122223333"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
network: {cidr: 10.1.0.0/16, availability_zones: [eu-west-1a, eu-west-1b]}
personas:
  data_scientist: {}
  administrator: {}
  auditor: {}
  security: {activities: [read_trail]}
audit: {}
"""
READ = (
    "read the log files of the trail",
    "query the trail's log group",
    "look up events, and validate the trail's log files",
)
CHANGE = (
    "delete a log file of the trail",
    "replace a log file of the trail",
    "stop the trail",
    "change what the trail records",
    "delete the trail's log group",
)


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    folder: Path = tmp_path_factory.mktemp("trail")
    file = folder / "trailed.yaml"
    file.write_text(ENVIRONMENT, "utf-8")
    return matrix(World.read(synthesized(folder / "out", file)))


@pytest.mark.parametrize("task", READ)
def test_only_readers_of_the_trail_read_it(entries: list[Entry], task: str) -> None:
    assert {one.persona: one.decision for one in entries if one.task == task} == {
        "Administrator": Decision.DENIED,
        "Auditor": Decision.ALLOWED,
        "DataScientist": Decision.DENIED,
        "Security": Decision.ALLOWED,
    }


@pytest.mark.parametrize("task", CHANGE)
def test_no_persona_changes_the_trail(entries: list[Entry], task: str) -> None:
    assert {one.decision for one in entries if one.task == task} == {Decision.DENIED}


def test_readers_of_the_trail_reach_nothing_else(entries: list[Entry]) -> None:
    leaks = [
        f"{one.persona}: {one.task}"
        for one in entries
        if one.judgment in (Judgment.LEAK, Judgment.BROKEN)
    ]

    assert not leaks
