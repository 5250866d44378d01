"""The verb `length`."""

from pathlib import Path
from typing import Annotated

import typer

from operations.options import AsJson, Env, Selected


def run(
    env: Env = None,
    selected: Selected = None,
    assembly: Annotated[Path, typer.Option(help="Folder of a synthesized cloud assembly.")] = Path(
        "cdk.out"
    ),
    as_json: AsJson = False,
) -> int:
    """Estimate how long a first deployment takes.

    Also shows what it waits for.

    Reads the last synth. The order of stacks and resources follows from the templates; the
    minutes of each type are estimates in `stacks/*/durations.csv`.

    Example: `sagemaker-platform synth && sagemaker-platform length dev`
    """
    from operations.assembly import Assembly
    from operations.length import estimate, report
    from operations.options import select
    from operations.output import print_json

    made = Assembly.read(assembly)
    names = select(env, None, selected).names
    stages = [made.stage(name) for name in names] or made.stages
    if as_json:
        print_json({stage.name: estimate(stage) for stage in stages})
    else:
        print("\n\n".join(map(report, stages)))
    return 0
