"""Runs ``cdk synth`` and sums up what it made: python -m operations.synth --environments dev."""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from sagemaker_platform.guardrails import read_findings

_ASSEMBLY = Path("cdk.out")
_BUILT = re.compile(r"(?P<name>\S+): built in (?P<seconds>[\d.]+) s")
# What the CLI says after a synth of several stacks; the table says it better.
_CHATTER = ("Successfully synthesized to", "Supply a stack id")
_HEADINGS = (
    "environment", "account", "region", "stacks", "resources", "findings", "seconds", "templates",
)  # fmt: skip


def main() -> int:
    """Synthesize with the CDK CLI, show its progress, then the table; return its status."""
    parser = argparse.ArgumentParser(prog="python -m operations.synth", description=__doc__)
    parser.add_argument("--environments", default="", help="names, separated by commas")
    parser.add_argument("--files", default="", help="settings files in place of environments/")
    arguments = parser.parse_args()
    command = ["cdk", "synth", "**", "--quiet", "--no-color", "-c", "progress=true"]
    for key in ("environments", "files"):
        if value := getattr(arguments, key):
            command += ["-c", f"{key}={value}"]

    seconds: dict[str, str] = {}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as cdk:
        assert cdk.stdout is not None
        for line in cdk.stdout:
            if match := _BUILT.fullmatch(line.strip()):
                seconds[match["name"]] = match["seconds"]
            if line.strip() and not line.startswith(_CHATTER):
                print(line, end="", flush=True)
    if seconds:
        print(table(_ASSEMBLY, seconds))
    return cdk.returncode


def table(assembly: Path, seconds: Mapping[str, str]) -> str:
    """Return one line for each environment of a cloud assembly, below headings.

    Args:
        assembly: directory of the cloud assembly.
        seconds: wall-clock seconds it took to build each environment's constructs.
    """
    findings = Counter(
        finding.construct_path.split("/")[0]
        for finding in read_findings(assembly)
        if finding.acknowledged is None
    )
    rows: list[Sequence[str]] = [_HEADINGS]
    for name in sorted(seconds):
        directory = assembly / f"assembly-{name}"
        artifacts = json.loads((directory / "manifest.json").read_text("utf-8"))["artifacts"]
        stacks = [a for a in artifacts.values() if a["type"] == "aws:cloudformation:stack"]
        account, region = stacks[0]["environment"].removeprefix("aws://").split("/")
        resources = sum(_resources(directory / a["properties"]["templateFile"]) for a in stacks)
        rows.append(
            (
                name, account, region, str(len(stacks)), str(resources), str(findings[name]),
                seconds[name], f"{directory}/",
            )
        )  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _resources(template: Path) -> int:
    return len(json.loads(template.read_text("utf-8")).get("Resources", {}))


if __name__ == "__main__":
    sys.exit(main())
