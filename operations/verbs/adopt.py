"""The verb `adopt`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from operations.options import AsJson

_REPLACES = 3


def run(
    kind: Annotated[
        Literal["studio-domain", "endpoint", "model-package-group", "cluster", "lakehouse-bucket"],
        typer.Argument(metavar="KIND", help="Kind of resource.", show_default=False),
    ],
    identifier: Annotated[
        str,
        typer.Argument(
            metavar="IDENTIFIER",
            help="Its id, name or ARN, such as d-0123456789ab or prod-churn.",
            show_default=False,
        ),
    ],
    region: Annotated[str | None, typer.Option("--region", help="AWS region.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="AWS profile.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Settings file to write. Default: environments/NAME.yaml.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Write settings for an existing resource, and prepare `cdk import`. Changes nothing in AWS.

    KIND is studio-domain, endpoint, model-package-group, cluster or lakehouse-bucket. Names the
    create-only properties because of which a deployment would replace the resource, and exits with
    3 if there are any. docs/adopt.md has a read-only policy.

    Example: `sagemaker-platform adopt studio-domain d-0123456789ab --profile prod`
    """
    import boto3
    from botocore.exceptions import BotoCoreError

    from operations.account import Account
    from operations.adopt import report
    from operations.adopt.adopt import adopt
    from operations.errors import OperationError
    from operations.output import print_json

    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        if session.region_name is None:
            raise OperationError("There is no region. Give --region, or a profile that has one")
        adopted = adopt(
            kind, identifier, Account(session), region=session.region_name, output=output
        )
    except BotoCoreError as error:
        raise OperationError(f"{error}. Give --profile and --region") from None
    if as_json:
        print_json(report.as_json(adopted))
    else:
        print(report.text(adopted))
    return _REPLACES if adopted.replaces else 0
