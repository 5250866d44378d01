"""The verb `review` in a repository: revisions, verdicts, output and mistakes."""

import json
import os
import re
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
    return Repository(tmp_path_factory.mktemp("my") / "own repository")


@pytest.fixture(autouse=True)
def _clean(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--force", "main")
    repository.git("clean", "--quiet", "--force", "-d", "environments")


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


def test_base_whose_code_fails_is_compared_by_its_settings(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-B", "broken-code")
    app = repository.root / "app.py"
    text = app.read_text("utf-8")
    app.write_text("raise SystemExit('no such module')\n", "utf-8")
    repository.commit()
    app.write_text(text, "utf-8")
    settings = repository.file.read_text("utf-8")
    repository.file.write_text(re.sub(r"cidr: \S+", "cidr: 10.99.0.0/16", settings), "utf-8")

    done = repository.review("broken-code", "--format", "markdown")

    assert "Changes of the code are not known" in done.stdout
    assert "no such module" in done.stdout
    assert "AWS::EC2::VPC: replace" in done.stdout


def test_renamed_environment_is_named(repository: Repository) -> None:
    text = repository.file.read_text("utf-8")
    repository.file.unlink()
    renamed = repository.file.with_name("sandbox.yaml")
    renamed.write_text(text.replace("name: dev", "name: sandbox", 1), "utf-8")

    done = repository.review("--json")

    gone, new = json.loads(done.stdout)["environments"]
    assert (gone["name"], gone["state"]) == ("dev", "gone")
    assert "sandbox.yaml" in gone["notes"][0]
    assert (new["name"], new["state"], new["verdict"]) == ("sandbox", "renamed", "dangerous")
    assert "it was dev" in json.dumps(new["findings"])


def test_moved_file_is_the_same_environment(repository: Repository) -> None:
    folder = repository.root / "europe"
    folder.mkdir(exist_ok=True)
    moved = folder / "dev.yaml"
    repository.file.rename(moved)
    output = repository.root / ".cache" / "my report"

    done = repository.review("--files", str(moved), "--output", str(output))

    assert done.returncode == 0, done.stdout + done.stderr
    value = json.loads((output / "review.json").read_text("utf-8"))
    [environment] = value["environments"]
    assert (environment["state"], environment["verdict"]) == ("same", "safe")
    assert "its file moved from" in environment["notes"][0]
    assert (output / "review.md").read_text("utf-8").startswith("<!-- ")
    assert (output / "review.html").read_text("utf-8").startswith("<!doctype html>")
    moved.unlink()


def test_moved_file_that_nothing_reads_is_told(repository: Repository) -> None:
    folder = repository.root / "europe"
    folder.mkdir(exist_ok=True)
    text = repository.file.read_text("utf-8")
    repository.file.rename(folder / "dev.yaml")
    other = repository.file.with_name("other.yaml")
    changed = text.replace("name: dev", "name: other", 1)
    other.write_text(changed.split("\nlakehouse:")[0], "utf-8")

    done = repository.review("--json")

    gone = json.loads(done.stdout)["environments"][0]
    assert (gone["name"], gone["state"]) == ("dev", "gone")
    assert f"its file moved to `europe/{repository.file.name}`" in gone["notes"][0]
    assert gone["findings"][0]["title"] == "Its stacks stay deployed, and nothing updates them"
    (folder / "dev.yaml").unlink()


def test_shallow_clone_has_the_command(repository: Repository, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    url = f"file://{repository.root}"
    command = ["git", "clone", "--quiet", "--depth", "1", "--branch", "main", url, str(shallow)]
    subprocess.run(command, check=True, capture_output=True)

    done = Repository.review(_At(shallow), "0123456789abcdef0123456789abcdef01234567")

    assert "The clone is shallow: run `git fetch --unshallow origin`." in done.stderr
    assert done.returncode == 1


def test_folder_without_git_is_one_line(repository: Repository, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(repository.root, plain, ignore=shutil.ignore_patterns(".git", ".cache"))

    done = Repository.review(_At(plain))

    assert done.stderr.startswith("There is no git repository here.")
    assert done.returncode == 1


def test_packages_that_cannot_be_installed_are_told(repository: Repository) -> None:
    pins = repository.root / "requirements.txt"
    pins.write_text(pins.read_text("utf-8").replace("aws-cdk-lib==", "aws-cdk-lib==999."), "utf-8")
    repository.git("checkout", "--quiet", "-B", "pinned")
    repository.commit()
    repository.git("checkout", "--quiet", "main")

    done = repository.review("pinned", "--json")

    assert "the packages of the earlier revision could not be installed" in done.stdout


class _At(Repository):
    """A repository that is there already."""

    def __init__(self, root: Path) -> None:
        self.root = root
