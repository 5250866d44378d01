"""The verb `pipeline`."""

import sys
from typing import Annotated, Literal

import typer

Action = Annotated[Literal["export"], typer.Argument(help="What to do.")]
Names = Annotated[
    list[str],
    typer.Argument(metavar="NAME...", help="Names in pipelines/, or folders, such as a/b."),
]


def run(action: Action, names: Names) -> int:
    """Export the definitions of SageMaker Pipelines.

    `definition.py` of each folder runs with the SageMaker SDK, which is installed for it alone.
    No service is called. The results, `definition.json` and `uploads`, are committed: a synth
    reads them, and not the SDK. Needs no credentials.

    Example: `sagemaker-platform pipeline export churn`
    """
    from operations.pipelines.export import HOME, export, folder_of, install_sdk

    folders = [folder_of(name) for name in names]
    python = install_sdk(HOME, lambda text: print(text, file=sys.stderr))
    for folder in folders:
        export(folder, python=python)
        print(f"{folder}/definition.json: {action}ed")
    return 0
