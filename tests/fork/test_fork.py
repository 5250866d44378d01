"""What a team does after it forked the project, in a clone of this checkout.

Edits of settings, and capabilities of its own, keep the tests green without a further command.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support import ROOT, TYPICAL, copy_checkout

pytestmark = pytest.mark.slow

# Tests that read files which a fork edits, or that depend on its capabilities.
OURS = ("tests/test_house.py", "tests/stacks/test_examples.py", "tests/stacks/test_settings.py")
Settings = dict[str, Any]


class Fork:
    """A clone of this checkout, with the files that git has and those not yet committed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environments = root / "environments"
        copy_checkout(root)

    def reset(self) -> None:
        """Have the environments and capabilities that the project ships."""
        shutil.rmtree(self.environments / "snapshots", ignore_errors=True)
        shutil.rmtree(self.root / "custom/scratch", ignore_errors=True)
        for old in self.environments.glob("*.yaml"):
            old.unlink()
        for file in TYPICAL:
            shutil.copy(file, self.environments)

    def read(self, name: str) -> Settings:
        """Return the settings of an environment."""
        settings: Settings = YAML(typ="safe").load(self.environments / f"{name}.yaml")
        return settings

    def write(self, settings: Settings) -> None:
        """Write settings as an environment. JSON is YAML."""
        file = self.environments / f"{settings['name']}.yaml"
        file.write_text(json.dumps(settings, indent=2), "utf-8")

    def replace(self, name: str, *changes: tuple[str, str]) -> None:
        """Change the text of a settings file."""
        file = self.environments / f"{name}.yaml"
        text = file.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text, "utf-8")

    def test(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run tests of the clone, as `make test` does."""
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", "not slow", *arguments],
            cwd=self.root,
            # The clone's constructs, not those that this Python has installed.
            # Without the variables of this run: they would let both runs share assemblies.
            env={
                **{key: one for key, one in os.environ.items() if not key.startswith("PYTEST_")},
                "PYTHONPATH": f"{self.root}:{self.root / 'constructs'}",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Fork:
    return Fork(tmp_path_factory.mktemp("fork"))


@pytest.fixture
def fork(clone: Fork) -> Fork:
    clone.reset()
    return clone


def assert_green(run: subprocess.CompletedProcess[str]) -> None:
    if run.returncode:
        pytest.fail(run.stdout + run.stderr, pytrace=False)


def test_own_values_and_more_of_everything_stay_green(fork: Fork) -> None:
    """Accounts, regions, zones, CIDR; users, personas, layers, endpoints."""
    for number, (name, account) in enumerate(
        {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}.items(), 1
    ):
        fork.replace(
            name,
            (account, f"{number}23456789012"),
            ("eu-west-1", "eu-central-1"),
            (f"cidr: 10.{number}0.", f"cidr: 10.{number}4."),
        )
        settings = fork.read(name)
        settings["studio"]["users"] += [{"name": "carol", "persona": "ml_engineer"}]
        settings.setdefault("personas", {})["auditor"] = {"activities": ["query_lakehouse"]}
        layers = settings["lakehouse"].setdefault("layers", [{"name": "raw"}])
        # Where Lake Formation decides, grants say who has access.
        governed = "permissions" in settings["lakehouse"]
        layers.append({"name": "features", **({} if governed else {"access": "read-write"})})
        endpoints = settings.setdefault("inference", {"endpoints": []})["endpoints"]
        endpoints.append(
            {
                "name": "offers",
                "image": f"{number}23456789012.dkr.ecr.eu-central-1.amazonaws.com/ml/offers:2.0.0",
                "instance_type": "ml.c7i.large",
            }
        )
        fork.write(settings)

    assert_green(fork.test("tests/own"))


def test_other_environments_and_capabilities_stay_green(fork: Fork) -> None:
    """Renamed, added, removed; two in an account; on, off, and one of the fork's own."""
    sandbox = fork.read("dev") | {"name": "sandbox", "mlflow": {}, "scratch": {}}
    fork.write(sandbox)
    blue = fork.read("staging") | {"name": "blue"}
    blue["network"]["cidr"] = "10.21.0.0/16"
    del blue["inference"]
    fork.write(blue)
    for gone in ("dev", "prod"):
        (fork.environments / f"{gone}.yaml").unlink()
    shutil.copytree(ROOT / "tests/fixtures/custom/scratch", fork.root / "custom/scratch")

    run = fork.test("tests/own", "custom", *OURS, "-rp")

    assert_green(run)
    assert "PASSED custom/scratch/test_scratch.py" in run.stdout


def test_snapshots_say_what_an_edit_changes(fork: Fork) -> None:
    for other in ("staging", "prod"):
        (fork.environments / f"{other}.yaml").unlink()
    file = "tests/own/test_snapshots.py"
    assert_green(fork.test(file, "--renew-snapshots=dev"))
    folders = list((fork.environments / "snapshots").iterdir())
    assert [folder.name for folder in folders] == ["dev"]

    fork.replace("dev", ("access_log_days: 30", "access_log_days: 31"))
    changed = fork.test(file)
    assert changed.returncode == 1
    assert re.search(r'^- +"ExpirationInDays": 30,?$', changed.stdout, re.MULTILINE)
    assert "make snapshots ENV=dev" in changed.stdout

    fork.replace("dev", ("- name: bob", "- name: robert"))
    refused = fork.test(file, "--renew-snapshots=dev")
    assert refused.returncode == 1
    assert "(AWS::SageMaker::UserProfile) is deleted" in refused.stdout
    assert "LOSS=accept" in refused.stdout

    assert_green(fork.test(file, "--renew-snapshots=dev", "--accept-loss"))
    assert "robert" in (folders[0] / "studio.json").read_text("utf-8")


def test_a_wrong_edit_is_red_with_file_and_line(fork: Fork) -> None:
    name = "staging"
    fork.replace(name, ("cidr: 10.20.0.0/16", "cidr: 10.20.0.0/8"))

    run = fork.test("tests/own")

    assert run.returncode == 1
    assert f"environments/{name}.yaml:12: network.cidr: got " in run.stdout
    assert "Traceback" not in run.stdout


def test_upstream_merges_without_conflicts(fork: Fork) -> None:
    """A fork edits `environments/` and `custom/`; upstream changes everything else."""

    def git(*arguments: str) -> str:
        author = ("-c", "user.name=Fork", "-c", "user.email=fork@example.com")
        run = subprocess.run(
            ["git", *author, *arguments],
            cwd=fork.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    git("init", "--quiet", "--initial-branch=main")
    git("add", "--all")
    git("commit", "--quiet", "--message=A version of upstream")
    git("branch", "upstream")
    fork.replace("dev", ("eu-west-1", "eu-central-1"))
    shutil.copytree(ROOT / "tests/fixtures/custom", fork.root / "custom", dirs_exist_ok=True)
    git("add", "--all")
    git("commit", "--quiet", "--message=A capability, and a region")
    changed = git("diff", "--name-only", "upstream").split()
    assert {path.partition("/")[0] for path in changed} == {"custom", "environments"}

    git("checkout", "--quiet", "upstream")
    for file in git("ls-files", "*.py", "*.md", "*.toml", "Makefile").split():
        if not file.startswith("environments/"):
            with (fork.root / file).open("a") as text:
                text.write("# The next version\n")
    git("commit", "--quiet", "--all", "--message=The next version of upstream")
    git("checkout", "--quiet", "main")
    git("merge", "--no-edit", "upstream")

    assert "eu-central-1" in (fork.environments / "dev.yaml").read_text("utf-8")
    assert (fork.root / "custom/scratch/capability.py").exists()
    assert git("status", "--porcelain") == ""
