"""Runs a story as a persona of an environment."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.access.check import Decision, Outcome
from operations.access.matrix import studio_session
from operations.access.place import Place
from operations.access.report import explain_check
from operations.access.world import Environment, World
from stacks.names import pascal_case
from tests.stories.harness.answers import Answers
from tests.stories.harness.aws import Aws, Run
from tests.stories.harness.objects import Objects
from tests.stories.harness.story import Step, Story

_CLIENT = Path(__file__).with_name("client.py")
_LIMIT_SECONDS = 120
# How clients tell. A client that goes on after a denial has not been stopped by it.
_ERRORS = {
    Decision.UNREACHABLE: ("ConnectionClosedError", "ConnectionError", "EndpointConnectionError"),
    Decision.DENIED: ("AccessDenied", "not authorized", "Forbidden"),
}


@dataclass(frozen=True)
class Verdict:
    """What became of a step.

    Attributes:
        step: the step.
        decision: what AWS decided.
        expected: what had to become of it.
        raised: what the client raised; empty for nothing.
        outcomes: what became of its calls.
    """

    step: Step
    decision: Decision
    expected: Decision
    raised: str
    outcomes: Sequence[Outcome]

    @property
    def problem(self) -> str:
        """What is wrong; empty if all is as expected."""
        calls = "".join(f"\n      {_told(one)}" for one in self.outcomes)
        what = f"    {self.step.title}: {self.decision}, not {self.expected}{calls}"
        if gaps := [one.gap for one in self.outcomes if one.gap]:
            return f"{what}\n    not mapped: {gaps}"
        if self.decision is not self.expected:
            return f"{what}\n{self.raised}"
        # Clients go on after some denials, but nothing else may go wrong in a step that works.
        if self.decision is Decision.ALLOWED and self.raised:
            return f"{what}\n{self.raised}"
        return ""


def run_story(
    story: Story, environment: str, *, aws: Aws, world: World, python: Path, folder: Path
) -> list[Verdict]:
    """Run a story, unpatched clients in a process of their own, and return what became of it."""
    persona = pascal_case(story.persona)
    place = Place(world, world.environments[environment], persona)
    session = studio_session(world.environments[environment], persona, place)
    key = f"ASIA{hashlib.sha256(f'{story.name} {environment}'.encode()).hexdigest()[:16].upper()}"
    answers = Answers(
        session.environment,
        session.caller.arn,
        # JumpStart's bucket is AWS's own.
        Objects(frozenset({*world.buckets, f"jumpstart-cache-prod-{session.environment.region}"})),
        world.stack_outputs(environment),
        {"theirs": {"owner": "another-user", "sharing": "Private"}},
    )
    run = aws.runs[key] = Run(session, answers)
    home = folder / "home"
    home.mkdir()
    variables = {
        "HOME": str(home),
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "AWS_ENDPOINT_URL": aws.url,
        "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": aws.url,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": "story",
        "AWS_SESSION_TOKEN": "story",
        "AWS_REGION": session.environment.region,
        "AWS_DEFAULT_REGION": session.environment.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "PYTHONWARNINGS": "ignore",
        # Nothing else is in reach, such as where the SDK reports its use.
        "HTTPS_PROXY": "http://127.0.0.1:1",
    }
    if story.defaults:
        _start_app(session.environment, variables, home)
    steps = [{"code": one.code, "line": one.line} for one in story.steps]
    given = folder / "story.json"
    given.write_text(
        json.dumps(
            {
                "path": str(story.path),
                "url": aws.url,
                "key": key,
                "steps": steps,
                "place": {**place.values, **_things(place)},
            },
            default=str,
        )
    )
    done = subprocess.run(
        # The folder of the script has modules with names of clients.
        [python, "-P", _CLIENT, given],
        cwd=home,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{story.name} ended with status {done.returncode}: {done.stderr}")
    raised: list[str] = json.loads(given.with_suffix(".raised.json").read_text())
    return [
        _verdict(step, step.expected_in(environment), problem, run.of_step(number))
        for number, (step, problem) in enumerate(zip(story.steps, raised, strict=True))
    ]


def _things(place: Place) -> dict[str, list[Any]]:
    return {
        kind: [values[kind.removesuffix("s")] for values in place.each(kind)]
        for kind in ("clusters", "kubernetes_clusters", "monitors", "other_buckets", "partner_apps")
    }


def _start_app(environment: Environment, variables: Mapping[str, str], home: Path) -> None:
    """Run the lifecycle script of the platform, as SageMaker does when an app starts."""
    [script] = [
        base64.b64decode(one.properties["StudioLifecycleConfigContent"]).decode()
        for one in environment.of_type("AWS::SageMaker::StudioLifecycleConfig")
        if "ClientDefaults/JupyterLab" in one.path
    ]
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=home,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_SECONDS,
    )
    if not (home / ".sagemaker-platform").exists():
        raise RuntimeError(f"the lifecycle script wrote nothing: {done.stdout}{done.stderr}")


def _verdict(step: Step, expected: Decision, raised: str, outcomes: Sequence[Outcome]) -> Verdict:
    decisions = {one.decision for one in outcomes}
    found = Decision.ALLOWED
    if Decision.FAILS_LATER in decisions:
        found = Decision.FAILS_LATER
    for decision, words in _ERRORS.items():
        if decision in decisions and any(word in raised for word in words):
            found = decision
    return Verdict(step, found, expected, raised, outcomes)


def _told(outcome: Outcome) -> str:
    check = outcome.failed
    return f"{outcome.call}: {outcome.decision}" + (
        f": {explain_check(check, '')}" if check else ""
    )
