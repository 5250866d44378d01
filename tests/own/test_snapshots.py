"""The templates of environments are as reviewed, where a fork keeps snapshots.

`make snapshots ENV=dev` writes them to `environments/snapshots/dev/`; without that folder there
is no test. They show in a pull request what a change of settings changes in a deployment.
"""

from pathlib import Path

import pytest

from tests import snapshots
from tests.support import ROOT


def test_is_as_reviewed(assembly: Path, reviewed: str, pytestconfig: pytest.Config) -> None:
    snapshots.check(
        ROOT / "environments" / "snapshots" / reviewed,
        snapshots.current(assembly, reviewed),
        pytestconfig,
        renew=f"make snapshots ENV={reviewed}",
    )
