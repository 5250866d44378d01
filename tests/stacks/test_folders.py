"""Every folder of a capability has the same kinds of files."""

import re
from pathlib import Path

import pytest

from tests.support import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "stacks").glob("*/__init__.py"))
ROLES = ("capability", "extension", "mapping", "regions", "rules", "settings", "stack", "__init__")
NOUNS = re.compile(r"[a-z_]+_(grammar|mapping|rules|settings|stack)")
# Files with a noun of their own that no other folder has.
OTHERS = {
    "delivery": {"fields"},
    "inference": {"capacity", "lock", "packing", "resolved_model"},
    "lakehouse": {"granted_data", "iam_needs", "reach"},
    "model_registry": {"clients", "environments"},
    "network": {"zones"},
    "unified_studio": {"fields"},
    "pipelines": {"definition", "fields", "model_card", "registrations"},
}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_files_have_the_names_of_their_roles(folder: Path) -> None:
    names = {file.stem for file in folder.glob("*.py")} - OTHERS.get(folder.name, set())

    assert not [name for name in names if name not in ROLES and not NOUNS.fullmatch(name)]
    assert {"settings", "stack"} <= names


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_files_are_short(folder: Path) -> None:
    for file in folder.glob("*.py"):
        assert len(file.read_text("utf-8").splitlines()) <= 400, file.name
