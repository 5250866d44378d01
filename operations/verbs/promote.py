"""The verb `promote`."""

from pathlib import Path
from typing import Annotated

import typer

from operations.options import Env, Files, Selected, select

Output = Annotated[
    str, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the pull request texts.")
]


def run(
    env: Env = None, files: Files = None, selected: Selected = None, output: Output = "promotion"
) -> int:
    """Promote approved versions of models: renew lock files, and write pull requests.

    It does what `models` does, and writes the evidence for reviewers: model card, metrics against
    the version that is replaced, data and commit of the training, and who approved. A version
    that an earlier stage does not have yet is left for later. The workflow `promote.yml` opens
    the pull requests. Needs credentials with sagemaker:DescribeModelPackage and
    sagemaker:ListModelPackages.

    Example: `sagemaker-platform promote --env staging --output promotion`
    """
    from operations.promotion import promote

    status = 0
    paths = select(env, files, selected).paths()
    for file in paths:
        others = sorted(file.parent.glob("*.yaml"))
        status |= promote(file, [one for one in others if one != file], Path(output))
    return status
