"""The verb `images`."""

from typing import Annotated

import typer


def run(
    version: Annotated[
        str | None, typer.Option(help="Version of sagemaker-core. Default: the pinned one.")
    ] = None,
) -> int:
    """Renew the table of AWS container images.

    Downloads the package sagemaker-core with pip and rewrites
    `constructs/sagemaker_platform/catalog/images.json`.

    Example: `sagemaker-platform images`
    """
    from operations.images import PINNED, renew

    renew(version or PINNED)
    return 0
