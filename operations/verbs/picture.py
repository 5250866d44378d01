"""The verb `picture`."""

from pathlib import Path
from typing import Annotated

import typer

from operations.options import Env, Files, Selected, select


def run(
    env: Env = None,
    files: Files = None,
    selected: Selected = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the pictures.")
    ] = Path(".cache/pictures"),
) -> int:
    """Draw environments: network, stacks, who reaches which data, other accounts.

    Synthesizes the environments, and writes one SVG file for each, which any browser shows. Needs
    no AWS.

    Examples: `sagemaker-platform picture --env prod`,
    `sagemaker-platform picture --files examples/lakehouse-rights.yaml --output docs/images`
    """
    import tempfile

    from operations.application import synthesize
    from operations.assembly import Assembly
    from operations.picture.draw import draw

    selection = select(env, files, selected)
    selection.load()  # Wrong settings leave no folder behind.
    output.mkdir(parents=True, exist_ok=True)  # Fails before the synth, if it fails.
    with tempfile.TemporaryDirectory() as folder:
        status = synthesize(Path(folder), selection, checked=False)
        if status:
            return status
        pictures = {stage.name: draw(stage) for stage in Assembly.read(Path(folder)).stages}
    for name, svg in pictures.items():
        file = output / f"{name}.svg"
        file.write_text(svg, "utf-8")
        print(file)
    return 0
