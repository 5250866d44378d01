"""Pipelines, promotions, monitors and notices live through a rehearsal."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly
from operations.rehearsal import report
from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.rehearsal import Rehearsal
from operations.rehearsal.secrets import placeholder_secrets
from tests.support import ROOT

OWNER, PRODUCTION = "registry-complete", "registry-production"
MONITORED, TOLD = "inference-monitoring", "events-complete"
NAMES = (OWNER, PRODUCTION, MONITORED, TOLD)
DEFINITIONS = tuple(
    f"AWS::SageMaker::{kind}JobDefinition"
    for kind in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
)
Facts = list[tuple[str, str, str]]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Return copies of the examples that delete everything in the end."""
    found = {}
    for name in NAMES:
        text = (ROOT / f"examples/{name}.yaml").read_text("utf-8")
        found[name] = tmp_path / f"{name}.yaml"
        found[name].write_text(f"{text}\nremoval_policy: destroy\n", "utf-8")
    shutil.copy(ROOT / f"examples/{PRODUCTION}.lock.json", tmp_path)
    return found


def facts(rehearsal: Rehearsal, assembly: Assembly, name: str) -> Facts:
    found = report.resources_of([assembly.stage(name)], rehearsal.emulator.resources())
    return sorted(
        (one["kind"], one["physical_id"], json.dumps(one["properties"], sort_keys=True))
        for one in found
    )


def ids(found: Iterable[tuple[str, str, str]], *kinds: str) -> set[str]:
    return {physical_id for kind, physical_id, _ in found if kind in kinds}


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_models_are_trained_promoted_watched_and_taken_back(
    rehearsal: Rehearsal, synthesize_ours: Any, files: dict[str, Path]
) -> None:
    first: Assembly = synthesize_ours(*files.values())
    rehearsal.bootstrap(first.targets)
    # The token of the promotion, which a person creates.
    with placeholder_secrets(rehearsal, first):
        live_and_end(rehearsal, first, synthesize_ours, files)
    emulator = rehearsal.emulator
    stages = [first.stage(name) for name in NAMES]
    left = report.leftovers(stages, emulator.resources(), emulator.stacks())
    assert [one for one in left if one.startswith((*NAMES, "secretsmanager"))] == []


def live_and_end(
    rehearsal: Rehearsal, first: Assembly, synthesize_ours: Any, files: dict[str, Path]
) -> None:
    rehearsal.deploy(first)
    made = {name: facts(rehearsal, first, name) for name in NAMES}
    for name in NAMES:
        expected = [kind for stack in first.stage(name).stacks for kind in stack.resource_types()]
        assert sorted(kind for kind, _, _ in made[name]) == sorted(expected)

    rehearsal.deploy(first)
    assert {name: facts(rehearsal, first, name) for name in NAMES} == made

    # A tag, which no definition of a monitor can change; a version; a kind of notice; a pipeline.
    replace(files[MONITORED], "cost_center: ml-research", "cost_center: another-payer")
    lock = files[PRODUCTION].with_suffix(".lock.json")
    replace(lock, "registry-complete-churn/6", "registry-complete-churn/7")
    replace(lock, "train-6", "train-7")
    replace(files[TOLD], "training_jobs: [Failed, Stopped]", "training_jobs: [Failed]")
    replace(
        files[OWNER],
        "      folder: examples/pipelines/churn\n",
        "      folder: examples/pipelines/churn\n      max_parallel_steps: 3\n",
    )
    changed: Assembly = synthesize_ours(*files.values())
    rehearsal.emulator.order_fault("AWS::SageMaker::Pipeline", action="update", code="Busy")
    with pytest.raises(RehearsalError, match=r"Pipeline\) of stack registry-complete-pipelines"):
        rehearsal.deploy(changed, [OWNER])
    assert facts(rehearsal, first, OWNER) == made[OWNER], "the rollback did not restore what was"

    rehearsal.deploy(changed)
    now = {name: facts(rehearsal, changed, name) for name in NAMES}
    assert ids(now[OWNER]) == ids(made[OWNER])
    assert now[OWNER] != made[OWNER]
    assert ids(now[TOLD]) == ids(made[TOLD])
    assert now[TOLD] != made[TOLD]
    schedules = "AWS::SageMaker::MonitoringSchedule"
    assert ids(now[MONITORED], schedules) == ids(made[MONITORED], schedules)
    assert len(ids(now[MONITORED], *DEFINITIONS)) == 5
    assert not ids(now[MONITORED], *DEFINITIONS) & ids(made[MONITORED], *DEFINITIONS)
    endpoint, model = "AWS::SageMaker::Endpoint", "AWS::SageMaker::Model"
    assert ids(now[PRODUCTION], endpoint) == ids(made[PRODUCTION], endpoint)
    assert len(ids(now[PRODUCTION], model)) == 2
    assert not ids(now[PRODUCTION], model) & ids(made[PRODUCTION], model)

    # `git revert`: the version before serves again.
    rehearsal.deploy(first, [PRODUCTION])
    versions = [text for kind, _, text in facts(rehearsal, first, PRODUCTION) if kind == model]
    assert len(versions) == 2
    assert all("registry-complete-churn/6" in one or "train-6" in one for one in versions)

    rehearsal.finish("destroy", rehearsal.start_destroy(changed))
