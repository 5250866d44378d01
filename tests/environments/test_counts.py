"""How much is made for an environment, and with how many calls into jsii.

Counts do not depend on the machine, as seconds do. More calls take longer; more resources
take longer, cost more, and come nearer to the limits of CloudFormation.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from operations.bench.environments import write_full_environments
from tests.support import ROOT, files, run_app, stacks

ENVIRONMENTS = ("dev", "prod", "staging")
RECORDED = Path(__file__).with_name("counts.json")
# A few calls more or less are no regression.
TOLERATED = 1.02
# CloudFormation allows 500 and 1 MB; what is left is for what a fork adds.
MOST_RESOURCES, MOST_BYTES = 400, 800_000

Counts = dict[str, dict[str, int]]

WITH_PLAIN_JSII = """
import sys
from stacks import synthesis
synthesis.start_one_process = synthesis.remember_answers = lambda: None
sys.exit(synthesis.synthesize())
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shipped environments are synthesized, and one with all capabilities on."""
    return tmp_path_factory.mktemp("counted")


@pytest.fixture(scope="module")
def counts(folder: Path) -> Counts:
    shipped = sorted((ROOT / "environments").glob("*.yaml"))
    files = [*shipped, *write_full_environments(1, folder)]
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("count_calls.py")), str(folder), *files],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    resources = Counter[str]()
    for found in stacks(folder):
        resources[found.environment] += len(found.resources())
    calls = json.loads(run.stdout)
    return {
        name: {"calls": calls[name], "resources": resources[name]} for name in sorted(resources)
    }


def test_no_more_calls_and_resources_than_recorded(
    counts: Counts, request: pytest.FixtureRequest
) -> None:
    if request.config.option.update_snapshots:
        RECORDED.write_text(json.dumps(counts, indent=2) + "\n", "utf-8")
    recorded: Counts = json.loads(RECORDED.read_text("utf-8"))
    assert counts.keys() == recorded.keys()
    for name, found in counts.items():
        for what, count in found.items():
            allowed = recorded[name][what]
            assert count <= allowed * TOLERATED, (
                f"{name} now takes {count} {what} instead of {allowed}: spare them, or say why "
                "not and renew the figures with pytest --snapshot-update tests/environments"
            )


def test_full_environment_stays_below_the_limits(counts: Counts, folder: Path) -> None:
    assert sum(found.environment not in ENVIRONMENTS for found in stacks(folder)) >= 12
    for found in stacks(folder):
        assert len(found.resources()) <= MOST_RESOURCES, found.id
        assert found.file.stat().st_size <= MOST_BYTES, found.id


def test_all_capabilities_are_the_same_with_plain_jsii(
    counts: Counts, folder: Path, tmp_path: Path
) -> None:
    """Cheaper crossings into node change nothing but time."""
    [file] = folder.glob("full-*.yaml")
    context = {"files": str(file), "checks": "false"}
    run = run_app(tmp_path, context=context, script=WITH_PLAIN_JSII)
    assert run.returncode == 0, run.stderr
    [plain] = tmp_path.glob("assembly-*")
    assert files(plain) == files(folder / plain.name) != {}
    assets = {path.name for path in tmp_path.glob("asset.*")}
    assert set() < assets <= {path.name for path in folder.glob("asset.*")}
