"""The verb `permissions`."""

from typing import Annotated

import typer

from operations.options import AsJson, Env, Files, Selected, select


def run(
    env: Env = None,
    files: Files = None,
    selected: Selected = None,
    services: Annotated[
        bool,
        typer.Option("--all", help="Add service roles, and access to metadata only."),
    ] = False,
    as_json: AsJson = False,
) -> int:
    """List who may do what on which data.

    Synthesizes the environments, and lists the grants of Lake Formation and the policies of IAM
    that have an effect together. A separate list has permissions that one side
    grants and another denies. Needs no AWS, so it does not list grants made by hand in the
    account.

    Examples: `sagemaker-platform permissions --env dev`,
    `sagemaker-platform permissions --files examples/lakehouse-rights.yaml --all`
    """
    import tempfile
    from dataclasses import asdict
    from pathlib import Path

    from operations.application import synthesize
    from operations.assembly import Assembly
    from operations.output import print_json
    from operations.permissions import in_short, permissions, table

    with tempfile.TemporaryDirectory() as folder:
        status = synthesize(Path(folder), select(env, files, selected), checked=False)
        if status:
            return status
        found = {one.name: permissions(one) for one in Assembly.read(Path(folder)).stages}
    shown = {name: every if services else in_short(every) for name, every in found.items()}
    if as_json:
        print_json({name: [asdict(one) for one in every] for name, every in shown.items()})
    else:
        print("\n\n".join(f"{name}\n{table(every)}" for name, every in shown.items()))
    return 0
