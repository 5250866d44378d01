"""The tools of the emulator, installed once from pins with hashes."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.rehearsal.errors import RehearsalError

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / "requirements.txt"
_PACKAGES = [_HERE / "javascript" / name for name in ("package.json", "package-lock.json")]


@dataclass(frozen=True)
class Installation:
    """The interpreter and packages of the emulator.

    Attributes:
        python: the Python of its virtual environment.
        node_modules: the AWS SDK for functions in JavaScript.
    """

    python: Path
    node_modules: Path


def install(home: Path, say: Callable[[str], None]) -> Installation:
    """Return the installation in `home`; install it if needed.

    A second call with the same pins installs nothing. Two calls at once wait for each other.

    Raises:
        RehearsalError: if the installation fails.
    """
    home.mkdir(parents=True, exist_ok=True)
    folder = home / "environment"
    made = Installation(folder / "bin" / "python", folder / "javascript" / "node_modules")
    pins = b"".join(path.read_bytes() for path in (_REQUIREMENTS, *_PACKAGES))
    wanted = hashlib.sha256(pins + sys.version.encode()).hexdigest()
    mark = folder / "installed"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if mark.exists() and mark.read_text() == wanted and made.python.exists():
            return made
        say("Installing the emulator into its own virtual environment (once).")
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=False)
        _run([*_installer(made.python), "--require-hashes", "-r", str(_REQUIREMENTS)], home)
        made.node_modules.parent.mkdir()
        for path in _PACKAGES:
            shutil.copy(path, made.node_modules.parent)
        npm = str(Path(sys.prefix) / "bin" / "npm")
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], made.node_modules.parent)
        mark.write_text(wanted)
    return made


def _installer(python: Path) -> list[str]:
    """Return uv's command that installs packages; pip's where `make` did not install uv."""
    uv = Path(sys.prefix) / "bin" / "uv"
    if uv.exists():
        return [str(uv), "pip", "install", "--quiet", "--python", str(python)]
    quiet = ["--quiet", "--disable-pip-version-check"]
    return [sys.executable, "-m", "pip", "--python", str(python), "install", *quiet]


def _run(command: Sequence[str], folder: Path) -> None:
    path = f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    try:
        result = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        problem = result.stderr.strip() if result.returncode else ""
    except OSError as error:
        problem = str(error)
    if problem:
        raise RehearsalError(
            f"The emulator could not be installed: {problem.splitlines()[-1]} "
            "Correct this, then run `sagemaker-platform rehearse --setup`."
        )
