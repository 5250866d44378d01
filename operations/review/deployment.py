"""What a deployment of a change does: stacks in their order, minutes, and what it interrupts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from operations.assembly import Stage
from operations.length import changed_steps, own_minutes
from operations.review.difference import Change
from operations.review.graph import Key
from operations.review.stateful import interruptions


@dataclass(frozen=True)
class Step:
    """A stack that is deployed.

    Attributes:
        stack: its id, such as ``prod/network``.
        minutes: an estimate.
        changes: number of resources that change, by kind.
    """

    stack: str
    minutes: float
    changes: Mapping[str, int]


@dataclass(frozen=True)
class Deployment:
    """The deployment of a change to one environment.

    Attributes:
        steps: stacks in the order in which they are deployed.
        minutes: an estimate for all of them, where stacks without dependencies run together.
        forced: stacks that `cdk deploy` skips although what they read changes.
        interruptions: what is interrupted, and how, with the resource.
    """

    steps: Sequence[Step] = ()
    minutes: float = 0.0
    forced: Sequence[str] = ()
    interruptions: Sequence[tuple[str, str, str]] = ()


def plan(
    stage: Stage | None, changes: Mapping[Key, Change], deployed: set[str], forced: set[str]
) -> Deployment:
    """Return what a deployment does.

    Args:
        stage: the environment as it will be.
        changes: what happens to its resources.
        deployed: names of stacks whose templates change.
        forced: names of stacks that need `--force`.
    """
    if stage is None:
        return Deployment()
    changed: dict[str, set[str]] = {name: set() for name in deployed | forced}
    for key, change in changes.items():
        if change.kind not in ("leave behind", "stays deployed"):
            changed.setdefault(key.stack, set()).add(key.logical_id)
    steps = changed_steps(stage, changed)
    order = [one for one in _order(stage) if one.rpartition("/")[2] in deployed | forced]
    return Deployment(
        tuple(
            Step(one, own_minutes(steps[one]), _kinds(changes, one.rpartition("/")[2]))
            for one in order
        ),
        max((steps[one].end for one in order), default=0.0),
        tuple(one for one in order if one.rpartition("/")[2] in forced),
        tuple(_interruptions(changes)),
    )


def _kinds(changes: Mapping[Key, Change], stack: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, change in changes.items():
        if key.stack == stack:
            found[change.kind] = found.get(change.kind, 0) + 1
    return dict(sorted(found.items()))


def _interruptions(changes: Mapping[Key, Change]) -> Iterator[tuple[str, str, str]]:
    for change in changes.values():
        for what, how in interruptions(change):
            yield (what, how, change.path)


def _order(stage: Stage) -> list[str]:
    """Return the ids of stacks in the order of their dependencies."""
    by_id = {stack.id: stack for stack in stage.stacks}
    order: list[str] = []

    def visit(stack: str) -> None:
        if stack in by_id and stack not in order:
            for other in by_id[stack].dependencies:
                visit(other)
            order.append(stack)

    for stack in by_id:
        visit(stack)
    return order
