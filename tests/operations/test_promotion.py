"""Promotions: what a pull request says, which versions wait, and the workflow that opens it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
from ruamel.yaml import YAML

from operations import promotion
from stacks.loading import SettingsError, load_environments
from tests.support import ROOT

WORKFLOW = YAML(typ="safe", pure=True).load(ROOT / ".github/workflows/promote.yml")
GROUP = "arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/dev-churn"
VERSION = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/dev-churn/"
HEADER = """\
name: {name}
account: "{account}"
region: eu-west-1
stage: {stage}
owner: ml-platform
cost_center: research
alarm_emails: [ml@example.com]
network: {{cidr: 10.{number}.0.0/16, availability_zones: [eu-west-1a, eu-west-1b]}}
"""
OWNER = """\
model_registry:
  followers: {staging: "222222222222", prod: "333333333333"}
  groups: [{name: churn, followers: [staging, prod]}]
"""
FOLLOWER = f"""\
inference:
  endpoints:
    - name: churn
      instance_type: ml.c7i.large
      model_package: {{latest_approved: {GROUP}}}
"""


def lock(file: Path, version: int) -> None:
    model = {
        "image": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/churn:1",
        "model_data": f"s3://dev/models/churn/{version}/model.tar.gz",
        "compressed": True,
        "model_package_arn": f"{VERSION}{version}",
    }
    content = {"models": {f"latest approved of {GROUP}": model}}
    file.with_suffix(".lock.json").write_text(json.dumps(content), "utf-8")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Return settings of three stages, all with version 6."""
    found = {}
    for number, (name, account, stage, rest) in enumerate(
        (
            ("dev", "1" * 12, "development", OWNER),
            ("staging", "2" * 12, "staging", FOLLOWER),
            ("prod", "3" * 12, "production", FOLLOWER),
        )
    ):
        file = found[name] = tmp_path / f"{name}.yaml"
        header = HEADER.format(name=name, account=account, stage=stage, number=number)
        file.write_text(header + rest, "utf-8")
        if rest is FOLLOWER:
            lock(file, 6)
    return found


def load(files: dict[str, Path]) -> None:
    load_environments(files=[str(file) for file in files.values()])


def test_version_that_skips_a_stage_is_refused(files: dict[str, Path]) -> None:
    lock(files["prod"], 7)
    with pytest.raises(SettingsError) as caught:
        load(files)
    assert "must not have version 7, which was never in staging" in str(caught.value)


def test_older_version_is_allowed(files: dict[str, Path]) -> None:
    """So that a revert works: staging goes ahead, or production goes back."""
    lock(files["staging"], 7)
    load(files)
    lock(files["staging"], 6)
    lock(files["prod"], 5)
    load(files)


class Registry:
    """Answers as SageMaker and Amazon S3."""

    def __init__(self, latest: int) -> None:
        self.latest = latest

    def look_up(self, environment: Any, file: Path) -> int:
        lock(file, self.latest)
        return 0

    def client(self, service: str) -> Any:
        return self

    def describe_model_package(self, ModelPackageName: str, **options: str) -> Any:  # noqa: N803
        number = ModelPackageName.rpartition("/")[2]
        return {
            "ApprovalDescription": "good | [link](https://x) <b>",
            "CustomerMetadataProperties": {"data": f"s3://dev/churn/{number}"},
            "LastModifiedBy": {"IamIdentity": {"Arn": "arn:aws:iam::111111111111:user/ada"}},
            "MetadataProperties": {"CommitId": "4733bf6"},
            "ModelCard": {"ModelCardContent": '{"purpose": "```"}'},
            "ModelMetrics": {
                "ModelQuality": {"Statistics": {"S3Uri": f"s3://dev/evaluation/{number}"}}
            },
        }

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        number = int(Key.rpartition("/")[2])
        return {"Body": self, "number": self._remember(number)}

    def _remember(self, number: int) -> int:
        self.number = number
        return number

    def read(self) -> bytes:
        return json.dumps({"metrics": {"accuracy": {"value": self.number / 10}}}).encode()


def promote(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, Path], name: str, latest: int, output: Path
) -> int:
    registry = Registry(latest)
    monkeypatch.setattr(promotion, "look_up", registry.look_up)
    monkeypatch.setattr(boto3, "Session", lambda **_: registry)
    others = [file for other, file in files.items() if other != name]
    return promotion.promote(files[name], others, output)


def test_pull_request_has_the_evidence(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert promote(monkeypatch, files, "staging", 7, tmp_path / "out") == 0

    folder = tmp_path / "out/staging"
    assert (folder / "title").read_text("utf-8") == "promote to staging: dev-churn version 7\n"
    found = files["staging"].with_suffix(".lock.json").read_bytes()
    assert (folder / "lock.json").read_bytes() == found
    text = (folder / "evidence.md").read_text("utf-8")
    for part in (
        "| Replaces | dev-churn version 6 |",
        "user/ada |",
        "| Commit of the training | 4733bf6 |",
        "s3://dev/churn/7 |",
        "| metrics.accuracy.value | 0.7 | 0.6 |",
        '    {"purpose": "```"}',
        r"good \| \[link\]\(https://x\) \<b\>",
    ):
        assert part in text, text


def test_version_waits_for_the_stage_before(
    files: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = files["prod"].with_suffix(".lock.json").read_bytes()
    assert promote(monkeypatch, files, "prod", 7, tmp_path / "out") == 0
    assert not (tmp_path / "out").exists()
    assert files["prod"].with_suffix(".lock.json").read_bytes() == before
    assert "never in staging" in capsys.readouterr().err

    lock(files["staging"], 7)
    assert promote(monkeypatch, files, "prod", 7, tmp_path / "out") == 0
    assert (tmp_path / "out/prod/title").exists()


def test_nothing_new_proposes_nothing(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(monkeypatch, files, "staging", 7, tmp_path / "first")
    assert promote(monkeypatch, files, "staging", 7, tmp_path / "out") == 0
    assert not (tmp_path / "out").exists()


def test_look_up_has_aws_and_proposal_has_the_repository() -> None:
    jobs = WORKFLOW["jobs"]
    assert WORKFLOW["permissions"] == {}
    assert jobs["look-up"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert jobs["propose"]["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert "aws" not in str(jobs["propose"]["steps"])
    assert "GH_TOKEN" not in str(jobs["look-up"])
    assert WORKFLOW[True if True in WORKFLOW else "on"]["schedule"]


def test_no_value_of_a_caller_is_part_of_a_script() -> None:
    for job in WORKFLOW["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
    assert "inputs." not in str(WORKFLOW["jobs"])


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_merge_deploys_and_revert_takes_back(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step that opens pull requests, with real git; then a merge, and a revert."""
    checkout, remote = tmp_path / "checkout", tmp_path / "remote.git"
    (checkout / "environments").mkdir(parents=True)
    for file in files["dev"].parent.glob("*.*"):
        if file.is_file():
            (checkout / "environments" / file.name).write_bytes(file.read_bytes())
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    git(checkout, "init", "--quiet", "-b", "main")
    git(checkout, "config", "user.name", "test")
    git(checkout, "config", "user.email", "test@example.com")
    git(checkout, "config", f"url.file://{remote}.insteadOf", "https://github.com/o/r.git")
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "-m", "first")
    promote(monkeypatch, files, "staging", 7, checkout / "promotion")
    (checkout / "promotion/staging/review.md").write_text("## Review\n", "utf-8")
    gh = tmp_path / "bin/gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/gh"\n', "utf-8")
    gh.chmod(0o755)
    [step] = [one for one in WORKFLOW["jobs"]["propose"]["steps"] if "run" in one]

    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=checkout,
        env={
            **os.environ,
            "PATH": f"{gh.parent}{os.pathsep}{os.environ['PATH']}",
            "REPOSITORY": "o/r",
            "GH_TOKEN": "x",
        },
        check=True,
    )

    calls = (tmp_path / "gh").read_text("utf-8")
    assert "pr create --head promote/staging --title promote to staging: dev-churn" in calls
    assert (checkout / "text.md").read_text("utf-8").endswith("## Review\n")
    changed = git(checkout, "diff", "--name-only", "main", "promote/staging").split()
    lock_name = str(Path("environments", "staging.lock.json"))
    assert changed == [lock_name]
    assert "promote/staging" in git(remote, "branch")
    lock_file = checkout / lock_name
    git(checkout, "switch", "--quiet", "main")
    before = lock_file.read_bytes()
    git(checkout, "merge", "--quiet", "--ff-only", "promote/staging")
    assert f"{VERSION}7" in lock_file.read_text("utf-8")
    git(checkout, "revert", "--no-edit", "HEAD")
    assert lock_file.read_bytes() == before
    environments = {one: checkout / "environments" / f"{one}.yaml" for one in files}
    load(environments)
