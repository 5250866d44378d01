"""The verb `cost`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from operations.options import AsJson, Env, Files, Selected, select


def run(
    env: Env = None,
    files: Files = None,
    selected: Selected = None,
    usage: Annotated[
        Path | None,
        typer.Option(
            "--usage", metavar="FILE", help="File with the amounts that are billed by use."
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option("--region", help="Use the prices of this region, as if deployed there."),
    ] = None,
    assembly: Annotated[
        Path | None,
        typer.Option("--app", metavar="FOLDER", help="Read this synth instead of running one."),
    ] = None,
    style: Annotated[
        Literal["text", "markdown"],
        typer.Option("--format", help="text, or markdown for a pull request."),
    ] = "text",
    as_json: AsJson = False,
) -> int:
    """Show what environments cost per month, before they are deployed.

    Synthesizes the environments, and prices the resources that always run, at the minimum and
    maximum of autoscaling: by resource, stack, capability, and team. What is billed by use is
    listed; with a usage file it is part of the sum. Resources without a recorded price are shown
    and counted as unpriced. Needs no AWS.

    Examples: `sagemaker-platform cost dev`, `sagemaker-platform cost --env prod --format markdown`,
    `sagemaker-platform cost dev --region us-east-1 --usage usage.yaml`
    """
    import datetime
    import tempfile

    from operations.application import synthesize
    from operations.assembly import Assembly
    from operations.cost.monthly import estimate_stage
    from operations.cost.report import FORMATS, as_json_value
    from operations.cost.usage import apply_usage
    from operations.errors import OperationError
    from operations.output import print_json
    from sagemaker_platform.costs import read_stages
    from stacks.fields import close_to
    from stacks.prices import prices
    from stacks.sagemaker_api import regions

    if region is not None and region not in regions():
        hint = close_to(region, regions()) or "; must be a region that has SageMaker"
        raise OperationError(f"--region: got {region!r}{hint}")
    selection = select(env, files, selected)
    catalog = prices()
    with tempfile.TemporaryDirectory() as folder:
        if assembly is None and (status := synthesize(Path(folder), selection, checked=False)):
            return status
        made = Assembly.read(assembly or Path(folder))
        chosen = [made.stage(name).name for name in selection.names]
        stages = [one for one in read_stages(made.folder) if not chosen or one.name in chosen]
        found = {stage.name: estimate_stage(stage, catalog, region) for stage in stages}
    if usage is not None:
        if len(found) != 1:
            raise OperationError(
                f"--usage: got a file for {len(found)} environments; must be of one environment. "
                "Fix: name the environment, such as `sagemaker-platform cost dev --usage FILE`"
            )
        found = {name: apply_usage(usage, one, catalog) for name, one in found.items()}
    if as_json:
        print_json({name: as_json_value(one) for name, one in found.items()})
    else:
        today = datetime.datetime.now(tz=datetime.UTC).date()
        print("\n\n".join(FORMATS[style](name, one, today) for name, one in found.items()))
    return 0
