"""The verbs of `make` and the program take the same words."""

import re
import subprocess

import pytest

from operations.cli import VERBS
from tests.support import ROOT

OFFER = ("TYPE=ml.p5.48xlarge", "COUNT=1", "HOURS=1")
VERSION = "VERSION=arn:aws:sagemaker:eu-west-1:111111111111:model-package/dev-churn/7"


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make without running any command."""
    command = ["make", "--dry-run", "--always-make", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_env_and_files_exclude_each_other() -> None:
    refused = make("synth", "ENV=dev", "FILES=a.yaml")
    assert refused.returncode != 0
    assert "ENV and FILES exclude each other. Give one of them" in refused.stderr


def test_files_reach_the_program_as_one_word() -> None:
    run = make("synth", "FILES=my files/*.yaml 'b c.yaml'")
    assert run.returncode == 0, run.stderr
    # The shell takes the value from the environment, so no character of it is special.
    assert 'sagemaker-platform synth --files "$FILES"' in run.stdout


def test_missing_variables_are_named() -> None:
    assert "make trace ENDPOINT=prod-churn" in make("trace").stderr
    assert "make offers ENV=prod TYPE=" in make("offers", "ENV=dev").stderr


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - {"check"}))
def test_every_verb_of_the_program_is_one_of_make(verb: str) -> None:
    arguments = [verb, "ENV=dev", "ENDPOINT=dev-churn", VERSION, *OFFER]
    run = make(*arguments)
    assert run.returncode == 0, run.stderr
    assert f"sagemaker-platform {verb}" in run.stdout


def test_help_lists_every_verb() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    documented = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    [phony] = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)", text, re.MULTILINE)
    assert documented == set(phony.replace("\\\n", " ").split())
