"""The verb `synth`."""

from pathlib import Path
from typing import Annotated

import typer

from operations.options import AsJson, Env, Files, Selected, select


def run(
    env: Env = None,
    files: Files = None,
    selected: Selected = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the cloud assembly.")
    ] = Path("cdk.out"),
    checked: Annotated[
        bool, typer.Option("--checks/--no-checks", help="Check the templates.")
    ] = True,
    traced: Annotated[
        bool, typer.Option("--traces", help="Show where each finding's resource is created.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Synthesize environments into templates, and check them.

    Runs `app.py`, as `cdk synth '**'` does, and prints a table. Needs no AWS. A finding without
    an acknowledgement fails it.

    Examples: `sagemaker-platform synth`, `sagemaker-platform synth --env dev`,
    `sagemaker-platform synth --files "my files/*.yaml" --output /tmp/out`
    """
    import time

    from operations.application import synthesize
    from operations.assembly import Assembly
    from operations.output import print_json, print_table
    from operations.synth import HEADINGS, rows_of

    started = time.monotonic()
    status = synthesize(output, select(env, files, selected), checked=checked, traced=traced)
    if status:
        return status
    rows = rows_of(Assembly.read(output))
    if as_json:
        print_json([dict(zip(HEADINGS, row, strict=True)) for row in rows])
        return 0
    print_table([HEADINGS, *(tuple(map(str, row)) for row in rows)])
    what = "checked, no open findings" if checked else "not checked"
    print(f"{len(rows)} environment(s) in {time.monotonic() - started:.1f} s, {what}.")
    return 0
