"""Every acknowledgement excuses something, with a reason, at its own resource."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

KEY = "aws:cdk:acknowledged-rules"
OURS = "security/acknowledge.py"


def acknowledged(assembly: Path) -> Iterator[tuple[str, str, str]]:
    """Return where each acknowledgement of ours stands, its id and its reason.

    CDK acknowledges some findings of its own validation itself.
    """
    for file in assembly.glob("assembly-*/*.metadata.json"):
        for path, entries in json.loads(file.read_text("utf-8")).items():
            for entry in entries:
                if entry["type"] == KEY and OURS in "".join(entry["trace"]):
                    for rule, reason in entry["data"].items():
                        yield path.removeprefix("/"), rule, reason


def used(assembly: Path) -> set[tuple[str, str]]:
    report = json.loads((assembly / "validation-report.json").read_text("utf-8"))
    return {
        (violation["acknowledgedAt"], violation["acknowledgedId"])
        for plugin in report["pluginReports"]
        for violation in plugin.get("suppressedViolations", [])
    }


@pytest.mark.parametrize("which", ["typical", "examples"])
def test_none_is_stale(which: str, request: pytest.FixtureRequest) -> None:
    assembly: Path = request.getfixturevalue(which)
    stale = {(path, rule) for path, rule, _ in acknowledged(assembly)} - used(assembly)
    assert not stale, "these match no finding any more: remove them"


def test_each_has_a_reason_and_one_finding(typical: Path) -> None:
    for path, rule, reason in acknowledged(typical):
        assert len(reason.split()) >= 4, f"{path}: {rule}: say why"
        assert path.count("/") >= 2, f"{path}: {rule}: acknowledge at the resource, not the stack"


STALE = "AwsSolutions::AwsSolutions-S1"


def test_a_stale_entry_is_reported(typical: Path, tmp_path: Path) -> None:
    copy = tmp_path / "assembly-dev"
    copy.mkdir()
    (copy / "x.metadata.json").write_text(
        json.dumps({"/dev/x/Y": [{"type": KEY, "data": {STALE: "r"}, "trace": [OURS]}]})
    )
    assert [path for path, *_ in acknowledged(tmp_path)] == ["dev/x/Y"]
    assert ("dev/x/Y", STALE) not in used(typical)


MOST = 39
CALLS = ("acknowledge", "acknowledge_each")
FOLDERS = ("constructs", "stacks", "custom")


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield each place in the code that acknowledges something, and the call."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    name = node.func.id
                    if name in CALLS and file.name != "acknowledge.py":
                        yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def test_the_code_has_few() -> None:
    places = [place for place, _ in calls()]

    assert places
    assert len(places) <= MOST, "mend the cause of a finding, or share one helper: " + ", ".join(
        places
    )


def test_each_acknowledgement_has_its_own_reason() -> None:
    known: dict[str, str] = {}
    for place, call in calls():
        for reason in {
            node.value
            for one in (*call.args[1:], *(key.value for key in call.keywords))
            for node in ast.walk(one)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if node.value.endswith(".")
        }:
            assert reason not in known, f"{place} repeats the reason of {known[reason]}"
            known[reason] = place
