"""The main job, as `make synth` runs it."""

import subprocess
import sys

from tests.support import ROOT


def test_prints_progress_and_ends_with_the_table() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "operations.synth",
            "--files",
            "tests/fixtures/environments/dev.yaml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    progress, headings, dev = run.stdout.splitlines()
    assert progress.startswith("dev: built in ")
    assert headings.split() == [
        *("environment", "account", "region", "stacks", "resources"),
        *("findings", "seconds", "templates"),
    ]
    assert dev.split()[:4] == ["dev", "111111111111", "eu-west-1", "5"]
    assert int(dev.split()[4]) > 50
    assert dev.split()[5] == "0"
    assert dev.endswith("cdk.out/assembly-dev/")
