"""Reading what the checks of a synth found."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_platform.arguments import checks_types

_OWN_WARNING = "Annotation::warning-annotation"
_FRAME = re.compile(r"\((?P<file>[^()]+\.py):(?P<line>\d+)\)")


@checks_types
@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding at one construct.

    Args:
        rule: id of the rule.
        construct_path: the construct, such as ``dev/network/Network/Resource``.
        description: what is wrong.
        origin: the files and lines that made the construct, innermost first.
        acknowledged: the reason why it is accepted. If omitted, the finding fails the synth.
    """

    rule: str
    construct_path: str
    description: str
    origin: tuple[str, ...]
    acknowledged: str | None

    @property
    def is_warning(self) -> bool:
        """Whether it is a warning that a stack shows on purpose, and not the finding of a check.

        CDK warnings are findings, named by their own ids.
        """
        return self.rule == _OWN_WARNING

    def __str__(self) -> str:
        made = f"\n    made at {', from '.join(self.origin[:3])}" if self.origin else ""
        return f"{self.rule}: {self.construct_path}: {self.description}{made}"


def read_findings(directory: Path) -> list[Finding]:
    """Read the findings in the ``validation-report.json`` of a cloud assembly.

    An assembly synthesized without checks has no such file, and no findings.
    """
    file = directory / "validation-report.json"
    if not file.exists():
        return []
    report = json.loads(file.read_text("utf-8"))
    return [finding for plugin in report["pluginReports"] for finding in _of(plugin)]


def _of(plugin: dict[str, Any]) -> Iterator[Finding]:
    if plugin["conclusion"] != "success" and not plugin["violations"]:
        # The CDK goes on without a check that fails itself.
        error = plugin.get("metadata", {}).get("error", "it does not say why")
        yield Finding(
            rule=plugin["pluginName"],
            construct_path="all stacks",
            description=f"the check itself failed: {error}",
            origin=(),
            acknowledged=None,
        )
    for violation in plugin["violations"]:
        yield from _at_constructs(violation, None)
    for violation in plugin.get("suppressedViolations", []):
        yield from _at_constructs(violation, violation.get("reason", ""))


def _at_constructs(violation: dict[str, Any], reason: str | None) -> Iterator[Finding]:
    for construct in violation["violatingConstructs"]:
        yield Finding(
            rule=violation["ruleName"],
            construct_path=construct.get("constructPath", ""),
            description=violation["description"],
            origin=_origin(construct.get("stackTraces", [])),
            acknowledged=reason,
        )


def _origin(traces: list[str]) -> tuple[str, ...]:
    """Return the frames below the working directory, without the environment's packages."""
    here = os.getcwd() + os.sep
    frames = []
    for match in _FRAME.finditer("\n".join(traces)):
        file = match["file"].removeprefix(here)
        if not os.path.isabs(file) and "site-packages" not in file:
            frames.append(f"{file}:{match['line']}")
    return tuple(dict.fromkeys(frames))
