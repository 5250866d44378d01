"""An environment with all capabilities on passes the checks of a synthesis."""

from pathlib import Path

import pytest

from operations.bench.environments import full_settings, write
from tests.limits import policies_above_limits
from tests.support import run_app, stacks


@pytest.mark.slow
def test_full_environment_passes_all_checks(tmp_path: Path) -> None:
    file = write(full_settings(1), tmp_path)

    run = run_app(tmp_path / "out", context={"files": str(file)})

    assert run.returncode == 0, run.stderr
    assert policies_above_limits(list(stacks(tmp_path / "out"))) == []
