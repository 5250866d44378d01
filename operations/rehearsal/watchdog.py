"""Run a command that ends when the process that started it ends: `python watchdog.py <command>`.

The CDK CLI does not read its standard input. This process does, and ends its process group when
the input closes.
"""

import os
import signal
import subprocess
import sys
import threading


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main(command: list[str]) -> int:
    """Run the command; return its exit status."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    status = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    if status < 0:
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    # Not sys.exit, which would wait for the reader of standard input.
    os._exit(main(sys.argv[1:]))
