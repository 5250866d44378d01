"""The library as a wheel, in an app that has nothing else of this repository."""

import re
import subprocess
import sys
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.constructs.every_construct import EVERY_CONSTRUCT
from tests.support import ROOT

# Refuses what an app that uses constructs does not have, then synthesizes every construct.
_RUN = """
import importlib.abc, runpy, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {
            "boto3", "cdk_nag", "cloudformation_validate", "operations", "psutil", "pydantic",
            "ruamel", "stacks", "typer",
        }:
            raise ImportError(f"the wheel must not need {name}")

sys.meta_path.insert(0, Refuse())
sys.path.insert(0, sys.argv[1])
import sagemaker_platform
assert sagemaker_platform.__file__.startswith(sys.argv[1]), sagemaker_platform.__file__
runpy.run_path(sys.argv[2], run_name="__main__")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        ["uv", "build", "--offline", "--wheel", "--out-dir", str(directory), "constructs"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [built] = directory.glob("*.whl")
    return built


@pytest.mark.slow
def test_wheel_needs_the_cdk_only(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        headers = HeaderParser().parsestr(archive.read(metadata).decode())
    required = {
        re.split(r"[\s<>=~!;(]", requirement)[0]
        for requirement in headers.get_all("Requires-Dist", [])
        if "extra ==" not in requirement
    }
    assert required == {"aws-cdk-lib", "constructs"}


@pytest.mark.slow
def test_every_construct_works_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    run = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            _RUN,
            str(tmp_path / "installed"),
            str(Path(__file__).with_name("every_construct.py")),
        ],
        cwd=tmp_path,
        env={"PATH": str(Path(sys.executable).parent) + ":/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert f"{len(EVERY_CONSTRUCT)} of {len(EVERY_CONSTRUCT)} constructs" in run.stdout
