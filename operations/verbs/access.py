"""The verb `access`."""

from typing import Annotated

import typer

from operations.options import AsJson, Env, Files, Selected, select


def run(
    env: Env = None,
    files: Files = None,
    selected: Selected = None,
    why: Annotated[
        bool, typer.Option("--why", help="Show the statements that allow a task.")
    ] = False,
    mismatches: Annotated[
        bool, typer.Option("--mismatches", help="Show only differences from the documentation.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Show who can do what, and why not.

    Synthesizes the environments and authorizes the API calls of people's tasks against IAM,
    resource policies, VPC endpoints, Lake Formation and forward access. Needs no AWS. Select
    several environments to include access from one to the other.

    Examples: `sagemaker-platform access --env dev`,
    `sagemaker-platform access --env dev,prod --mismatches`
    """
    import tempfile
    from pathlib import Path

    from operations.access.report import Findings, as_json_value, report
    from operations.application import synthesize
    from operations.output import print_json

    with tempfile.TemporaryDirectory() as folder:
        status = synthesize(Path(folder), select(env, files, selected), checked=False)
        if status:
            return status
        findings = Findings.of(Path(folder))
    if as_json:
        print_json(as_json_value(findings))
    else:
        print(report(findings, why=why, mismatches=mismatches))
    return 0
