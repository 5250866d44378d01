"""Versions of the changelog, and of the packages."""

import re
import tomllib

from tests.support import ROOT

TEXT = (ROOT / "CHANGELOG.md").read_text("utf-8")
VERSIONS = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", TEXT, re.MULTILINE)


def test_packages_have_the_latest_version() -> None:
    for file in ("pyproject.toml", "constructs/pyproject.toml"):
        assert tomllib.loads((ROOT / file).read_text("utf-8"))["project"]["version"] == VERSIONS[0]


def test_versions_descend_and_have_links() -> None:
    numbers = [tuple(map(int, version.split("."))) for version in VERSIONS]
    assert len(numbers) > 1
    assert numbers == sorted(numbers, reverse=True)
    for version in ("Unreleased", *VERSIONS):
        assert re.search(rf"^\[{re.escape(version)}\]: \S+$", TEXT, re.MULTILINE), version


def test_breaking_changes_say_how_to_migrate() -> None:
    entries = re.findall(r"^- .*(?:\n  .*)*", TEXT, re.MULTILINE)
    breaking = [entry for entry in entries if "breaking" in entry.lower()]
    assert len(breaking) > 10
    assert not [entry[:80] for entry in breaking if "Migration: " not in entry]
