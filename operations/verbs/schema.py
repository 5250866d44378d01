"""The verb `schema`."""

import subprocess
import sys
from typing import Annotated

import typer


def run(
    output: Annotated[
        str, typer.Option("--output", "-o", help="File to write; - prints it.")
    ] = "environments/schema.json",
) -> int:
    """Write the JSON schema of settings files.

    Editors complete and check settings files with it. `make` runs it after each change to the
    settings; the file is not in git.

    Example: `sagemaker-platform schema`
    """
    # The schema takes docstrings that all other verbs leave out: in a process of its own.
    command = [sys.executable, "-m", "stacks.schema", *([] if output == "-" else [output])]
    return subprocess.run(command, check=False).returncode
