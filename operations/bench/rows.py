"""The rows of the benchmark."""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from operations import output
from operations.bench.environments import write_full_environments
from operations.bench.measure import Cost, measure
from operations.errors import OperationError

RESULTS = Path(".bench")
FLOOR, CHECKED_FLOOR, SHIPPED = "a1", "a2", "c"
TARGET = 2.0
_MANY = 10


@dataclass(frozen=True)
class Row:
    """What is measured.

    Attributes:
        key: short name.
        title: what it is.
        command: what is run.
        env: environment variables that it gets.
    """

    key: str
    title: str
    command: Sequence[str]
    env: dict[str, str] = field(default_factory=dict)


def rows(scratch: Path) -> Iterator[Row]:
    """Return all rows; settings and assemblies go into a scratch folder."""
    python = sys.executable
    empty = [python, "-m", "operations.bench.empty", str(scratch / "empty")]
    yield Row(FLOOR, "empty CDK app, unchecked", empty)
    yield Row(CHECKED_FLOOR, "empty CDK app, built-in checks", [*empty, "checked"])

    def app(key: str, title: str, **context: object) -> Row:
        env = {"CDK_OUTDIR": str(scratch / "cdk.out"), "CDK_CONTEXT_JSON": json.dumps(context)}
        return Row(key, title, [python, "app.py"], env)

    files = [str(file) for file in write_full_environments(_MANY, scratch / "full")]
    yield app("b1", "dev, unchecked", environments="dev", checks="false")
    yield app("b2", "dev, checked", environments="dev")
    yield app(SHIPPED, "the shipped environments, checked")
    yield app("d1", "one environment with all capabilities, checked", files=files[:1])
    yield app(f"d{_MANY}", f"{_MANY} of them, checked", files=files)


def bench(runs: int, only: Collection[str], *, as_json: bool = False) -> None:
    """Measure, print the table, and write it to `.bench/bench.json`.

    Raises:
        OperationError: there is no such row, or a command fails.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        scratch = Path(name)
        every = {row.key: row for row in rows(scratch)}
        if unknown := set(only) - every.keys():
            raise OperationError(
                f"--only: got {', '.join(sorted(unknown))}; must be one of {', '.join(every)}"
            )
        chosen = [row for row in every.values() if not only or row.key in {*only, CHECKED_FLOOR}]
        costs: dict[str, Cost] = {}
        for row in chosen:
            print(f"{row.key}: {row.title} ...", file=sys.stderr, flush=True)
            costs[row.key] = measure(row.command, env=row.env, folder=scratch, runs=runs)
    result = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "rows": {row.key: {"title": row.title, **asdict(costs[row.key])} for row in chosen},
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "bench.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    if as_json:
        output.print_json(result)
    else:
        output.print_table(table(chosen, costs))
        print(*_verdict(costs), sep="\n")


def table(chosen: Sequence[Row], costs: dict[str, Cost]) -> list[Sequence[str]]:
    """Return the costs below headings, each with its ratio to the checked empty app."""
    floor = costs[CHECKED_FLOOR]
    lines: list[Sequence[str]] = [("", "", "CPU s", "wall s", "MiB", "CPU", "wall")]
    for row in chosen:
        cost = costs[row.key]
        lines.append(
            (
                row.key,
                row.title,
                f"{cost.cpu_seconds:.2f}",
                f"{cost.wall_seconds:.2f}",
                f"{cost.memory_mib:.0f}",
                f"{cost.cpu_seconds / floor.cpu_seconds:.2f} x",
                f"{cost.wall_seconds / floor.wall_seconds:.2f} x",
            )
        )
    return lines


def _verdict(costs: dict[str, Cost]) -> Iterator[str]:
    if SHIPPED in costs:
        shipped, floor = costs[SHIPPED], costs[CHECKED_FLOOR]
        yield (
            f"{SHIPPED}/{CHECKED_FLOOR}: {shipped.cpu_seconds / floor.cpu_seconds:.2f} in CPU, "
            f"{shipped.wall_seconds / floor.wall_seconds:.2f} in wall-clock time "
            f"(target: at most {TARGET})"
        )
    yield f"Written to {RESULTS}/bench.json"
