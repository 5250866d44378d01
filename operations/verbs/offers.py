"""The verb `offers`."""

from datetime import datetime
from typing import Annotated

import typer

from operations.options import AsJson, Env, Files, Selected, select

_DAY = ["%Y-%m-%d"]


def run(
    instance_type: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="Instance type: ml.p5.48xlarge.")
    ],
    count: Annotated[int, typer.Option(help="Number of instances.")],
    hours: Annotated[int, typer.Option(help="Duration in hours.")],
    after: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Earliest start date.")
    ] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Latest end date (exclusive).")
    ] = None,
    env: Env = None,
    files: Files = None,
    selected: Selected = None,
    as_json: AsJson = False,
) -> int:
    """List training plans that AWS offers for a request.

    Buys nothing. Shows price, times and zone of each offer, the command that would buy it, and
    the YAML of an instance group that uses it. Needs credentials with sts:GetCallerIdentity and
    sagemaker:SearchTrainingPlanOfferings.

    Example: `sagemaker-platform offers --env prod --type ml.p5.48xlarge --count 4 --hours 168`
    """
    from operations.errors import OperationError
    from operations.output import print_json
    from operations.plans import Request, lines_of, search

    environments = select(env, files, selected).load()
    if len(environments) != 1:
        names = ", ".join(environment.name for environment in environments)
        raise OperationError(f"Got {names}; select one environment, such as --env {names[:3]}")
    [environment] = environments
    offers = search(environment, Request(instance_type, count, hours, after, before))
    if as_json:
        print_json(offers)
        return 0
    for number, offer in enumerate(offers, 1):
        print(*lines_of(number, offer, environment), sep="\n")
    print("Nothing was bought.")
    return 0
