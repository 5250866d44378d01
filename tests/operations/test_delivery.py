"""Workflows of GitHub Actions: their jobs, permissions, and commands, run without GitHub."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from operations.access.world import World
from tests.operations import program
from tests.support import ROOT, synthesized

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS = {file.stem: YAML(typ="safe", pure=True).load(file) for file in FILES}
OF_DELIVERY = ("deploy", "deploy-environment", "drift", "preflight")
EXAMPLES = [ROOT / f"examples/delivery-{name}.yaml" for name in ("minimal", "complete")]
TARGET = re.compile(r"\$\{\{ (?:matrix\.target|fromJSON\(inputs\.target\))\.(\w+) \}\}")


def steps(workflow: str) -> Iterator[dict[str, Any]]:
    for job in WORKFLOWS[workflow]["jobs"].values():
        yield from job.get("steps", ())


def jobs(capsys: pytest.CaptureFixture[str], *files: Path) -> dict[str, list[dict[str, Any]]]:
    """Read what the verb prints, as GitHub reads outputs of a step."""
    assert program.run("delivery", *(part for file in files for part in ("--files", file))) == 0
    lines = capsys.readouterr().out.splitlines()
    return {key: json.loads(value) for key, _, value in (line.partition("=") for line in lines)}


def test_jobs_are_by_stage(capsys: pytest.CaptureFixture[str]) -> None:
    found = jobs(capsys, *EXAMPLES, ROOT / "examples/mlflow-minimal.yaml")
    assert {key: [one["name"] for one in value] for key, value in found.items()} == {
        "development": ["delivery-minimal"],
        "staging": [],
        "production": ["delivery-complete"],
        "all": ["delivery-complete", "delivery-minimal"],
        "pull_requests": ["delivery-complete"],
    }


def test_no_delivery_block_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / "examples/mlflow-minimal.yaml"
    assert program.run("delivery", "--files", file) == 0
    output = capsys.readouterr()
    assert output.out.startswith("development=[]")
    assert "No environment has a delivery.github block" in output.err


def test_jobs_name_the_roles_of_the_templates(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    world = World.read(synthesized(tmp_path, *EXAMPLES))
    for job in jobs(capsys, *EXAMPLES)["all"]:
        deploy, read = world.roles[job["deploy_role"]], world.roles[job["read_role"]]
        assert deploy.record.properties["MaxSessionDuration"] == job["session_seconds"]
        assert f":environment:{job['environment']}" in str(deploy.record.properties)
        [statement] = [one for policy in read.policies for one in policy.statements]
        assert statement.names_resource(job["lookup_role"], {})
        assert deploy.arn.split(":")[4] == job["account"]


def test_environments_without_github_have_no_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    found = jobs(capsys, ROOT / "examples/mlflow-minimal.yaml")
    assert set(map(len, found.values())) == {0}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actions_are_pinned_by_commit(file: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", file.read_text("utf-8"))
    for action, comment in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


@pytest.mark.parametrize("name", OF_DELIVERY)
def test_jobs_may_read_and_ask_for_a_token_only(name: str) -> None:
    workflow = WORKFLOWS[name]
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"].items() <= {"contents": "read", "id-token": "write"}.items()
    assert "id-token" not in workflow["jobs"].get("plan", {"permissions": {}})["permissions"]
    text = (ROOT / ".github/workflows" / f"{name}.yml").read_text("utf-8")
    assert "secrets." not in text
    assert "pull_request_target" not in text


@pytest.mark.parametrize("name", OF_DELIVERY)
def test_scripts_contain_no_expressions_and_stop_at_errors(name: str) -> None:
    # Without it, the shell has no pipefail.
    assert WORKFLOWS[name]["defaults"]["run"]["shell"] == "bash"
    for step in steps(name):
        assert "${{" not in step.get("run", "")


def test_stages_follow_each_other() -> None:
    deploy = WORKFLOWS["deploy"]["jobs"]
    assert deploy["development"]["needs"] == ["plan"]
    assert deploy["staging"]["needs"] == ["plan", "development"]
    assert deploy["production"]["needs"] == ["plan", "development", "staging"]
    for stage in ("development", "staging", "production"):
        condition = deploy[stage]["if"]
        assert "!failure()" in condition
        assert f"needs.plan.outputs.{stage} != '[]'" in condition


def test_only_the_job_of_a_github_environment_gets_the_deploy_role() -> None:
    for name in OF_DELIVERY:
        for job in WORKFLOWS[name]["jobs"].values():
            has_role = "deploy_role" in str(job.get("steps"))
            assert has_role is ("environment" in job)


@pytest.mark.parametrize("name", OF_DELIVERY)
def test_workflows_use_what_the_verb_prints(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = jobs(capsys, *EXAMPLES)
    text = (ROOT / ".github/workflows" / f"{name}.yml").read_text("utf-8")
    assert set(re.findall(r"steps\.plan\.outputs\.(\w+)", text)) <= set(found)
    keys = set(re.findall(r"(?:matrix\.target|fromJSON\(inputs\.target\))\.(\w+)", text))
    assert keys <= set(found["all"][0])


def checkout(folder: Path, status: int) -> Path:
    """Make a checkout with a CDK CLI that records its arguments and ends with a status."""
    for name in ("app.py", "cdk.json", "constructs", "custom", "operations", "stacks", "Makefile"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "environments").mkdir()
    text = (ROOT / "examples/delivery-minimal.yaml").read_text("utf-8")
    # Not a placeholder, which is not deployed.
    text = text.replace("444444444444", "123456789012").replace("delivery-minimal", "dev")
    (folder / "environments" / "dev.yaml").write_text(text, "utf-8")
    cdk = f'#!/bin/sh\necho "$@" >> "{folder}/cdk"\nexit {status}\n'
    platform = f'#!/bin/sh\nexec {sys.executable} -m operations "$@"\n'
    for name, script in (
        ("node_modules/.bin/cdk", cdk),
        (".venv/bin/cdk", cdk),
        (".venv/bin/sagemaker-platform", platform),
    ):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(script, "utf-8")
        file.chmod(0o755)
    return folder


@pytest.mark.parametrize("status", [0, 1])
@pytest.mark.parametrize(
    ("workflow", "step", "expected"),
    [
        (
            "deploy-environment",
            "Deploy",
            "deploy dev/* --concurrency 4 --context environments=dev --require-approval never",
        ),
        ("drift", "Detect drift", "drift dev/* --context environments=dev --fail"),
        (
            "preflight",
            "Compare with what is deployed",
            "diff dev/* --context environments=dev --method template",
        ),
    ],
)
def test_step_runs_the_cli_and_has_its_status(
    workflow: str, step: str, expected: str, status: int, tmp_path: Path
) -> None:
    folder = checkout(tmp_path, status)
    [found] = [one for one in steps(workflow) if one.get("name") == step]
    assert TARGET.fullmatch(found["env"]["NAME"])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]],
        cwd=folder,
        env={**os.environ, "NAME": "dev", "GITHUB_STEP_SUMMARY": str(folder / "summary")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == status, done.stderr
    assert (folder / "cdk").read_text("utf-8").strip() == expected


@pytest.mark.parametrize("verb", ["deploy", "diff", "drift"])
def test_cli_has_the_options(verb: str) -> None:
    command = [str(ROOT / "node_modules/.bin/cdk"), verb, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    option = {"deploy": "--require-approval", "diff": "--method", "drift": "--fail"}[verb]
    assert option in done.stdout
