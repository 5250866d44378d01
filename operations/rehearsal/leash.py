"""Run a command that ends with whoever started this: `python leash.py <command>`.

The CDK CLI does not look at its standard input; this does, and ends its process group once it
closes.
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
    """Run the command; end as it ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    status = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    if status < 0:
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    # Not sys.exit, which would wait for the reader of standard input.
    os._exit(main(sys.argv[1:]))
