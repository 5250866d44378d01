"""The locked environments of client libraries, apart from those of the platform."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

_LOCKS = Path(__file__).parents[1] / "clients"
_HOME = Path(__file__).parents[3] / ".venv" / "clients"


def python_of(clients: str) -> Path | None:
    """Return the Python with some clients; None if `make stories` has not installed them."""
    folder = _HOME / clients
    mark = folder / "installed"
    current = mark.exists() and mark.read_text() == _hash(clients)
    return folder / "bin" / "python" if current else None


def install(clients: str) -> None:
    """Install clients with hashes checked, unless they are installed."""
    folder = _HOME / clients
    _HOME.mkdir(parents=True, exist_ok=True)
    uv = str(Path(sys.executable).with_name("uv"))
    with (_HOME / f"{clients}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if python_of(clients):
            return
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True
        )
        python = str(folder / "bin" / "python")
        subprocess.run(
            [uv, "pip", "sync", "--quiet", "--python", python, _LOCKS / f"{clients}.txt"],
            check=True,
        )
        (folder / "installed").write_text(_hash(clients))


def _hash(clients: str) -> str:
    return hashlib.sha256((_LOCKS / f"{clients}.txt").read_bytes()).hexdigest()


if __name__ == "__main__":
    for found in sorted(_LOCKS.glob("*.txt")):
        install(found.stem)
