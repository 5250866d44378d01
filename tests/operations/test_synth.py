"""The verb `synth`, as `make synth` runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import ROOT

DEV = "tests/fixtures/environments/dev.yaml"
PROGRAM = [sys.executable, "-m", "operations"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_prints_a_table(tmp_path: Path) -> None:
    made = run("synth", "--files", DEV, "--no-checks", "--output", tmp_path)
    assert made.returncode == 0, made.stderr
    headings, dev, total = made.stdout.splitlines()
    assert headings.split() == [
        *("environment", "account", "region", "stacks", "resources", "templates"),
    ]
    assert dev.split()[:4] == ["dev", "111111111111", "eu-west-1", "5"]
    assert int(dev.split()[4]) > 50
    assert dev.endswith(f"{tmp_path}/assembly-dev/")
    assert total.startswith("1 environment(s) in ")


def test_prints_json(tmp_path: Path) -> None:
    made = run("synth", "--files", DEV, "--no-checks", "--output", tmp_path, "--json")
    [dev] = json.loads(made.stdout)
    assert (dev["environment"], dev["stacks"]) == ("dev", 5)


def test_fails_as_the_app_does(tmp_path: Path) -> None:
    made = run("synth", "--env", "devv", "--output", tmp_path / "out")
    assert made.returncode == 1
    assert made.stderr.startswith("environments/devv.yaml: no such environment")
    assert made.stdout == ""


@pytest.mark.parametrize(
    ("name", "terminal"), [("SIGINT", False), ("SIGINT", True), ("SIGTERM", False)]
)
def test_an_interrupt_ends_quietly_with_all_processes(
    tmp_path: Path, name: str, terminal: bool
) -> None:
    command = [*PROGRAM, "synth", "--files", DEV, "--output", str(tmp_path / "out")]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=terminal,
        # A shell lets what it starts in the background ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    started = time.monotonic()
    while not (tmp_path / "out").exists():
        assert time.monotonic() - started < 60
        time.sleep(0.05)
    if terminal:
        time.sleep(1)  # Node.js runs: it would tell of a closed channel.
        os.killpg(process.pid, getattr(signal, name))
    else:
        process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=30)
    assert process.returncode == 128 + getattr(signal, name)
    assert out + err == ""
    started = time.monotonic()
    while str(tmp_path) in _processes():
        assert time.monotonic() - started < 10, _processes()
        time.sleep(0.05)


def test_output_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_text("", "utf-8")
    made = run("synth", "--files", DEV, "--output", output)
    assert made.returncode == 1
    assert made.stderr == f"{output}: File exists. It must be a folder that can be written.\n"


def test_an_interrupt_while_it_starts_is_quiet() -> None:
    script = """
import sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from operations.__main__ import main
main()
"""
    made = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stdout + made.stderr) == (130, "")


def _processes() -> str:
    """Return the environment variables of all processes, which name the output folder."""
    found = subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in found.splitlines() if str(os.getpid()) != line.split()[0])
