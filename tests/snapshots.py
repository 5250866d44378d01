"""Snapshots: templates as they were reviewed, to compare with what is synthesized now."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.stateful import is_stateful
from tests.support import StackTemplate, stacks

_ASSET_HASH = re.compile(r"[0-9a-f]{64}")
_LONGEST_DIFF = 80

Templates = Mapping[str, dict[str, Any]]
"""Templates by the name of their stack."""


def reviewable(stack: StackTemplate) -> dict[str, Any]:
    """Return a template without what changes when nothing of the deployment does."""
    template: dict[str, Any] = json.loads(
        _ASSET_HASH.sub("<asset hash>", stack.file.read_text("utf-8"))
    )
    for resource in template.get("Resources", {}).values():
        resource.pop("Metadata", None)
    return template


def current(assembly: Path, environment: str) -> dict[str, dict[str, Any]]:
    """Return the templates of an environment."""
    return {
        stack.name: reviewable(stack)
        for stack in stacks(assembly)
        if stack.environment == environment
    }


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the templates of a folder of snapshots."""
    return {file.stem: json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")}


def write(folder: Path, templates: Templates) -> None:
    """Write the templates in place of all snapshots of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for name, template in templates.items():
        (folder / f"{name}.json").write_text(_text(template), "utf-8")


def lost(before: Templates, after: Templates) -> list[str]:
    """Return the stateful resources that a deploy would delete or replace."""
    found = []
    for stack, template in sorted(before.items()):
        resources = after.get(stack, {}).get("Resources", {})
        for logical_id, old in template["Resources"].items():
            if not is_stateful(old):
                continue
            where = f"{stack} {logical_id} ({old['Type']})"
            new = resources.get(logical_id)
            if new is None or new["Type"] != old["Type"]:
                found.append(f"{where} is deleted")
            elif changed := sorted(_replacing(old, new)):
                found.append(f"{where} is replaced, because of {', '.join(changed)}")
    return found


def _replacing(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield the properties that changed and that CloudFormation cannot update."""
    before, after = old.get("Properties", {}), new.get("Properties", {})
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", old["Type"]).schema
    for pointer in schema.get("createOnlyProperties", []):
        name = pointer.split("/")[2]
        if before.get(name) != after.get(name):
            yield name


def difference(before: Templates, after: Templates) -> str:
    """Return what changed, as `diff` shows it; empty if nothing did."""
    lines: list[str] = []
    for stack in sorted({*before, *after}):
        old, new = (
            _text(templates[stack]).splitlines() if stack in templates else []
            for templates in (before, after)
        )
        lines += difflib.unified_diff(
            old, new, f"{stack}.json as reviewed", f"{stack}.json now", lineterm=""
        )
    if len(lines) > _LONGEST_DIFF:
        rest = len(lines) - _LONGEST_DIFF
        lines = [*lines[:_LONGEST_DIFF], f"... and {rest} lines more"]
    return "\n".join(lines)


def _text(template: Mapping[str, Any]) -> str:
    return json.dumps(template, indent=2, sort_keys=True) + "\n"


def check(folder: Path, now: Templates, config: pytest.Config, *, renew: str) -> None:
    """Fail unless templates are as reviewed; or renew the snapshots, if the run was told to.

    Args:
        folder: folder of the snapshots.
        now: the templates as they are synthesized.
        config: configuration of the run, with the options that renew snapshots.
        renew: command that renews the snapshots.
    """
    before = read(folder)
    losses = lost(before, now)
    if losses and not config.getoption("accept_loss"):
        message = "A deploy loses what these resources hold, or their address:"
        remedy = f"Undo the change. If the loss is meant: {renew} LOSS=accept"
        pytest.fail("\n".join([message, *losses, remedy]), pytrace=False)
    if config.getoption("renew_snapshots"):
        write(folder, now)
    elif changes := difference(before, now):
        pytest.fail(
            f"{changes}\nNot as reviewed in {folder}. If the change is meant: {renew}",
            pytrace=False,
        )
