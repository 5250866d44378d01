"""The verb `model-card`."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    version: Annotated[
        str,
        typer.Argument(
            metavar="VERSION",
            help="ARN of the version in the model registry.",
            show_default=False,
        ),
    ],
    profile: Annotated[str | None, typer.Option("--profile", help="AWS profile.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for the card as JSON and as a page.",
            show_default=False,
        ),
    ] = None,
    store: Annotated[
        bool,
        typer.Option("--store", help="Put both next to the model, in the environment's bucket."),
    ] = False,
) -> int:
    """Export the model card of a version: use, risk, training, metrics, approval.

    Prints the card as JSON, by AWS's schema for model cards of versions. Reads the version and
    the report of its evaluation; the activities `register_models` and `run_jobs` of personas have
    the permissions, also to store it. docs/mlops.md explains it.

    Example: `sagemaker-platform model-card
    arn:aws:sagemaker:eu-west-1:111111111111:model-package/dev-churn/7 --store`
    """
    import boto3
    from botocore.exceptions import BotoCoreError

    from operations.errors import OperationError
    from operations.model_card import ModelCardExport

    parts = version.split(":")
    region = parts[3] if len(parts) > 3 else None
    try:
        found = ModelCardExport(boto3.Session(profile_name=profile, region_name=region), version)
    except BotoCoreError as error:
        raise OperationError(f"{error}. Give --profile") from None
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        for suffix, text in (("json", found.text), ("html", found.page)):
            file = output / f"{found.name}.{suffix}"
            file.write_text(text, "utf-8")
            print(file)
    if store:
        print(*found.store(), sep="\n")
    if output is None and not store:
        print(found.text, end="")
    return 0
