"""What a command costs: CPU time, wall-clock time and memory, with all it starts."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationError

_KIBIBYTES_PER_MEBIBYTE = 1024


@dataclass(frozen=True)
class Cost:
    """The medians of several runs.

    Attributes:
        cpu_seconds: user and system time of the command and the processes it waited for.
        wall_seconds: time from its start to its end.
        memory_mib: largest resident set of one of these processes.
        runs: number of runs.
    """

    cpu_seconds: float
    wall_seconds: float
    memory_mib: float
    runs: int


def measure(command: Sequence[str], *, env: Mapping[str, str], folder: Path, runs: int) -> Cost:
    """Run a command several times.

    Raises:
        OperationError: it failed; with the end of its output.
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
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    if process.returncode != 0:
        end = log.read_text(errors="replace")[-2000:]
        raise OperationError(f"{' '.join(command)} failed ({process.returncode}):\n{end}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / _KIBIBYTES_PER_MEBIBYTE
