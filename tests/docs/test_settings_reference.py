"""The settings reference has every key, with its type, default, range and an example."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from ruamel.yaml import YAML

from operations.settings_reference import reference_pages
from tests.support import EXAMPLES, ROOT

_ROW = re.compile(
    r'^\| (?:<span id="(?P<path>[^"]+)">)?`(?P<key>\w+)`(?:</span>)? \| (?P<rest>.*) \|$',
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-m", "stacks.schema"], cwd=ROOT, check=True, capture_output=True
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.fixture(scope="module")
def pages(schema: dict[str, Any]) -> dict[str, str]:
    yaml = YAML(typ="safe", pure=True)
    return reference_pages(schema, [yaml.load(file) for file in EXAMPLES])


def rows(page: str) -> dict[str, list[str]]:
    return {
        found["path"] or found["key"]: found["rest"].split(" | ") for found in _ROW.finditer(page)
    }


def test_every_key_has_a_row(schema: dict[str, Any], pages: dict[str, str]) -> None:
    """The keys of each block stand together, in the order of the block."""
    shown = {
        tuple(re.findall(r"^\| (?:<span [^>]+>)?`(\w+)`", section, re.MULTILINE))
        for page in pages.values()
        for section in page.split("\n## ")
    }
    plain = [name for name in schema["properties"] if name not in pages]
    blocks = [one["properties"] for one in schema["$defs"].values() if "properties" in one]
    assert {tuple(block) for block in (plain, *blocks)} == shown - {()}


def test_every_anchor_is_unique(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        anchors = re.findall(r'(?:<span id="|\{#)([^"}]+)', page)
        assert len(anchors) == len(set(anchors)), name


def test_every_row_has_a_description(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        without = [path for path, (*_, about) in rows(page).items() if len(about.strip()) < 5]
        assert without == [], name


def test_links_lead_to_blocks_of_the_page(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        anchors = set(re.findall(r"\{#([^}]+)\}$", page, re.MULTILINE))
        assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors, name


@pytest.mark.parametrize(
    ("page", "path", "expected"),
    [
        ("environment", "account", ["string matching `^\\d{12}$`", "required"]),
        ("environment", "stage", ["`development`, `staging`, `production`", "required"]),
        ("mlflow", "mlflow.artifact_version_days", ["integer from 1 to 3653", "`30`"]),
        ("mlflow", "app", ["[block](#mlflow.app)", "none"]),
        ("mlflow", "mlflow.tracking_server.size", ["`Small`, `Medium`, `Large`", "`Small`"]),
        (
            "sources",
            "crawlers",
            ["list of [block](#sources.crawlers), at most 20 entries", "none"],
        ),
    ],
)
def test_rows_say_type_and_default(
    pages: dict[str, str], page: str, path: str, expected: list[str]
) -> None:
    assert rows(pages[page])[path][:2] == expected


def test_examples_come_from_the_example_files(pages: dict[str, str]) -> None:
    assert rows(pages["mlflow"])["mlflow.tracking_server.mlflow_version"][-1].endswith(
        'Example: `"3.0"`.'
    )


def test_types_of_a_union_have_a_section_each(pages: dict[str, str]) -> None:
    for orchestrator in ("slurm", "eks"):
        assert f"## `hyperpod.clusters[]` with `orchestrator: {orchestrator}`" in pages["hyperpod"]
