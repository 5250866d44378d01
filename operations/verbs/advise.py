"""The verb `advise`."""

from pathlib import Path
from typing import Annotated

import typer

from operations.advise.tasks import DEFAULT_CONTEXT, HOURS, Method, Task
from operations.options import AsJson


def run(
    task: Annotated[Task, typer.Argument(help="What runs.", show_default=False)],
    parameters: Annotated[
        float | None, typer.Option(metavar="BILLIONS", help="Size of a language model.")
    ] = None,
    dtype: Annotated[
        str, typer.Option(help="Type of its weights: bf16, fp16, fp32, fp8, int8, int4.")
    ] = "bf16",
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Its config.json: heads, layers, quantization."),
    ] = None,
    context: Annotated[
        int, typer.Option(metavar="TOKENS", help="Longest request with its answer.")
    ] = DEFAULT_CONTEXT,
    concurrency: Annotated[
        int | None, typer.Option(help="Concurrent requests. Requires --model.")
    ] = None,
    tokens_per_second: Annotated[
        float | None, typer.Option(help="Minimum tokens per second for one request.")
    ] = None,
    method: Annotated[Method, typer.Option(help="Training method of the model.")] = "lora",
    accelerators: Annotated[int, typer.Option(help="Minimum.")] = 0,
    memory: Annotated[float, typer.Option(metavar="GIB", help="Memory, at least.")] = 0,
    vcpus: Annotated[int, typer.Option(help="Minimum.")] = 0,
    data: Annotated[float, typer.Option(metavar="GIB", help="Data held in memory.")] = 0,
    region: Annotated[str, typer.Option(help="Region of the prices.")] = "us-east-1",
    hours: Annotated[float, typer.Option(help="Hours per month.")] = HOURS,
    usd_per_month: Annotated[
        float | None,
        typer.Option(metavar="USD", help="Maximum monthly cost of all instances."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show all types, with the reason why each does not fit.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Rank the instance types that fit a task, with the arithmetic and the price.

    The arithmetic is the same as for `large_model` in the settings. It is an estimate. A
    measurement is more exact, so the command for AWS's measurement is printed too. Exits with 1
    if nothing fits. Needs no AWS.

    Examples: `sagemaker-platform advise real_time --parameters 8 --usd-per-month 1500`,
    `sagemaker-platform advise training --parameters 70 --method qlora`,
    `sagemaker-platform advise studio --data 40 --hours 160`
    """
    from operations.advise.advice import advise
    from operations.advise.needs import Needs, figures_of
    from operations.advise.report import as_json as as_json_value
    from operations.advise.report import text
    from operations.output import print_json
    from stacks.prices import prices

    figures = figures_of(model) if model else None
    needs = Needs(
        task=task,
        region=region,
        parameters_billions=parameters,
        dtype=figures.dtype if figures else dtype,
        figures=figures,
        context=context,
        concurrency=concurrency,
        tokens_per_second=tokens_per_second,
        method=method,
        accelerators=accelerators,
        memory_gib=memory,
        vcpus=vcpus,
        data_gib=data,
        hours=hours,
        max_usd=usd_per_month,
    )
    found = advise(needs, prices())
    if as_json:
        print_json(as_json_value(needs, found))
    else:
        print(text(needs, found, everything=everything))
    return int(all(one.reason for one in found))
