"""A violation fails every way to synthesize, with its place and without a traceback."""

import json
import os
import subprocess
import sys

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.slow

RULES = {
    "AwsSolutions": "AwsSolutions-S1",
    "NIST 800-53 R5": "NIST.800.53.R5-S3BucketVersioningEnabled",
    "HIPAA": "HIPAA.Security-S3BucketVersioningEnabled",
    "PCI DSS 3.2.1": "PCI.DSS.321-S3BucketVersioningEnabled",
    "CloudFormation Validate": "F3002",
    "our Guard rules": "BUCKET_ENCRYPTED",
    "our rules on documents": "NO_ACTION_ON_EVERYTHING",
    "limits of IAM": "IAM_ATTACHED_POLICIES",
}
# Any environment will do.
SMALL = "examples/foundation-minimal.yaml"
APP = f"{sys.executable} tests/checks/violating_app.py"
CDK = "cdk"
WAYS = {
    "python app.py": APP.split(),
    "cdk synth '**'": [CDK, "synth", "**", "--quiet", "--app", APP],
    "cdk synth": [CDK, "synth", "--quiet", "--app", APP],
    "cdk deploy": [CDK, "deploy", "foundation-minimal/*", "--app", APP],
}
# This one does not record where each construct is made, and says how to find out.
UNTRACED = "cdk synth"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, subprocess.CompletedProcess[str]]:
    """Run every way, two at a time: each takes seconds."""
    processes: dict[str, subprocess.Popen[str]] = {}
    results = {}
    for way, command in WAYS.items():
        outdir = tmp_path_factory.mktemp("violating")
        processes[way] = subprocess.Popen(
            [*command, "--output", str(outdir), "-c", f"files={SMALL}"]
            if command[0] == CDK
            else command,
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'constructs'}",
                "CDK_OUTDIR": str(outdir),
                "CDK_CONTEXT_JSON": json.dumps({"files": SMALL}),
                # Nothing listens there: a deploy that began would fail with another message.
                "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
                "AWS_EC2_METADATA_DISABLED": "true",
                **({} if way == UNTRACED else {"JSII_HOST_STACK_TRACES": "1"}),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if len(processes) == 2:
            results.update(_finish(processes))
    return results | _finish(processes)


def _finish(
    processes: dict[str, subprocess.Popen[str]],
) -> dict[str, subprocess.CompletedProcess[str]]:
    done = {}
    for way, process in processes.items():
        output, _ = process.communicate(timeout=600)
        done[way] = subprocess.CompletedProcess(process.args, process.returncode, output)
    processes.clear()
    return done


@pytest.mark.parametrize("way", WAYS)
def test_fails_with_the_place_of_each_finding(
    runs: dict[str, subprocess.CompletedProcess[str]], way: str
) -> None:
    run = runs[way]
    assert run.returncode != 0, run.stdout
    assert "Traceback" not in run.stdout
    for rule in RULES.values():
        assert f"{rule}" in run.stdout
    assert ("made at tests/checks/violating_app.py:" in run.stdout) == (way != UNTRACED)
    assert ("run `sagemaker-platform synth --traces`, or" in run.stdout) == (way == UNTRACED)
    assert "finding(s): fix each one, or acknowledge it" in run.stdout


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_check_finds_its_violation(
    runs: dict[str, subprocess.CompletedProcess[str]], rule: str
) -> None:
    place = "foundation-minimal/violations/"
    lines = runs["python app.py"].stdout.splitlines()
    assert [line for line in lines if line.startswith(f"{rule}") and place in line]
