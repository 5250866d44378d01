"""What is synthesized once and shared by all tests."""

from pathlib import Path

import pytest

from tests.support import EXAMPLES, run_app


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the shipped environments, checked."""
    directory = tmp_path_factory.mktemp("shipped")
    run = run_app(directory)
    assert run.returncode == 0, run.stderr
    return directory


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of all examples, checked."""
    directory = tmp_path_factory.mktemp("examples")
    run = run_app(directory, context={"files": " ".join(map(str, EXAMPLES))})
    assert run.returncode == 0, run.stderr
    return directory
