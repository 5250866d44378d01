"""What a command costs: processor time, wall-clock time and memory, with all it starts."""

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """The medians of several runs.

    Attributes:
        cpu_seconds: user and system time of the command and all it started and waited for.
        wall_seconds: from its start to its end.
        memory_mib: most that it and all it started held at once; what they share counts twice.
        runs: how many runs.
    """

    cpu_seconds: float
    wall_seconds: float
    memory_mib: float
    runs: int

    def as_dict(self) -> dict[str, float]:
        """Return what is stored."""
        return asdict(self)


def measure(command: Sequence[str], *, env: Mapping[str, str], folder: Path, runs: int) -> Cost:
    """Run a command several times.

    Raises:
        RuntimeError: if it fails once; with the end of its output.
    """
    each = [_once(command, env, folder) for _ in range(runs)]
    cpu, wall, memory = (statistics.median(values) for values in zip(*each, strict=True))
    return Cost(round(cpu, 2), round(wall, 2), round(memory), runs)


def _once(
    command: Sequence[str], env: Mapping[str, str], folder: Path
) -> tuple[float, float, float]:
    log = folder / "last-run.log"
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT
        )
        peak = _Peak(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    memory = peak.stop()
    if process.returncode != 0:
        words = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{words}")
    return usage.ru_utime + usage.ru_stime, wall, memory


class _Peak:
    """Looks at a process and its descendants now and then, in a thread."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            held = 0
            try:
                for one in [self._process, *self._process.children(recursive=True)]:
                    held += one.memory_info().rss
            except psutil.Error:
                continue  # One of them has just ended.
            self._most = max(self._most, held / 2**20)

    def stop(self) -> float:
        """Return the most that was held, in MiB."""
        self._ended.set()
        self._thread.join()
        return self._most
