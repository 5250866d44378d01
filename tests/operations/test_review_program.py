"""The verb `review` in a repository: revisions, verdicts, output and mistakes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import TYPICAL, copy_checkout

pytestmark = pytest.mark.slow


class Repository:
    """A copy of this checkout with one commit on `main` and one environment."""

    def __init__(self, root: Path) -> None:
        self.root = root
        copy_checkout(root, without=("tests/", "docs/", "examples/"))
        for old in (root / "environments").glob("*.yaml"):
            old.unlink()
        self.file = root / "environments" / "dev.yaml"
        shutil.copy(next(one for one in TYPICAL if one.stem == "dev"), self.file)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    def git(self, *arguments: str) -> None:
        person = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *person, *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")

    def review(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "operations", "review", *arguments],
            cwd=self.root,
            env={
                **os.environ,
                "PYTHONPATH": f"{self.root}{os.pathsep}{self.root / 'constructs'}",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def verdict(self, *arguments: str) -> tuple[str, int]:
        done = self.review("--json", *arguments)
        assert done.stdout, done.stderr
        value: dict[str, Any] = json.loads(done.stdout)
        return value["verdict"], done.returncode


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture(autouse=True)
def _clean(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--force", "main")
    repository.git("clean", "--quiet", "--force", "environments")


def test_changes_that_are_not_committed_are_included(repository: Repository) -> None:
    text = repository.file.read_text("utf-8")
    repository.file.write_text(text.replace("cidr: ", "cidr: 10.99.0.0/16 #", 1), "utf-8")

    done = repository.review("--format", "markdown")

    assert "Review: dangerous" in done.stdout
    assert "including changes that are not committed" in done.stdout
    # The setting that causes it, with its line.
    assert f"/{repository.file.name}:" in done.stdout
    assert done.returncode == 4


def test_no_change_is_safe_also_where_code_changes(repository: Repository) -> None:
    file = repository.root / "stacks/network/stack.py"
    file.write_text(file.read_text("utf-8") + "\n# A comment.\n", "utf-8")

    assert repository.verdict() == ("safe", 0)


def test_a_changed_construct_is_seen_with_the_base_as_it_was(repository: Repository) -> None:
    file = repository.root / "constructs/sagemaker_platform/foundation/environment_key.py"
    text = file.read_text("utf-8")
    file.write_text(text.replace("enable_key_rotation=True", "enable_key_rotation=False"), "utf-8")

    done = repository.review("--json")

    [environment] = json.loads(done.stdout)["environments"]
    assert "EnableKeyRotation" in json.dumps(environment["changes"])


def test_unknown_revision_is_one_line(repository: Repository) -> None:
    done = repository.review("no-such-branch")

    assert done.stderr.strip() == (
        "base: got 'no-such-branch'; must be a branch, a tag or a commit."
    )
    assert done.returncode == 1


def test_base_that_does_not_synthesize_is_named(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-B", "broken")
    text = repository.file.read_text("utf-8")
    repository.file.write_text(text.replace("stage: ", "stge: ", 1), "utf-8")
    repository.commit()
    repository.file.write_text(text, "utf-8")

    done = repository.review("broken")

    assert "dev: dangerous (not compared)" in done.stdout
    assert "stge: no such key" in done.stdout
    assert done.returncode == 4
