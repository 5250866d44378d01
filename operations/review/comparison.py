"""Two revisions of one environment, and what differs between them."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from operations.access.world import World
from operations.assembly import Assembly, Stage
from operations.review.access import AccessChange, compare_access
from operations.review.difference import NOT_DEPLOYED, Change, compare, deployed
from operations.review.graph import Graph, Key
from operations.review.verdict import Finding, findings_of


@dataclass(frozen=True)
class Side:
    """One revision of an environment.

    Attributes:
        name: name of the environment.
        stage: its stacks; None if the revision has no such environment.
        graph: their resources.
        world: what they say of permissions.
    """

    name: str
    stage: Stage | None
    graph: Graph
    world: World

    @classmethod
    def read(cls, assembly: Path, name: str) -> "Side":
        """Read an environment of a cloud assembly; an empty one if there is none of that name."""
        stages = {one.name: one for one in Assembly.read(assembly).stages}
        return cls.of(stages.get(name), name)

    @classmethod
    def of(cls, stage: Stage | None, name: str) -> "Side":
        """Read an environment."""
        graph = Graph.of(stage)
        stacks = [
            replace(one.with_template(), template=graph.stacks[one.name])
            for one in (() if stage is None else stage.stacks)
        ]
        return cls(name, stage, graph, World.of(stacks))

    @property
    def target(self) -> tuple[str, str] | None:
        """Account and region; None without stacks."""
        return self.stage.targets[0] if self.stage and self.stage.targets else None


@dataclass(frozen=True)
class Comparison:
    """What differs between two revisions of an environment.

    Attributes:
        changes: what happens to resources.
        access: permissions that are new or gone.
        findings: what needs eyes.
        deployed: names of stacks whose templates differ.
    """

    changes: Mapping[Key, Change]
    access: AccessChange
    findings: Sequence[Finding]
    deployed: frozenset[str]

    @classmethod
    def of(cls, before: Side, after: Side) -> "Comparison":
        """Compare two revisions."""
        changes = compare(before.graph, after.graph)
        access = compare_access(before.world, after.world, after.name)
        return cls(
            changes,
            access,
            findings_of(changes, access, before.graph, after.graph),
            frozenset(deployed(before.graph, after.graph)),
        )

    @property
    def forced(self) -> set[str]:
        """Names of stacks that `cdk deploy` skips although what they read changes."""
        return {
            key.stack
            for key, change in self.changes.items()
            if any(note.title == NOT_DEPLOYED for note in change.notes)
        }

    def aspects(self) -> set[Hashable]:
        """Return everything that differs, piece by piece, without values."""
        found: set[Hashable] = {aspect for one in self.changes.values() for aspect in _aspects(one)}
        for side in (self.access.wider, self.access.narrower):
            found |= {("permission", side is self.access.wider, one) for one in side}
        return found | {finding_aspect(one) for one in self.findings}


def _aspects(change: Change) -> set[Hashable]:
    found: set[Hashable] = {("place", change.key, one.place) for one in change.properties}
    found |= {("cause", change.key, place, key) for place, key in change.causes}
    found |= {("note", change.key, note.title) for note in change.notes}
    if change.kind != "update":
        found.add(("kind", change.key, change.kind))
    return found


def change_aspects(change: Change) -> set[Hashable]:
    """Return the pieces of a change."""
    return _aspects(change)


def finding_aspect(finding: Finding) -> Hashable:
    """Return a finding without its explanation, which may hold values."""
    return ("finding", finding.title, finding.where)


def permission_aspects(finding: Finding, access: AccessChange) -> set[Hashable]:
    """Return the permissions that a finding sums up."""
    return {
        ("permission", side is access.wider, one)
        for side in (access.wider, access.narrower)
        for one in finding.permissions
        if one in side
    }
