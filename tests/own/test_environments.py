"""What holds for the environments of this checkout, whatever they are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import StackTemplate, stacks

ENVIRONMENTS = sorted((Path(__file__).parents[2] / "environments").glob("*.yaml"))
STATEFUL = {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SageMaker::Domain"}

own = pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda file: file.stem)


def of(assembly: Path, environment: Path) -> Iterator[StackTemplate]:
    return (one for one in stacks(assembly) if one.environment == environment.stem)


def snapshot_of(assembly: Path, environment: Path) -> dict[str, str]:
    """Return the text of each snapshot, by file name."""
    found: dict[str, str] = {}
    stateful: list[str] = []
    for one in of(assembly, environment):
        text = re.sub(r"[0-9a-f]{64}", "<asset hash>", one.file.read_text("utf-8"))
        template = json.loads(text)
        for logical_id, resource in template["Resources"].items():
            resource.pop("Metadata", None)
            if resource["Type"] in STATEFUL:
                stateful.append(f"{one.name} {resource['Type']} {logical_id}")
        found[f"{one.name}.json"] = json.dumps(template, indent=1, sort_keys=True) + "\n"
    found["stateful.txt"] = "".join(f"{line}\n" for line in sorted(stateful))
    return found


@own
def test_reviewed(assembly: Path, environment: Path, request: pytest.FixtureRequest) -> None:
    folder = environment.parent / "snapshots" / environment.stem
    found = snapshot_of(assembly, environment)
    if request.config.getoption("renew"):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, text in found.items():
            (folder / name).write_text(text, "utf-8")
    if not folder.exists():
        pytest.skip(
            f"{environment.stem} has no snapshots yet: make snapshots ENV={environment.stem}"
        )
    there = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    lost = set(there["stateful.txt"].splitlines()) - set(found["stateful.txt"].splitlines())
    assert not lost, f"a deploy would replace or delete, with its data: {sorted(lost)}"
    changed = sorted(name for name in {*there, *found} if there.get(name) != found.get(name))
    assert not changed, f"not as reviewed: {changed}; review `git diff` after make snapshots"


@own
def test_below_the_limits(assembly: Path, environment: Path) -> None:
    for one in of(assembly, environment):
        assert len(one.resources()) <= 400, one.id
