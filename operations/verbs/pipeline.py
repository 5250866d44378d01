"""The verb `pipeline`."""

import sys
from typing import Annotated, Literal

import typer

from operations.options import Env, Files, select

Action = Annotated[Literal["export", "run"], typer.Argument(help="What to do.")]
Names = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME...",
        help="export: names in pipelines/, or folders, such as a/b. run: one name of "
        "pipelines.definitions.",
    ),
]


def run(
    action: Action,
    names: Names,
    env: Env = None,
    files: Files = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="run: a parameter. May be repeated."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="run: wait for the end, and print each step.")
    ] = False,
    profile: Annotated[
        str | None, typer.Option("--profile", help="run: AWS profile of a persona.")
    ] = None,
) -> int:
    """Export the definitions of SageMaker Pipelines, or run one.

    `export`: runs `definition.py` of each folder with the SageMaker SDK, which is installed
    separately. It calls no service. Commit the results, `definition.json` and `uploads`: a synth
    reads them instead of the SDK. Needs no credentials.

    `run`: starts the pipeline that is deployed in one environment, and prints the ARN of the
    execution. With `--wait`, the exit status is 1 unless the execution succeeds. Needs credentials
    of a persona with the activity `run_pipelines`.

    Examples: `sagemaker-platform pipeline export churn`,
    `sagemaker-platform pipeline run churn --env dev --set Commit=4733bf6 --wait`
    """
    if action == "run":
        return _run(names, env, files, parameters or [], wait=wait, profile=profile)
    from operations.errors import OperationError
    from operations.pipelines.export import HOME, export, folder_of, install_sdk

    if env or files or parameters or wait or profile:
        raise OperationError("--env, --files, --set, --wait and --profile are options of run")
    folders = [folder_of(name) for name in names]
    python = install_sdk(HOME, lambda text: print(text, file=sys.stderr))
    for folder in folders:
        export(folder, python=python)
        print(f"{folder}/definition.json: exported")
    return 0


def _run(
    names: list[str],
    env: Env,
    files: Files,
    parameters: list[str],
    *,
    wait: bool,
    profile: str | None,
) -> int:
    import boto3
    from botocore.exceptions import BotoCoreError

    from operations.account import Account
    from operations.errors import OperationError
    from operations.pipelines.start import SUCCEEDED, follow, parse_parameters, pipeline_of, start

    environments = select(env, files, None).load(locked=False)
    if len(names) > 1 or len(environments) > 1:
        raise OperationError("run: must have one name and one environment. Give --env NAME")
    [environment], [name] = environments, names
    values = parse_parameters(parameters)
    pipeline = pipeline_of(environment, name, values)
    try:
        account = Account(boto3.Session(profile_name=profile, region_name=environment.region))
    except BotoCoreError as error:
        raise OperationError(f"{error}. Give --profile") from None
    execution = start(account, pipeline, values)
    print(execution, flush=True)
    if not wait:
        return 0
    status = follow(account, execution, lambda line: print(line, flush=True))
    print(status)
    return 0 if status == SUCCEEDED else 1
