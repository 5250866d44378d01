"""Workflows of GitHub Actions: their jobs, permissions and commands."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from operations.access.world import World
from operations.application import configured_context
from stacks.delivery.settings import SessionHours
from tests.operations import program
from tests.support import ROOT, synthesized

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS = {file.stem: YAML(typ="safe", pure=True).load(file) for file in FILES}
OF_DELIVERY = ("deploy", "deploy-environment", "drift", "preflight")
EXAMPLES = [ROOT / f"examples/delivery-{name}.yaml" for name in ("minimal", "complete")]


def steps(workflow: str) -> Iterator[dict[str, Any]]:
    for job in WORKFLOWS[workflow]["jobs"].values():
        yield from job.get("steps", ())


def jobs(capsys: pytest.CaptureFixture[str], *files: Path) -> dict[str, list[dict[str, Any]]]:
    """Read what the verb prints as GitHub reads outputs of a step."""
    assert program.run("delivery", *(part for file in files for part in ("--files", file))) == 0
    lines = capsys.readouterr().out.splitlines()
    return {key: json.loads(value) for key, _, value in (line.partition("=") for line in lines)}
