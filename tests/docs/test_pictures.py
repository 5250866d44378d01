"""The pictures of environments in the documentation are what the templates say.

`pytest -n0 tests/docs/test_pictures.py --renew-pictures` writes them anew.
"""

from pathlib import Path

import pytest

from operations.assembly import Assembly
from operations.picture.draw import draw
from tests.support import EXAMPLES, ROOT, TYPICAL

FOLDER = ROOT / "docs" / "images" / "environments"
RENEW = "pytest -n0 tests/docs/test_pictures.py --renew-pictures"
NAMES = [file.stem for file in TYPICAL]
COMPLETE = sorted(file.stem for file in EXAMPLES if file.stem.endswith("-complete"))


def _compare(assembly: Path, name: str, *, renew: bool) -> None:
    stages = {stage.name: stage for stage in Assembly.read(assembly).stages}
    picture = draw(stages[name])
    file = FOLDER / f"{name}.svg"
    if renew:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(picture, "utf-8")
    assert file.read_text("utf-8") == picture, f"If you intend the change: {RENEW}"


@pytest.mark.parametrize("name", NAMES)
def test_picture_of_environment_is_current(
    typical: Path, name: str, pytestconfig: pytest.Config
) -> None:
    _compare(typical, name, renew=pytestconfig.getoption("renew_pictures"))


@pytest.mark.parametrize("name", COMPLETE)
def test_picture_of_complete_example_is_current(
    examples: Path, name: str, pytestconfig: pytest.Config
) -> None:
    _compare(examples, name, renew=pytestconfig.getoption("renew_pictures"))


def test_each_picture_is_on_a_page() -> None:
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))
    drawn = {file.stem for file in FOLDER.glob("*.svg")}

    assert drawn == {*NAMES, *COMPLETE}
    assert not [name for name in sorted(drawn) if f"images/environments/{name}.svg" not in pages]
