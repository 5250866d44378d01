"""Assemblies that are synthesized once and shared by all tests and workers."""

import json
from pathlib import Path

import pytest

from tests.support import EXAMPLES, TYPICAL, synthesize_once

# Files that take longest, in this order. Workers begin with them, so that none ends with one.
LONGEST = (
    "tests/operations/test_rehearsal_typical.py",
    "tests/operations/test_rehearsal_life.py",
    "tests/operations/test_rehearsal_unified_studio.py",
    "tests/operations/test_rehearsal_unified_accounts.py",
    "tests/operations/test_rehearsal_custom_resources.py",
    "tests/fork/test_fork.py",
    "tests/operations/test_rehearsal_errors.py",
    "tests/operations/test_rehearsal_templates.py",
    "tests/access/test_matrix.py",
    "tests/docs/test_docs.py",
    "tests/constructs/test_wrong_arguments.py",
    "tests/environments/test_templates.py",
    "tests/environments/test_scale.py",
    "tests/checks/test_failing.py",
    "tests/own/test_environments.py",
    "tests/operations/test_adopt.py",
    "tests/operations/test_rehearsal_routers.py",
)

# Tests of the example of a fork's capability run in a checkout that has it.
collect_ignore = ["fixtures"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-snapshots",
        metavar="NAMES",
        default="",
        help="write the snapshots of environments: names, separated by commas, or all",
    )
    parser.addoption(
        "--accept-loss",
        action="store_true",
        help="write snapshots although resources that hold data are deleted or replaced",
    )
    parser.addoption(
        "--renew-api", action="store_true", help="write the files of the library's public API"
    )
    parser.addoption(
        "--renew-pictures", action="store_true", help="write the pictures in docs/images"
    )
    parser.addoption(
        "--renew-costs", action="store_true", help="write the figures of costs in the pages"
    )
    parser.addoption(
        "--renew-evidence-rules", action="store_true", help="write operations/evidence/rules.csv"
    )
    parser.addoption(
        "--renew-recordings", action="store_true", help="write the output in docs/recordings.md"
    )
    parser.addoption(
        "--renew-access-matrix", action="store_true", help="write docs/access-matrix.md"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what needs all examples, or the emulator of a rehearsal; begin with LONGEST."""
    for item in items:
        needed = set(getattr(item, "fixturenames", ()))
        if callspec := getattr(item, "callspec", None):
            # Some tests get a fixture by its name, which is a parameter.
            needed |= {value for value in callspec.params.values() if isinstance(value, str)}
        if {"examples", "rehearsal"} & needed:
            item.add_marker(pytest.mark.slow)
    items.sort(key=_place_in_order)


def _place_in_order(item: pytest.Item) -> int:
    file = item.nodeid.partition("::")[0]
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)


@pytest.fixture(scope="session")
def typical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the environments in ``tests/fixtures``, checked."""
    context = {"files": json.dumps(list(map(str, TYPICAL)))}
    return synthesize_once("typical", tmp_path_factory, context).assembly()


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of all examples, checked."""
    context = {"files": json.dumps(list(map(str, EXAMPLES)))}
    return synthesize_once("examples", tmp_path_factory, context).assembly()
