"""Functions that start at once each get a session of the emulator."""

import os
import subprocess
from pathlib import Path

from operations.rehearsal import installation

REPOSITORY = Path(__file__).parents[2]
# Threads change places as often as possible, so that a race shows in each run.
AT_ONCE = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from ministack.services import sts
from operations.rehearsal.server.adapter import callers

def register(thread):
    for number in range(300):
        sts.register_session(f"{thread}-{number}", {"Expiration": time.time() + 100})

if sys.argv[1] == "patched":
    callers.act_as_roles()
sys.setswitchinterval(1e-6)
with ThreadPoolExecutor(8) as threads:
    list(threads.map(register, range(8)))
print(len(sts._sessions))
"""


def register(how: str) -> subprocess.CompletedProcess[str]:
    made = installation.install(REPOSITORY / ".rehearsal", print)
    return subprocess.run(
        [made.python, "-c", AT_ONCE, how],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_sessions_are_added_one_at_a_time() -> None:
    assert register("patched").stdout == "2400\n"


def test_the_emulator_still_needs_it() -> None:
    """If this fails, ministack adds sessions safely: remove `one_at_a_time`."""
    failed = [done for _ in range(3) if (done := register("unpatched")).returncode]
    assert any("dictionary changed size" in done.stderr for done in failed)
