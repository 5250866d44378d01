"""Pages name settings that exist, and troubleshooting quotes messages that exist."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from stacks.schema import schema
from tests.support import ROOT

Node = dict[str, Any]
SCHEMA: Node = json.loads(schema())
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_PATH = re.compile(r"`([a-z_]+(?:\[[^\]`]*\])?(?:\.[a-z_…<>]+(?:\[[^\]`]*\])?)+)`")
_INDEX = re.compile(r"\[.*?\]")
# Hosts and files that begin like a key.
_NO_KEYS = re.compile(r"\.(amazonaws\.com|yml|yaml|json|csv|py|md)$")


def branches(node: Any) -> Iterator[Node]:
    """Yield the blocks that a node of the schema allows, also as items of a list."""
    while isinstance(node, dict) and "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    if not isinstance(node, dict):
        return
    yield node
    for key in ("anyOf", "oneOf", "allOf"):
        for one in node.get(key, ()):
            yield from branches(one)
    yield from branches(node.get("items"))


def below(nodes: Sequence[Node], key: str) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        if key in node.get("properties", {}):
            found += branches(node["properties"][key])
        else:
            found += branches(node.get("additionalProperties"))
        for pattern in node.get("patternProperties", {}).values():
            found += branches(pattern)
    return found


def is_setting(path: str) -> bool:
    nodes = list(branches(SCHEMA))
    for key in path.split("."):
        nodes = below(nodes, _INDEX.sub("", key))
    return bool(nodes)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_that_a_page_names_exist(page: Path) -> None:
    named = set(_PATH.findall(_FENCE.sub("", page.read_text("utf-8"))))
    roots = set(next(branches(SCHEMA))["properties"])

    assert not [
        one
        for one in sorted(named)
        if _INDEX.sub("", one.split(".")[0]) in roots
        if not _NO_KEYS.search(one) and not is_setting(one)
    ]


def test_settings_that_the_table_of_own_resources_names_exist() -> None:
    text = (ROOT / "docs/bring-your-own.md").read_text("utf-8")
    cells = [line.split("|")[2] for line in text.splitlines() if line.startswith("| ")][1:]
    keys = {key for cell in cells for key in re.findall(r"`([a-z_]+)`", cell)}
    known = {
        key
        for node in SCHEMA["$defs"].values()
        for key in (*node.get("properties", {}), *SCHEMA["properties"])
    }

    assert len(keys) > 5
    assert not keys - known


def test_settings_that_the_evidence_recommends_exist() -> None:
    file = ROOT / "operations/evidence/traceability.csv"
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]

    assert not [row for row in csv.DictReader(lines) if not is_setting(row["setting"])]


def test_messages_of_ours_that_troubleshooting_quotes_exist() -> None:
    page = (ROOT / "docs/troubleshooting.md").read_text("utf-8")
    sections = re.split(r"^## ", page, flags=re.MULTILINE)
    ours = [one for one in sections if one.startswith("In the settings file")]
    quoted = [
        part.strip()
        for section in ours
        for message in re.findall(r"^\| `([^`]+)`", section, flags=re.MULTILINE)
        for part in re.split(r"…|; |Run ", message)
        if len(part.strip()) > 8
    ]
    sources = "\n".join(
        file.read_text("utf-8")
        for folder in ("stacks", "operations", "constructs")
        for file in sorted((ROOT / folder).rglob("*.py"))
    )
    # A message is written as several strings, one a line.
    sources = re.sub(r'"\s*\n\s*f?"', "", sources)

    assert quoted
    assert not [one for one in quoted if one not in sources]
