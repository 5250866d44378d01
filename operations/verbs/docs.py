"""The verb `docs`."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write; it is replaced.")
    ] = Path("site"),
) -> int:
    """Build the documentation, with the pages of your own capabilities.

    Each `custom/<name>/README.md` becomes a page under "Your capabilities".

    Example: `sagemaker-platform docs`
    """
    from operations.site import build_site

    build_site(Path(), output)
    return 0
