"""Measures synthesis beside the CDK itself: python -m operations.bench --runs 5."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from operations.bench.environments import write_full_environments
from operations.bench.measure import Cost, measure
from operations.bench.picture import draw

_RESULTS = Path(".bench")
_FLOOR, _CHECKED_FLOOR = "a1", "a2"
_COUNTS = (1, 10, 30, 100)
# How many environments the app in JavaScript makes, and ours beside it.
_COMPARED = (1, 10)
_TYPESCRIPT = Path(__file__).with_name("typescript").resolve()


@dataclass(frozen=True)
class Subject:
    """What is measured.

    Attributes:
        key: letter of the table, and a number.
        title: for people.
        command: what is run.
        env: environment variables it gets.
        environments: how many it makes, where there are several sizes.
        compare: key of what it is compared with.
    """

    key: str
    title: str
    command: Sequence[str]
    env: dict[str, str] = field(default_factory=dict)
    environments: int = 0
    compare: str = _CHECKED_FLOOR


def subjects(
    scratch: Path, counts: Sequence[int], *, suite: bool, only: Collection[str]
) -> Iterator[Subject]:
    """Return all that is measured, in the order of the table.

    Args:
        scratch: folder for settings and assemblies.
        counts: numbers of full environments.
        suite: whether the test suite is run too, which takes minutes.
        only: keys of rows; none for all.
    """
    python = sys.executable
    empty = [python, "-m", "operations.bench.empty", str(scratch / "empty")]
    yield Subject(_FLOOR, "empty app, unchecked", empty, compare=_FLOOR)
    yield Subject(_CHECKED_FLOOR, "empty app, built-in checks", [*empty, "checked"])

    def ours(**context: str) -> dict[str, str]:
        return {
            "CDK_OUTDIR": str(scratch / "cdk.out"),
            "CDK_CONTEXT_JSON": json.dumps(context),
        }

    app = [python, "app.py"]
    unchecked = ours(environments="dev", checks="false")
    yield Subject("b1", "ENV=dev, unchecked", app, unchecked, compare=_FLOOR)
    yield Subject("b2", "ENV=dev, checked", app, ours(environments="dev"))
    yield Subject("c", "the shipped environments, checked", app, ours())
    files = write_full_environments(max([*counts, *_COMPARED]), scratch / "full")
    for count in counts:
        chosen = " ".join(map(str, files[:count]))
        title = f"{count} full environment(s), checked"
        yield Subject(f"d{count}", title, app, ours(files=chosen), environments=count)
    for count in _COMPARED:
        chosen = " ".join(map(str, files[:count]))
        context = ours(files=chosen, checks="false")
        title = f"{count} full environment(s), unchecked"
        yield Subject(f"u{count}", title, app, context, count, compare=f"e{count}")
    for checked in ("", " checked"):
        for count in _COMPARED:
            key = f"e{count}{checked[1:2]}"
            if only and key not in only:
                continue
            script = _javascript(scratch, files[:count])
            command = ["node", str(script), str(scratch / "javascript"), *checked.split()]
            title = f"the same as L1s in JavaScript, {count},{checked or ' unchecked'}"
            environ = {"NODE_PATH": str(_TYPESCRIPT / "node_modules")}
            yield Subject(key, title, command, environ, count, compare=_floor(checked))
    if suite:
        yield Subject("f", "make test", ["make", "test"])


def _floor(checked: str) -> str:
    return _CHECKED_FLOOR if checked else _FLOOR


def _javascript(scratch: Path, files: Sequence[Path]) -> Path:
    """Synthesize environments, and write an app in JavaScript that makes the same resources."""
    script, assembly = scratch / f"app-{len(files)}.cjs", scratch / f"same-{len(files)}"
    if script.exists():
        return script
    if not (_TYPESCRIPT / "node_modules").exists():
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(npm, cwd=_TYPESCRIPT, check=True, stdout=subprocess.DEVNULL)
    context = json.dumps({"files": " ".join(map(str, files)), "checks": "false"})
    environ = {**os.environ, "CDK_OUTDIR": str(assembly), "CDK_CONTEXT_JSON": context}
    subprocess.run([sys.executable, "app.py"], env=environ, check=True)
    generate = ["node", str(_TYPESCRIPT / "generate.cjs"), str(assembly), str(script)]
    subprocess.run(generate, check=True)
    return script


def table(costs: dict[str, Cost], chosen: Sequence[Subject]) -> str:
    """Return the costs as a table, each with its ratio to what it is compared with."""
    rows = [("", "", "CPU s", "wall s", "MiB", "CPU", "wall")]
    previous: Subject | None = None
    for subject in chosen:
        cost, floor = costs[subject.key], costs.get(subject.compare, costs[subject.key])
        rows.append(
            (
                subject.key,
                subject.title,
                f"{cost.cpu_seconds:.2f}",
                f"{cost.wall_seconds:.2f}",
                f"{cost.memory_mib:.0f}",
                f"{cost.cpu_seconds / floor.cpu_seconds:.2f} x {subject.compare}",
                f"{cost.wall_seconds / floor.wall_seconds:.2f} x {subject.compare}",
            )
        )
        if previous and 0 < previous.environments < subject.environments:
            more = subject.environments - previous.environments
            cpu = (cost.cpu_seconds - costs[previous.key].cpu_seconds) / more
            wall = (cost.wall_seconds - costs[previous.key].wall_seconds) / more
            rows.append(("", "  each further one", f"{cpu:.2f}", f"{wall:.2f}", "", "", ""))
        previous = subject
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def main() -> None:
    """Measure, print the table, and store it with a picture below .bench/."""
    parser = argparse.ArgumentParser(prog="python -m operations.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each; medians count (5)")
    parser.add_argument("--counts", type=int, nargs="+", default=_COUNTS, metavar="N")
    parser.add_argument("--without-tests", action="store_true", help="leave out make test")
    parser.add_argument("--only", nargs="+", metavar="KEY", help="these rows, with a1 and a2")
    options = parser.parse_args()
    _RESULTS.mkdir(exist_ok=True)
    costs: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        scratch = Path(name)
        only = {*options.only, _FLOOR, _CHECKED_FLOOR} if options.only else set()
        suite = not options.without_tests
        chosen = [
            subject
            for subject in subjects(scratch, options.counts, suite=suite, only=only)
            if not only or subject.key in only
        ]
        for subject in chosen:
            print(f"{subject.key}: {subject.title} ...", file=sys.stderr, flush=True)
            costs[subject.key] = measure(
                subject.command, env=subject.env, folder=scratch, runs=options.runs
            )
    print(table(costs, chosen))
    result = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "costs": {
            subject.key: {"title": subject.title, **costs[subject.key].as_dict()}
            for subject in chosen
        },
    }
    (_RESULTS / "bench.json").write_text(json.dumps(result, indent=2) + "\n")
    bars = [(f"{s.key} {s.title}", costs[s.key].cpu_seconds) for s in chosen]
    (_RESULTS / "bench.svg").write_text(draw(bars, unit="CPU s"))
    print(f"\n{_RESULTS}/bench.json and {_RESULTS}/bench.svg")


if __name__ == "__main__":
    main()
