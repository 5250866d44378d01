"""The verb `bench`."""

from typing import Annotated

import typer

from operations.options import AsJson


def run(
    runs: Annotated[int, typer.Option(help="Runs of each row; the median is reported.")] = 3,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ROW", help="Only this row; repeat for more.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Measure how long synthesis takes.

    Compares CPU seconds, wall-clock seconds and memory with an empty CDK app. Writes
    `.bench/bench.json`. Takes a few minutes; compare ratios within one run.

    Examples: `sagemaker-platform bench`, `sagemaker-platform bench --runs 1 --only c`
    """
    from operations.bench.rows import bench

    bench(runs, only or (), as_json=as_json)
    return 0
