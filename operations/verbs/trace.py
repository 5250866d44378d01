"""The verb `trace`."""

from typing import Annotated

import typer

from operations.options import AsJson


def run(
    endpoint: Annotated[
        str,
        typer.Argument(
            metavar="ENDPOINT",
            help="Name of the endpoint in SageMaker, such as prod-churn.",
            show_default=False,
        ),
    ],
    profile: Annotated[
        str | None, typer.Option("--profile", help="AWS profile of the endpoint's account.")
    ] = None,
    owner_profile: Annotated[
        list[str] | None,
        typer.Option(
            "--owner-profile",
            help="AWS profile of an account that owns the model registry. May be repeated.",
        ),
    ] = None,
    region: Annotated[str | None, typer.Option("--region", help="AWS region.")] = None,
    as_json: AsJson = False,
) -> int:
    """Trace what an endpoint serves: package, pipeline, data, code, images, approver.

    Reads only. A fact that AWS does not return is `unknown`, with the reason. The activity
    `trace_models` of personas has the permissions. docs/trace.md explains the hops.

    Example: `sagemaker-platform trace prod-churn --owner-profile dev`
    """
    import boto3
    from botocore.exceptions import BotoCoreError

    from operations.account import Account
    from operations.errors import OperationError
    from operations.output import print_json
    from operations.trace import report
    from operations.trace.accounts import Accounts
    from operations.trace.trace import trace

    if not endpoint:
        raise OperationError("ENDPOINT must not be empty. Fix: give a name, such as prod-churn")
    try:
        asked, *owners = [
            Account(boto3.Session(profile_name=one, region_name=region))
            for one in (profile, *(owner_profile or ()))
        ]
        hops = trace(Accounts(asked, owners), endpoint)
    except BotoCoreError as error:
        raise OperationError(f"{error}. Give --profile and --region") from None
    if as_json:
        print_json(report.as_json(endpoint, hops))
    else:
        print(report.table(hops))
    return 0
