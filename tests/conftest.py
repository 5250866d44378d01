"""What is synthesized once and shared by all tests, also where several workers run them."""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.support import EXAMPLES, run_app

# What one worker runs, as folders or files: each of these shares an emulator or a slow fixture.
# They are begun first, the longest of them ahead; then other files follow, one by one.
_TOGETHER = {
    "rehearsals of custom resources": ("tests/operations/test_rehearsal_custom_resources.py",),
    "rehearsals of environments": (
        "tests/operations/test_rehearsal_shipped.py",
        "tests/operations/test_rehearsal_studio.py",
    ),
    "rehearsals of the fixture app": ("tests/operations/test_rehearsal",),
    "tests/environments/test_templates.py": ("tests/environments/test_templates.py",),
    "tests/checks/test_failing.py": ("tests/checks/test_failing.py",),
    "tests/docs/test_docs.py": ("tests/docs/test_docs.py",),
}


def pytest_configure(config: pytest.Config) -> None:
    """Prepare this process for synthesis as the app does, but not those that tests start."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        with patch.dict(os.environ):
            pass


def _share(nodeid: str) -> str:
    """Return what a test belongs to: a worker runs all that belongs together."""
    file = nodeid.partition("::")[0]
    return next((name for name, files in _TOGETHER.items() if file.startswith(files)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Let a worker run whole shares."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            return _share(nodeid)

    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, where several workers share the tests."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        order = {name: position for position, name in enumerate(_TOGETHER)}
        items.sort(key=lambda item: order.get(_share(item.nodeid), len(order)))


def _synthesized(
    name: str, tmp_path_factory: pytest.TempPathFactory, context: Mapping[str, str]
) -> Path:
    """Synthesize into a folder that the workers of a run share; the first one makes it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    directory = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not directory.exists():
            making = tmp_path_factory.mktemp(name)
            run = run_app(making, context=context)
            assert run.returncode == 0, run.stderr
            making.rename(directory)
    return directory


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the shipped environments, checked."""
    return _synthesized("shipped", tmp_path_factory, {})


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of all examples, checked."""
    return _synthesized("examples", tmp_path_factory, {"files": " ".join(map(str, EXAMPLES))})
