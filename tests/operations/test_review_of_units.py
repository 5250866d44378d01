"""What a review says when a domain unit of Unified Studio moves in the tree."""

from collections.abc import Callable
from pathlib import Path

import pytest

from operations.review.review import review
from tests.support import synthesized

HEAD = """\
name: units
account: "123123123123"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
removal_policy: destroy
network:
  cidr: 10.0.0.0/16
  availability_zones: [eu-west-1a, eu-west-1b, eu-west-1c]
personas:
  data_engineer: {}
unified_studio:
  host:
    projects:
      faces: {name: Faces, profile: default, owners: [data_engineer], unit: UNIT}
    units:
"""
BEFORE = """\
      research:
        name: Research
        units:
          vision: {name: Vision, units: {video: {name: Video}}}
      sales: {name: Sales}
"""
# The first step has the unit twice.
FIRST = """\
      research:
        name: Research
        units:
          vision: {name: Vision, units: {video: {name: Video}}}
      sales:
        name: Sales
        units:
          vision: {name: Vision, units: {video: {name: Video}}}
"""
MOVED = """\
      research: {name: Research}
      sales:
        name: Sales
        units:
          vision: {name: Vision, units: {video: {name: Video}}}
"""
RENAMED = BEFORE.replace("name: Vision", "name: Computer vision")
OLD, NEW = "research/vision", "sales/vision"
# The unit, and the one below it.
GONE = ["UnitResearchVision", "UnitResearchVisionVideo"]
LOST = {
    f"AWS::DataZone::DomainUnit is deleted: unified-studio/Domain/{unit}: it holds projects"
    for unit in GONE
}
LEFT = {
    f"AWS::DataZone::DomainUnit stays in the account without a stack: unified-studio/Domain/{unit}:"
    " it holds projects; nothing updates or deletes it any more, and its name stays taken"
    for unit in GONE
}
TOO_EARLY = {
    "It goes before its users are updated: unified-studio/Domain/UnitResearchVision: stacks that "
    "use it: unified-studio-projects"
}


def file(units: str, unit: str) -> str:
    return HEAD.replace("UNIT", unit) + units


def kept(text: str) -> str:
    return text.replace("removal_policy: destroy", "removal_policy: retain")


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def synthesize(text: str) -> Path:
        if text not in made:
            folder = tmp_path_factory.mktemp("units")
            (folder / "units.yaml").write_text(text, "utf-8")
            made[text] = synthesized(folder / "cdk.out", folder / "units.yaml")
        return made[text]

    return synthesize


@pytest.mark.parametrize(
    ("before", "after", "verdict", "told"),
    [
        pytest.param(
            file(BEFORE, OLD), file(MOVED, NEW), "dangerous", LOST | TOO_EARLY, id="in one step"
        ),
        pytest.param(file(BEFORE, OLD), file(FIRST, NEW), "safe", set(), id="first step"),
        pytest.param(file(FIRST, NEW), file(MOVED, NEW), "dangerous", LOST, id="second step"),
        pytest.param(
            kept(file(BEFORE, OLD)), kept(file(MOVED, NEW)), "look at these", LEFT, id="kept"
        ),
        pytest.param(file(BEFORE, OLD), file(RENAMED, OLD), "safe", set(), id="only its name"),
    ],
)
def test_review_of_a_unit_that_moves(
    before: str, after: str, verdict: str, told: set[str], assembly: Callable[[str], Path]
) -> None:
    [found] = review(assembly(before), assembly(after))

    assert {f"{one.title}: {one.where}: {one.why}" for one in found.findings} == told
    assert found.verdict == verdict
