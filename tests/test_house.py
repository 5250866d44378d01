"""Rules of this repository that are easily broken by accident."""

import importlib
import re
import tomllib
from pathlib import Path
from types import FunctionType

import constructs
import pytest
from ruamel.yaml import YAML

from tests.conftest import LONGEST
from tests.support import ROOT

CAPABILITIES = sorted(
    path.name
    for path in (ROOT / "constructs/sagemaker_platform").iterdir()
    if (path / "__init__.py").exists()
)


def test_the_folder_constructs_does_not_shadow_the_library() -> None:
    """A package of that name at the root would break aws-cdk-lib."""
    assert not (ROOT / "constructs/__init__.py").exists()
    assert "site-packages" in str(constructs.__file__)
    packages = {file.parents[1].name for file in (ROOT / "tests").rglob("__init__.py")}
    # What a fork has in its folder custom/ is a package.
    assert packages <= {"custom"}


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_what_is_exported_exists_and_is_documented(capability: str) -> None:
    module = importlib.import_module(f"sagemaker_platform.{capability}")
    assert module.__all__ == sorted(module.__all__, key=_isort_key)
    for name in module.__all__:
        exported = getattr(module, name)
        if isinstance(exported, type | FunctionType):
            assert exported.__doc__, name


def _isort_key(name: str) -> tuple[int, str]:
    """Constants, classes and functions, each in order: as ruff sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_constructs_know_nothing_of_stacks_and_yaml() -> None:
    for file in (ROOT / "constructs").rglob("*.py"):
        text = file.read_text("utf-8")
        assert not re.search(r"^(from|import) (stacks|operations|ruamel|pydantic)", text, re.M), (
            file
        )


def test_requirements_are_what_is_locked() -> None:
    lock = {
        line.split(" ")[0]
        for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines()
        if "==" in line
    }
    *pins, library, own = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert (library, own) == ("-e ./constructs", "-e .")
    assert {pin.split(" ")[0] for pin in pins} <= lock
    locked = {pin.split("==")[0].replace("_", "-").replace(".", "-") for pin in lock}
    for file in ("pyproject.toml", "constructs/pyproject.toml"):
        project = tomllib.loads((ROOT / file).read_text("utf-8"))["project"]
        for requirement in project["dependencies"]:
            name = re.split(r"[~=<>]", requirement)[0].replace(".", "-")
            assert name in locked, requirement


def test_lock_files_name_no_registry() -> None:
    for file in ("requirements.lock", "requirements.txt", "package-lock.json"):
        assert "://" not in (ROOT / file).read_text("utf-8"), file


def test_every_locked_package_has_hashes() -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text("utf-8").strip())
    assert len(entries) > 50
    for entry in entries:
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("file", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda f: f.name)
def test_workflows_are_valid_yaml(file: Path) -> None:
    assert isinstance(YAML(typ="safe", pure=True).load(file), dict)


def test_tests_read_no_environment_of_a_fork() -> None:
    """But for those in tests/own, which take what there is."""
    named = re.compile(r"(?<!fixtures/)environments/(dev|staging|prod)\b(?!-)|\bENVIRONMENTS\b")
    places = [ROOT / "tests/own", ROOT / "tests/fixtures"]
    for file in (ROOT / "tests").rglob("*.py"):
        if file != Path(__file__) and not any(file.is_relative_to(place) for place in places):
            assert not named.search(file.read_text("utf-8")), file


def test_files_that_take_longest_exist() -> None:
    assert [file for file in LONGEST if not (ROOT / file).is_file()] == []
