"""`pipeline run` starts a pipeline of the settings, follows it, and says why it cannot."""

import re
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from operations.access.tables import table as access_table
from tests.operations import program
from tests.operations.fake_account import Answers, FakeSession
from tests.support import ROOT

FILE = ROOT / "examples/pipelines-complete.yaml"
PIPELINE = "arn:aws:sagemaker:eu-west-1:444444444444:pipeline/pipelines-complete-churn"
EXECUTION = f"{PIPELINE}/execution/abc123def456"


def answers(*pages: tuple[str, dict[str, str]], reason: str = "") -> dict[str, Any]:
    """Answer with the status of the execution and of its steps, one after the other."""
    left = iter(pages)
    steps: dict[str, str] = {}

    def describe(_: Any) -> dict[str, Any]:
        nonlocal steps
        status, steps = next(left)
        why = {"FailureReason": "a step failed"} if status == "Failed" else {}
        return {"PipelineExecutionArn": EXECUTION, "PipelineExecutionStatus": status, **why}

    def list_steps(_: Any) -> dict[str, Any]:
        found = [
            {
                "StepName": name,
                "StepStatus": status,
                "StartTime": datetime(2026, 11, 20, tzinfo=UTC),
                **({"FailureReason": reason} if status == "Failed" else {}),
            }
            for name, status in steps.items()
        ]
        return {"PipelineExecutionSteps": found}

    return {
        "sagemaker.StartPipelineExecution": {"PipelineExecutionArn": EXECUTION},
        "sagemaker.DescribePipelineExecution": describe,
        "sagemaker.ListPipelineExecutionSteps": list_steps,
    }


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr("operations.pipelines.start.time.sleep", found.append)
    return found


def run(
    monkeypatch: pytest.MonkeyPatch, given: Answers, *arguments: str
) -> tuple[int, FakeSession, dict[str, Any]]:
    fake, asked = FakeSession(given), dict[str, Any]()

    def session(**options: Any) -> FakeSession:
        asked.update(options)
        return fake

    monkeypatch.setattr(boto3, "Session", session)
    monkeypatch.chdir(ROOT)
    return program.run("pipeline", "run", *arguments, "--files", FILE), fake, asked


def test_run_prints_the_execution(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: dict[str, Any] = {}

    def started(parameters: dict[str, Any]) -> dict[str, Any]:
        sent.update(parameters)
        return {"PipelineExecutionArn": EXECUTION}

    status, fake, asked = run(
        monkeypatch,
        {"sagemaker.StartPipelineExecution": started},
        *("churn", "--set", "Commit=4733bf6", "--set", "LeastAccuracy=0.9", "--profile", "ml"),
    )

    assert status == 0
    assert capsys.readouterr().out == f"{EXECUTION}\n"
    assert fake.calls == ["sagemaker.StartPipelineExecution"]
    assert asked == {"profile_name": "ml", "region_name": "eu-west-1"}
    assert sent["PipelineName"] == "pipelines-complete-churn"
    assert sent["PipelineParameters"] == [
        {"Name": "Commit", "Value": "4733bf6"},
        {"Name": "LeastAccuracy", "Value": "0.9"},
    ]


def test_wait_tells_each_step_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pauses: list[float]
) -> None:
    given = answers(
        ("Executing", {"Prepare": "Executing"}),
        ("Executing", {"Prepare": "Succeeded", "Train": "Executing"}),
        ("Succeeded", {"Prepare": "Succeeded", "Train": "Succeeded"}),
    )
    status, _, _ = run(monkeypatch, given, "churn", "--wait")

    assert status == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [EXECUTION, "Prepare: Succeeded", "Train: Succeeded", "Succeeded"]
    assert len(pauses) == 2


def test_failed_execution_is_told_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = answers(("Failed", {"Prepare": "Failed"}), reason="no data")
    status, _, _ = run(monkeypatch, given, "churn", "--wait")

    assert status == 1
    told = capsys.readouterr().out.splitlines()
    assert told == [EXECUTION, "Prepare: Failed: no data", "a step failed", "Failed"]


@pytest.mark.parametrize(
    ("given", "arguments", "message"),
    [
        ({}, ["chrn"], "must be one of pipelines.definitions of pipelines-complete; did you mean"),
        ({}, ["churn", "--set", "Comit=1"], r"got Comit=1; must be a parameter of the pipeline; "),
        ({}, ["churn", "--set", "Commit"], "got Commit; must be NAME=VALUE"),
        ({}, ["churn", "--set", "Commit=1", "--set", "Commit=2"], "must be given once"),
        ({}, ["scoring"], r"must have Model, without a default.*Add --set Model=VALUE"),
        ({}, ["churn", "scoring"], "must have one name and one environment"),
        (
            {"sagemaker.StartPipelineExecution": "ResourceNotFound: Pipeline does not exist."},
            ["churn"],
            "Deploy the environment first, or give --profile",
        ),
        (
            {"sagemaker.StartPipelineExecution": "AccessDeniedException: no"},
            ["churn"],
            "The activity `run_pipelines` of personas has the permission",
        ),
        (
            answers() | {"sagemaker.DescribePipelineExecution": "AccessDeniedException: no"},
            ["churn", "--wait"],
            f"The execution continues: {EXECUTION}",
        ),
    ],
)
def test_failure_says_what_to_do(
    given: Answers,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, _ = run(monkeypatch, given, *arguments)
    assert status == 1
    assert re.search(message, " ".join(capsys.readouterr().err.split()))


def test_options_of_run_are_refused_with_export(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run("pipeline", "export", "churn", "--wait") == 1
    assert "are options of run" in capsys.readouterr().err


def test_calls_are_those_that_the_activity_promises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`access` authorizes each of the task's calls for the personas with `run_pipelines`."""
    [task] = [one for one in access_table("tasks") if one.get("promised") == ["run_pipelines"]]
    _, fake, _ = run(monkeypatch, answers(("Succeeded", {})), "churn", "--wait")
    assert set(fake.calls) <= {one["call"] for one in task["calls"]}
