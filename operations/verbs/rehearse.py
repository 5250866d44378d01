"""The verb `rehearse`."""

from typing import Annotated

import typer

from operations.options import Env, Files, Selected, select


def run(
    env: Env = None,
    files: Files = None,
    selected: Selected = None,
    destroy: Annotated[
        bool, typer.Option("--destroy", help="Destroy afterwards, and list remaining resources.")
    ] = False,
    checked: Annotated[bool, typer.Option("--checks/--no-checks", help="Check templates.")] = True,
    port: Annotated[
        int | None, typer.Option(help="Port on 127.0.0.1. Default: a free one.")
    ] = None,
    limit: Annotated[float, typer.Option(help="Seconds that one deployment may take.")] = 300.0,
    setup: Annotated[bool, typer.Option("--setup", help="Only install the emulator.")] = False,
) -> int:
    """Deploy environments to an AWS emulator on this machine.

    Runs the real CDK CLI. Needs node_modules (`make setup`), but neither an account nor
    credentials. The first run installs the emulator. Shows which resources were made, and which
    of them the emulator only recorded.

    Examples: `sagemaker-platform rehearse --env dev`,
    `sagemaker-platform rehearse --files examples/studio-minimal.yaml --destroy`
    """
    from operations.rehearsal import command

    if setup:
        return command.install()
    selection = select(env, files, selected)
    return command.rehearse(
        selection.context() | ({} if checked else {"checks": "false"}),
        names=selection.names,
        port=port,
        limit=limit,
        destroy=destroy,
    )
