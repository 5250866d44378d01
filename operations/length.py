"""Estimates how long a first deploy takes, and what it waits for: python -m operations.length.

Reads the cloud assembly of the last synth. What follows from the templates is certain: which
stack and which resource waits for which. How long each takes is an estimate, of a table.
"""

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_ASSEMBLY = Path("cdk.out")
_TABLE = Path(__file__).with_name("durations.csv")
# Of a resource that the table does not have, and of a stack by itself.
_USUAL_MINUTES, _STACK_MINUTES = 0.1, 0.3
_SHOWN = 8
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9]+)")


@cache
def minutes() -> Mapping[str, float]:
    """Return how many minutes a resource of a type takes to make, where that is recorded."""
    with _TABLE.open(encoding="utf-8") as file:
        return {row["type"]: float(row["minutes"]) for row in csv.DictReader(file)}


@dataclass(frozen=True)
class Step:
    """Something that is made, and the way to it that takes longest.

    Attributes:
        name: of a resource, or of a stack.
        end: minutes after the beginning at which it is there.
        before: what it waits for last.
    """

    name: str
    end: float
    before: "Step | None" = None

    def way(self) -> Iterator["Step"]:
        """Return all that it waits for, the first ahead, and itself."""
        if self.before is not None:
            yield from self.before.way()
        yield self


def last_resource(resources: Mapping[str, Any]) -> Step | None:
    """Return the resource of a template that is there last, with what it waits for."""
    steps: dict[str, Step] = {}

    def step(name: str) -> Step:
        if name not in steps:
            resource = resources[name]
            needed = {other for other in references(resource) if other in resources} - {name}
            before = max(map(step, sorted(needed)), key=lambda one: one.end, default=None)
            own = minutes().get(resource["Type"], _USUAL_MINUTES)
            start = before.end if before else 0.0
            steps[name] = Step(f"{name} ({resource['Type']})", start + own, before)
        return steps[name]

    return max(map(step, sorted(resources)), key=lambda one: one.end, default=None)


def references(node: Any) -> Iterator[str]:
    """Return the names of what a part of a template refers to."""
    match node:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text) | [str(text), *_]}:
            yield from _VARIABLE.findall(text)
    match node:
        case dict():
            needed = node.get("DependsOn", [])
            yield from [needed] if isinstance(needed, str) else filter(_is_text, needed)
            for value in node.values():
                yield from references(value)
        case list():
            for value in node:
                yield from references(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def report(directory: Path) -> str:
    """Return the way through the stacks of an environment that takes longest, and why.

    Args:
        directory: of the environment, in a cloud assembly.
    """
    artifacts = json.loads((directory / "manifest.json").read_text("utf-8"))["artifacts"]
    stacks = {k: a for k, a in artifacts.items() if a["type"] == "aws:cloudformation:stack"}
    templates = {
        key: json.loads((directory / stack["properties"]["templateFile"]).read_text("utf-8"))
        for key, stack in stacks.items()
    }
    inside = {key: last_resource(one.get("Resources", {})) for key, one in templates.items()}
    steps: dict[str, Step] = {}

    def step(key: str) -> Step:
        if key not in steps:
            needed = [other for other in stacks[key].get("dependencies", []) if other in stacks]
            before = max(map(step, needed), key=lambda one: one.end, default=None)
            last = inside[key]
            own = _STACK_MINUTES + (last.end if last else 0.0)
            steps[key] = Step(key, (before.end if before else 0.0) + own, before)
        return steps[key]

    last = max(map(step, stacks), key=lambda one: one.end)
    alone = sum(one.end - (one.before.end if one.before else 0.0) for one in steps.values())
    lines = [
        f"{directory.name.removeprefix('assembly-')}: about {last.end:.0f} minutes, "
        f"{alone:.0f} if no two stacks were made at once"
    ]
    for one in last.way():
        start = one.before.end if one.before else 0.0
        lines.append(f"  {stacks[one.name]['displayName']}: {one.end - start:.1f} min")
        slow = inside[one.name]
        lines += [
            f"    waits for {part.name}: {part.end - (part.before.end if part.before else 0):.1f}"
            for part in (slow.way() if slow else ())
            if part.end - (part.before.end if part.before else 0.0) >= 1.0
        ]
    return "\n".join([*lines, *_slowest(templates)])


def _slowest(templates: Mapping[str, Any]) -> Iterator[str]:
    found = sorted(
        (
            (minutes()[resource["Type"]], resource["Type"])
            for template in templates.values()
            for resource in template.get("Resources", {}).values()
            if resource["Type"] in minutes()
        ),
        reverse=True,
    )
    kinds = list(dict.fromkeys(found))[:_SHOWN]
    yield "  slowest resources, minutes each (estimates of operations/durations.csv):"
    for own, kind in kinds:
        yield f"    {own:4.1f}  {kind} x {found.count((own, kind))}"


def main() -> int:
    """Print the report of environments of the last synth."""
    parser = argparse.ArgumentParser(prog="python -m operations.length", description=__doc__)
    parser.add_argument("--environments", default="", help="names, separated by commas")
    parser.add_argument("--assembly", type=Path, default=_ASSEMBLY)
    options = parser.parse_args()
    names = [name for name in options.environments.split(",") if name]
    found = sorted(options.assembly.glob("assembly-*"))
    chosen = [one for one in found if not names or one.name.removeprefix("assembly-") in names]
    if not chosen:
        print("no such environment in the last synth: run make synth first", file=sys.stderr)
        return 1
    print("\n\n".join(map(report, chosen)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
