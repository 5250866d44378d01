"""Settings of notices with one fault each."""

from pathlib import Path

import pytest

from tests.bad_settings import BASE, Bad, check


def events(id: str, line: str, *, path: str, got: str | None, right: str) -> Bad:
    return Bad(id, f"{BASE}events:\n  {line}\n", f"events.{path}", got, right)


CASES = [
    events(
        "state of another kind",
        "endpoints: [Failed] # HERE",
        path="endpoints[0]",
        got='"Failed"',
        right="must be a state of endpoints; must be one of CREATING",
    ),
    events(
        "state with a slip",
        "training_jobs: [Faild] # HERE",
        path="training_jobs[0]",
        got='"Faild"',
        right="must be a state of training_jobs; did you mean Failed",
    ),
    events(
        "state twice",
        "training_jobs: [Failed, Failed] # HERE",
        path="training_jobs[1]",
        got='"Failed"',
        right="must name each state once",
    ),
    events(
        "no states", "training_jobs: [] # HERE", path="training_jobs", got="[]", right="at least 1"
    ),
    events(
        "unknown word",
        "training_jobs: errors # HERE",
        path="training_jobs",
        got='"errors"',
        right="must be",
    ),
    events(
        "failed approvals",
        "model_approvals: failures # HERE",
        path="model_approvals",
        got='"failures"',
        right="must be all, none, or a list of states",
    ),
    events(
        "unknown kind",
        "notebooks: failures # HERE",
        path="notebooks",
        got=None,
        right="no such key",
    ),
    events(
        "prefixes that overlap",
        "name_prefixes: [dev-, dev-a] # HERE",
        path="name_prefixes[1]",
        got='"dev-a"',
        right="must not overlap with dev-",
    ),
    events(
        "pattern for a prefix",
        'name_prefixes: ["dev-*"] # HERE',
        path="name_prefixes[0]",
        got='"dev-*"',
        right="must match",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_message_names_the_fault(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_block_without_notices(tmp_path: Path) -> None:
    kinds = (
        "training_jobs processing_jobs transform_jobs tuning_jobs endpoints clusters "
        "cluster_nodes model_packages pipelines"
    )
    lines = "".join(f"  {kind}: none\n" for kind in kinds.split())
    text = f"{BASE}events:\n{lines}".replace("training_jobs: none", "training_jobs: none # HERE")
    check(
        Bad("nothing", text, "events.training_jobs", '"none"', "must select at least one state"),
        tmp_path,
    )
