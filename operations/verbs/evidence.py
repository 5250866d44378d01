"""The verb `evidence`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from operations.options import Env, Files, Selected, select


def run(
    env: Env = None,
    files: Files = None,
    selected: Selected = None,
    style: Annotated[
        Literal["markdown", "html", "csv"],
        typer.Option("--format", help="markdown; html for a browser; csv for a spreadsheet."),
    ] = "markdown",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for evidence.md, evidence.html and evidence.csv.",
            show_default=False,
        ),
    ] = None,
    assembly: Annotated[
        Path | None,
        typer.Option("--app", metavar="DIR", help="Read this synth instead of running one."),
    ] = None,
) -> int:
    """Show an auditor what environments prove: controls, data, access, network.

    Synthesizes and checks the environments. For each control of NIST 800-53 r5, HIPAA, PCI DSS
    and each rule of AwsSolutions: which resources satisfy it, and which findings are accepted for
    which reason. Then what AWS offers no control for, which personas reach which class of data,
    encryption and retention of each store, and the network. Signed with the commit and the
    SHA-256 of the templates. Needs no AWS.

    Examples: `sagemaker-platform evidence --env prod`,
    `sagemaker-platform evidence --env prod --output evidence`
    """
    import tempfile

    from operations.application import synthesize
    from operations.evidence.evidence import evidence_of, read_signed, require_checks
    from operations.evidence.formats import FORMATS

    selection = select(env, files, selected)
    with tempfile.TemporaryDirectory() as folder:
        if assembly is None and (status := synthesize(Path(folder), selection)):
            return status
        made = assembly or Path(folder)
        require_checks(made)
        commit, dirty, stages = read_signed(made, selection.names)
        found = [evidence_of(made, one, commit=commit, dirty=dirty) for one in stages]
    if output is None:
        print(FORMATS[style][0](found), end="")
        return 0
    output.mkdir(parents=True, exist_ok=True)
    for write, suffix in FORMATS.values():
        file = output / f"evidence.{suffix}"
        file.write_text(write(found), "utf-8")
        print(file)
    return 0
