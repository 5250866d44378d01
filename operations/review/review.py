"""Compares two cloud assemblies, environment by environment."""

from collections.abc import Sequence
from pathlib import Path

from operations.access.world import World
from operations.assembly import Assembly, Stage
from operations.review.access import compare_access
from operations.review.difference import Graph, compare
from operations.review.report import EnvironmentReview
from operations.review.verdict import findings_of


def review(before: Path, after: Path) -> list[EnvironmentReview]:
    """Compare two cloud assemblies; return one review for each environment, in order of names.

    Args:
        before: assembly of the earlier revision.
        after: assembly of the working tree.
    """
    old, new = _stages(before), _stages(after)
    worlds = World.read(before), World.read(after)
    return [
        _environment(name, old.get(name), new.get(name), worlds) for name in sorted({*old, *new})
    ]


def _stages(assembly: Path) -> dict[str, Stage]:
    return {stage.name: stage for stage in Assembly.read(assembly).stages}


def _environment(
    name: str, old: Stage | None, new: Stage | None, worlds: tuple[World, World]
) -> EnvironmentReview:
    changes = compare(Graph(old), Graph(new))
    access = compare_access(*worlds, name)
    state = "gone" if new is None else "new" if old is None else "changed" if changes else "same"
    return EnvironmentReview(
        name,
        state,
        findings_of(changes, access) if state != "new" else [],
        list(changes.values()),
        access,
        _deployed(new, {key.stack for key, one in changes.items() if one.properties or one.kind}),
    )


def _deployed(stage: Stage | None, changed: set[str]) -> Sequence[str]:
    """Return the stacks that change, in the order in which they are deployed."""
    if stage is None:
        return []
    by_id = {stack.id: stack for stack in stage.stacks}
    order: list[str] = []

    def visit(stack: str) -> None:
        if stack in by_id and stack not in order:
            for other in by_id[stack].dependencies:
                visit(other)
            order.append(stack)

    for stack in by_id:
        visit(stack)
    return [stack for stack in order if by_id[stack].name in changed]
