"""What a review says when a user moves from one persona to another."""

from collections.abc import Callable
from pathlib import Path

import pytest

from operations.review.review import review
from tests.support import FIXTURES, synthesized

PROD = (FIXTURES / "prod.yaml").read_text("utf-8")
LAST = PROD.replace(
    "    - name: alice\n", "    - name: alice\n    - name: zoe\n      persona: ml_engineer\n", 1
)
MOVED = LAST.replace("persona: ml_engineer", "persona: data_engineer", 1)
KEPT = MOVED.replace(
    "personas:\n  data_engineer", "personas:\n  ml_engineer: {}\n  data_engineer", 1
)
GONE = "A role is gone: role access/MlEngineer: who works with it loses access"
TOO_EARLY = "It goes before its users are updated: access/MlEngineer: stacks that use it: studio"
MOVES = {
    "May do less: user zoe: works with <access/MlEngineer>",
    "May do more (permissions): user zoe: works with <access/DataEngineer>",
}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def synthesize(text: str) -> Path:
        if text not in made:
            folder = tmp_path_factory.mktemp("prod")
            (folder / "prod.yaml").write_text(text, "utf-8")
            made[text] = synthesized(folder / "cdk.out", folder / "prod.yaml")
        return made[text]

    return synthesize


@pytest.mark.parametrize(
    ("before", "after", "told", "not_told"),
    [
        pytest.param(LAST, MOVED, {*MOVES, GONE, TOO_EARLY}, set(), id="in one step"),
        pytest.param(LAST, KEPT, MOVES, {GONE, TOO_EARLY}, id="first step"),
        pytest.param(KEPT, MOVED, {GONE}, {*MOVES, TOO_EARLY}, id="second step"),
    ],
)
def test_review_of_a_user_who_moves(
    before: str,
    after: str,
    told: set[str],
    not_told: set[str],
    assembly: Callable[[str], Path],
) -> None:
    [found] = review(assembly(before), assembly(after))

    lines = {f"{one.title}: {one.where}: {one.why}" for one in found.findings}
    assert told <= lines
    assert not lines & not_told
    assert found.verdict == "look at these"
    # The profile stays, with its home directory and its spaces.
    assert not any("UserProfile" in line or "Space" in line for line in lines)
