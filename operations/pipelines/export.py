"""Exports definitions with the SageMaker SDK, which has a Python environment of its own."""

import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from operations.errors import OperationError
from stacks.pipelines.definition import source_digest

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / "requirements.txt"
HOME = Path(".cache") / "pipelines"
"""Folder with the environment of the SDK, in the checkout."""


class PipelineError(OperationError):
    """A pipeline that cannot be exported or run."""


def folder_of(pipeline: str) -> Path:
    """Return the folder of a pipeline, given by its name or by its folder.

    Raises:
        PipelineError: it has no `definition.py`.
    """
    folder = Path(pipeline) if "/" in pipeline else Path("pipelines") / pipeline
    if not (folder / "definition.py").is_file():
        raise PipelineError(
            f"{folder}/definition.py: must exist. Copy a starter: mkdir -p pipelines && cp -r "
            "examples/pipelines/churn "
            "pipelines/"
        )
    return folder


def export(folder: Path, *, python: Path) -> None:
    """Write `definition.json` and `uploads` of a pipeline.

    Args:
        folder: folder with `definition.py`, and with code in `code`.
        python: a Python with the SageMaker SDK, see `install_sdk`.

    Raises:
        PipelineError: the definition is wrong.
    """
    done = subprocess.run(
        [python, _HERE / "sdk_export.py", folder, source_digest(folder)],
        env={
            "HOME": str(Path.home()),
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PipelineError(done.stderr.strip() or f"{folder}: the export failed")


def install_sdk(home: Path, say: Callable[[str], None]) -> Path:
    """Install the SDK once from pins with hashes; return its Python.

    Raises:
        PipelineError: the installation fails.
    """
    home.mkdir(parents=True, exist_ok=True)
    folder = home / "sdk"
    python = folder / "bin" / "python"
    wanted = hashlib.sha256(_REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    mark = folder / "installed"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if mark.exists() and mark.read_text() == wanted and python.exists():
            return python
        say("Installing the SageMaker SDK into its own virtual environment (once).")
        venv.create(folder, with_pip=False, clear=True)
        uv = Path(sys.prefix) / "bin" / "uv"
        installer = (
            [str(uv), "pip", "install", "--quiet", "--python", str(python)]
            if uv.exists()
            else [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        )
        done = subprocess.run(
            [*installer, "--require-hashes", "-r", _REQUIREMENTS],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PipelineError(f"The SageMaker SDK could not be installed: {done.stderr.strip()}")
        mark.write_text(wanted)
    return python
