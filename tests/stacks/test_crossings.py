"""Cheaper crossings into node change nothing but time."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Arn, ArnComponents, ArnFormat, Environment, Stack

from operations.bench.environments import write_full_environments
from stacks.crossings import _arn
from tests.support import ROOT

WITHOUT = """
import sys
from stacks import crossings
crossings.start_one_process = crossings.remember_answers = lambda: None
from stacks.synthesis import synthesize
sys.exit(synthesize())
"""
COUNTING = """
import psutil
from stacks.synthesis import _prepare_process
_prepare_process()
import aws_cdk
print(len(psutil.Process().children(recursive=True)))
"""


def run(
    script: list[str], folder: Path, file: str = "environments/dev.yaml", **environ: str
) -> subprocess.CompletedProcess[str]:
    context = json.dumps({"files": file, "checks": "false"})
    return subprocess.run(
        [sys.executable, *script],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "CDK_OUTDIR": str(folder),
            "CDK_CONTEXT_JSON": context,
            **environ,
        },
        capture_output=True,
        text=True,
    )


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_assembly_with_all_capabilities_is_the_same_without(tmp_path: Path) -> None:
    [file] = write_full_environments(1, tmp_path)
    for name, script in (("with", ["app.py"]), ("without", ["-c", WITHOUT])):
        made = run(script, tmp_path / name, str(file))
        assert made.returncode == 0, made.stderr
    assert files(tmp_path / "with") == files(tmp_path / "without") != {}


def test_one_process_of_node_is_started_and_what_it_prints_arrives(tmp_path: Path) -> None:
    made = run(["-c", COUNTING], tmp_path, JSII_DEBUG="1")
    assert made.stdout == "1\n", made.stderr
    assert "[@jsii/kernel] load" in made.stderr


@pytest.mark.parametrize("name", ["Name", None])
@pytest.mark.parametrize("style", [None, *ArnFormat])
def test_arns_are_put_together_as_the_cdk_does(style: ArnFormat | None, name: str | None) -> None:
    stack = Stack(App(), "S", env=Environment(account="111122223333", region="eu-west-1"))
    asked: dict[str, Any] = {"service": "s", "resource": "r", "resource_name": name}
    given: list[dict[str, str]] = [{}, {"region": "", "account": ""}, {"partition": "aws-cn"}]
    for others in given:
        components = ArnComponents(**asked, arn_format=style, **others)
        assert _arn(stack, **components._values) == Arn.format(components, stack)
