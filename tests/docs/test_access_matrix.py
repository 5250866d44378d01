"""The page of who can do what is what the templates say.

`pytest -n0 tests/docs/test_access_matrix.py --renew-access-matrix` writes it anew.
"""

import pytest

from operations.access.matrix import Entry, Judgment, matrix
from operations.access.page import render_page
from operations.access.report import explain
from operations.access.world import World
from tests.support import PERSONAS, ROOT, synthesized

PAGE = ROOT / "docs" / "access-matrix.md"
RENEW = "pytest -n0 tests/docs/test_access_matrix.py --renew-access-matrix"


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    world = World.read(synthesized(tmp_path_factory.mktemp("cdk"), *PERSONAS))
    return matrix(world, ["open", "closed"])


def test_access_matrix_is_current(entries: list[Entry], pytestconfig: pytest.Config) -> None:
    text = PAGE.read_text("utf-8")
    # What is before the first table of tasks is written by hand.
    page = render_page(entries, text.partition("\n## ")[0])

    if pytestconfig.getoption("renew_access_matrix"):
        PAGE.write_text(page, "utf-8")
        return
    assert text == page, f"If you intend the change: {RENEW}"


def test_every_persona_can_do_what_is_promised(entries: list[Entry]) -> None:
    surprises = [
        f"{one.environment} {one.persona}: {one.task}: {explain(one)}"
        for one in entries
        if one.judgment in (Judgment.BROKEN, Judgment.LEAK, Judgment.UNKNOWN)
    ]

    assert not surprises


def test_page_tells_results_that_differ_apart(entries: list[Entry]) -> None:
    chosen = [
        one
        for one in entries
        if one.persona == "DataScientist" and one.task in ("query raw", "query curated")
    ]

    assert render_page(chosen, "# Page\n") == (
        "# Page\n\n## Data\n\n| Task | DataScientist |\n| --- | --- |\n"
        "| query raw | yes / fails |\n| query curated | yes |\n"
    )


def test_page_is_in_the_navigation() -> None:
    assert "access-matrix.md" in (ROOT / "mkdocs.yml").read_text("utf-8")
    assert "(access-matrix.md)" in (ROOT / "docs" / "access.md").read_text("utf-8")
