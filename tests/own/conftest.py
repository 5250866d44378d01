"""The environments of this checkout, whatever they are called and hold."""

from pathlib import Path

import pytest

from tests.support import ROOT, StackTemplate, Synthesis, stacks, synthesize_once

FOLDER = ROOT / "environments"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each environment, or for each that has snapshots."""
    if "environment" in metafunc.fixturenames:
        metafunc.parametrize("environment", NAMES)
    if "reviewed" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("renew_snapshots").split(",")
        found = [
            name
            for name in NAMES
            if {name, "all"} & set(chosen) or (FOLDER / "snapshots" / name).is_dir()
        ]
        none = pytest.param("", marks=pytest.mark.skip("no snapshots; make snapshots writes them"))
        metafunc.parametrize("reviewed", found or [none])


@pytest.fixture(scope="session")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """A run of the app with all environments and all checks."""
    return synthesize_once("own", tmp_path_factory, {})


@pytest.fixture(scope="session")
def assembly(synthesis: Synthesis) -> Path:
    """The cloud assembly of all environments."""
    if synthesis.code:
        # One test shows all of it.
        first, *others = synthesis.errors.splitlines()
        pytest.fail(f"{first} (and {len(others)} more lines: make synth)", pytrace=False)
    return synthesis.folder


@pytest.fixture
def own_stacks(assembly: Path, environment: str) -> list[StackTemplate]:
    """The stacks of one environment."""
    return [stack for stack in stacks(assembly) if stack.environment == environment]
