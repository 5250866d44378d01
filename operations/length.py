"""How long a deployment takes, and what it waits for.

Which stack and which resource waits for which follows from the templates. How long each takes is
an estimate: `durations.csv` in the folder of each capability has the minutes of its types.
"""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from operations.assembly import Stage

_ROOT = Path(__file__).parents[1]
# Of a resource that the table does not have, and of a stack by itself.
_USUAL_MINUTES, _STACK_MINUTES = 0.1, 0.3
_SHOWN = 8
# A stack with one of these must be complete before its users can open a space.
_STUDIO = ("AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile", "AWS::SageMaker::Space")
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9]+)")


@cache
def minutes() -> Mapping[str, float]:
    """Return the minutes that AWS takes to create a resource, for the types in the tables.

    The tables of a fork's capabilities override those of upstream.
    """
    return read_minutes(_ROOT / "stacks") | read_minutes(_ROOT / "custom")


def read_minutes(folder: Path) -> dict[str, float]:
    """Return the minutes in the tables of the capabilities in a folder, by resource type."""
    found: dict[str, float] = {}
    for table in sorted(folder.glob("*/durations.csv")):
        with table.open(encoding="utf-8") as file:
            found |= {row["type"]: float(row["minutes"]) for row in csv.DictReader(file)}
    return found


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


def last_resource(
    resources: Mapping[str, Any], changed: Collection[str] | None = None
) -> Step | None:
    """Return the resource of a template that is there last, with what it waits for.

    Args:
        resources: resources of a template.
        changed: those that take time, by logical id. Defaults to all of them.
    """
    steps: dict[str, Step] = {}

    def step(name: str) -> Step:
        if name not in steps:
            resource = resources[name]
            needed = {other for other in references(resource) if other in resources} - {name}
            before = max(map(step, sorted(needed)), key=lambda one: one.end, default=None)
            own = minutes().get(resource["Type"], _USUAL_MINUTES)
            if changed is not None and name not in changed:
                own = 0.0
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


def stack_steps(stage: Stage) -> tuple[dict[str, Step], dict[str, Step | None]]:
    """Return the stacks of an environment as steps by id, and the last resource of each."""
    last = {stack.id: last_resource(stack.resources()) for stack in stage.stacks}
    return _in_order(stage, {key: _own(one) for key, one in last.items()}), last


def changed_steps(stage: Stage, changed: Mapping[str, Collection[str]]) -> dict[str, Step]:
    """Return the stacks of an environment as steps by id, when only some resources change.

    Args:
        stage: the environment.
        changed: logical ids of resources that are created or updated, by the name of the stack. A
            stack without any takes no time.
    """
    return _in_order(
        stage,
        {
            stack.id: _own(last_resource(stack.resources(), changed[stack.name]))
            if stack.name in changed
            else 0.0
            for stack in stage.stacks
        },
    )


def _own(last: Step | None) -> float:
    return _STACK_MINUTES + (last.end if last else 0.0)


def _in_order(stage: Stage, minutes_of: Mapping[str, float]) -> dict[str, Step]:
    stacks = {stack.id: stack for stack in stage.stacks}
    steps: dict[str, Step] = {}

    def step(key: str) -> Step:
        if key not in steps:
            before = max(map(step, stacks[key].dependencies), key=lambda one: one.end, default=None)
            steps[key] = Step(key, (before.end if before else 0.0) + minutes_of[key], before)
        return steps[key]

    for key in stacks:
        step(key)
    return steps


def studio_step(stage: Stage, steps: Mapping[str, Step]) -> Step | None:
    """Return the last stack that users need to open a space; None without Studio."""
    found = (steps[stack.id] for stack in stage.stacks if stack.of_type(*_STUDIO))
    return max(found, key=lambda one: one.end, default=None)


def estimate(stage: Stage) -> dict[str, Any]:
    """Return minutes: of all stacks, until Studio can be used, and of the critical path."""
    steps, _ = stack_steps(stage)
    studio = studio_step(stage, steps)
    last = max(steps.values(), key=lambda one: one.end)
    return {
        "minutes": round(last.end, 1),
        "studio_minutes": round(studio.end, 1) if studio else None,
        "one_stack_at_a_time": round(sum(map(own_minutes, steps.values())), 1),
        "critical_path": {one.name: round(own_minutes(one), 1) for one in last.way()},
    }


def own_minutes(step: Step) -> float:
    """Return the minutes of a step alone."""
    return step.end - (step.before.end if step.before else 0.0)


def report(stage: Stage) -> str:
    """Return the critical path through the stacks of an environment, and what makes it long."""
    steps, slowest = stack_steps(stage)
    last = max(steps.values(), key=lambda one: one.end)
    alone = sum(map(own_minutes, steps.values()))
    lines = [
        f"{stage.name}: about {last.end:.0f} minutes; {alone:.0f} if stacks are deployed one by one"
    ]
    if studio := studio_step(stage, steps):
        way = ", ".join(one.name.rpartition("/")[2] for one in studio.way())
        lines.append(f"  Studio can be used after about {studio.end:.0f} minutes: {way}")
    for one in last.way():
        lines.append(f"  {one.name}: {own_minutes(one):.1f} min")
        slow = slowest[one.name]
        lines += [
            f"    waits for {part.name}: {own_minutes(part):.1f}"
            for part in (slow.way() if slow else ())
            if own_minutes(part) >= 1.0
        ]
    return "\n".join([*lines, *_slowest([stack.resources() for stack in stage.stacks])])


def _slowest(stacks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    found = sorted(
        (
            (minutes()[resource["Type"]], resource["Type"])
            for resources in stacks
            for resource in resources.values()
            if resource["Type"] in minutes()
        ),
        reverse=True,
    )
    kinds = list(dict.fromkeys(found))[:_SHOWN]
    yield "  slowest resources, minutes each (estimates in stacks/*/durations.csv):"
    for own, kind in kinds:
        yield f"    {own:4.1f}  {kind} x {found.count((own, kind))}"
