"""Cheaper crossings into node change nothing but time."""

import json
import os
import subprocess
import sys
from pathlib import Path

from operations.bench.environments import write_full_environments
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
