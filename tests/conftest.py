"""Assemblies that are synthesized once and shared by all tests and workers."""

import json
from pathlib import Path

import pytest

from tests.support import EXAMPLES, TYPICAL, synthesize_once

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what needs all examples, or the emulator of a rehearsal."""
    for item in items:
        needed = set(getattr(item, "fixturenames", ()))
        if callspec := getattr(item, "callspec", None):
            # Some tests get a fixture by its name, which is a parameter.
            needed |= {value for value in callspec.params.values() if isinstance(value, str)}
        if {"examples", "rehearsal"} & needed:
            item.add_marker(pytest.mark.slow)


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
