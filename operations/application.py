"""Runs `app.py`, as the CDK CLI does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.selection import Selection


def synthesize(
    outdir: Path, selection: Selection, *, checked: bool = True, traced: bool = False
) -> int:
    """Write a cloud assembly in a process of its own; return the exit status.

    Args:
        outdir: folder for the cloud assembly.
        selection: which environments.
        checked: whether the checks run.
        traced: whether findings say where each resource is made, which takes longer.
    """
    context = selection.context() | ({} if checked else {"checks": "false"})
    return subprocess.run(
        [sys.executable, "app.py"],
        env={
            **os.environ,
            "CDK_OUTDIR": str(outdir),
            "CDK_CONTEXT_JSON": json.dumps(context),
            **({"JSII_HOST_STACK_TRACES": "1"} if traced else {}),
        },
        check=False,
        # Ctrl-C in a terminal reaches this process only, which ends the other: both would print.
        process_group=0,
    ).returncode
