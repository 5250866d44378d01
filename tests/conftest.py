"""Assemblies that are synthesized once and shared by all tests and workers."""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import EXAMPLES, TYPICAL, run_app

# Tests of the example of a fork's capability run in a checkout that has it.
collect_ignore = ["fixtures"]


def _synthesized(
    name: str, tmp_path_factory: pytest.TempPathFactory, files: Sequence[Path]
) -> Path:
    """Synthesize with all checks into a folder that the workers of a run share."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    directory = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not directory.exists():
            making = tmp_path_factory.mktemp(name)
            run = run_app(making, context={"files": " ".join(map(str, files))})
            assert run.returncode == 0, run.stderr
            making.rename(directory)
    return directory


@pytest.fixture(scope="session")
def typical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the environments in ``tests/fixtures``, checked."""
    return _synthesized("typical", tmp_path_factory, TYPICAL)


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of all examples, checked."""
    return _synthesized("examples", tmp_path_factory, EXAMPLES)
