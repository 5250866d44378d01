"""Processes that end with the rehearsal."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_GRACE = 5.0


@dataclass(frozen=True)
class Process:
    """A started process: its purpose, and the file of its output."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path
    started: float

    @property
    def status(self) -> int | None:
        """Exit status, negative for a signal, None while it runs."""
        return self.popen.poll()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def tail(self, lines: int = 15) -> str:
        """Return the last lines of its output."""
        return "\n".join(self.log.read_text(errors="replace").rstrip().splitlines()[-lines:])

    def stop(self) -> None:
        """End the process and its children; kill them if they do not end."""
        for name in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, name)
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(_GRACE)
                break
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        if self.popen.stdin is not None:
            with suppress(OSError):
                self.popen.stdin.close()


class Processes:
    """Starts processes, each in its own session, and ends them at exit."""

    def __init__(self) -> None:
        """Start with no process."""
        self._running: list[Process] = []

    def start(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
    ) -> Process:
        """Start a command in a folder; its output goes to `log`.

        Its standard input is a pipe that closes when the rehearsal dies, however it dies.
        """
        with log.open("wb") as output:
            popen = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(name, popen, log, time.monotonic())
        self._running.append(process)
        return process

    def __enter__(self) -> Self:
        """Return the processes."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the running processes, the last started first."""
        for process in reversed(self._running):
            process.stop()
        self._running.clear()
