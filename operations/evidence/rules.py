"""Which resources satisfy which rules and controls, and which findings are acknowledged."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from operations.assembly import Json, Stage
from sagemaker_platform.guardrails.findings import Finding

State = Literal["open", "acknowledged", "satisfied", "no resource"]
STATES: Sequence[State] = ("open", "acknowledged", "satisfied", "no resource")
_DETAIL = re.compile(r"\[.*\]$", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """A rule of cdk-nag.

    Attributes:
        pack: the pack that it is part of.
        id: how the checks report it.
        controls: controls of the standard that it stands for; its own id where the standard of the
            pack numbers no controls.
        types: resource types that it looks at.
        title: what a finding says.
    """

    pack: str
    id: str
    controls: tuple[str, ...]
    types: frozenset[str]
    title: str


@dataclass(frozen=True)
class Resource:
    """A resource of a template.

    Attributes:
        place: where it is made, such as ``lakehouse/RawLayer/Bucket``.
        path: path of its construct; findings name it.
        type: its type in CloudFormation.
    """

    place: str
    path: str
    type: str


@dataclass(frozen=True)
class Accepted:
    """A finding that is acknowledged.

    Attributes:
        rule: id as the check reports it, with its detail.
        place: where the resource is made.
        reason: why it is accepted.
    """

    rule: str
    place: str
    reason: str


@dataclass(frozen=True)
class Judged:
    """What the checks found of one rule in one environment.

    Attributes:
        rule: the rule.
        satisfied: places of the resources that it looks at and that have no finding.
        accepted: findings that are acknowledged.
        open: places with a finding that nothing accepts.
    """

    rule: Rule
    satisfied: tuple[str, ...]
    accepted: tuple[Accepted, ...]
    open: tuple[str, ...]

    @property
    def state(self) -> State:
        """The worst state of its resources."""
        if self.open:
            return "open"
        if self.accepted:
            return "acknowledged"
        return "satisfied" if self.satisfied else "no resource"


@dataclass(frozen=True)
class Control:
    """A control of a standard, as far as rules stand for it.

    Attributes:
        pack: the pack of its rules.
        id: its number in the standard.
        state: the worst state of its rules.
        rules: ids of its rules.
        satisfied: number of pairs of a rule and a resource without a finding.
        accepted: number of acknowledged findings.
    """

    pack: str
    id: str
    state: State
    rules: tuple[str, ...]
    satisfied: int
    accepted: int


@cache
def rules() -> Sequence[Rule]:
    """Return the rules of all packs that a synth checks."""
    text = Path(__file__).with_name("rules.csv").read_text("utf-8")
    return [
        Rule(
            row["pack"],
            row["rule"],
            # A standard may name a control twice.
            tuple(dict.fromkeys(row["controls"].split())) or (row["rule"],),
            frozenset(row["types"].split()),
            row["title"],
        )
        for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    ]


def resources_of(stage: Stage) -> list[Resource]:
    """Return the resources of all stacks, in the order of their places."""
    found = []
    for stack in stage.stacks:
        for logical_id, resource in stack.resources().items():
            path = path_in(stage, stack.name, logical_id, resource)
            found.append(Resource(place_of(path), path, resource["Type"]))
    return sorted(found, key=lambda one: (one.place, one.path))


def path_in(stage: Stage, stack: str, logical_id: str, resource: Json) -> str:
    """Return the path of the construct of a resource."""
    path: str = resource.get("Metadata", {}).get(
        "aws:cdk:path", f"{stage.name}/{stack}/{logical_id}"
    )
    return path


def place_in(stage: Stage, stack: str, logical_id: str, resource: Json) -> str:
    """Return where a resource is made, such as ``lakehouse/RawLayer/Bucket``."""
    return place_of(path_in(stage, stack, logical_id, resource))


def place_of(path: str) -> str:
    """Return the path of a construct below its environment, without ids that say nothing."""
    parts = [part for part in path.split("/")[1:] if part not in ("Resource", "Default")]
    return "/".join(parts) or path


def judge(resources: Sequence[Resource], findings: Iterable[Finding]) -> list[Judged]:
    """Return what the checks found, rule by rule.

    A rule looks at every resource of its types; one that it does not apply to, for instance
    because of a property, counts as satisfied.
    """
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(_DETAIL.sub("", finding.rule), []).append(finding)
    return [_judged(rule, resources, by_rule.get(rule.id, ())) for rule in rules()]


def _judged(rule: Rule, resources: Sequence[Resource], findings: Sequence[Finding]) -> Judged:
    found = {one.construct_path for one in findings}
    accepted = {
        Accepted(one.rule, place_of(one.construct_path), one.acknowledged)
        for one in findings
        if one.acknowledged is not None
    }
    return Judged(
        rule,
        tuple(one.place for one in resources if one.type in rule.types and one.path not in found),
        tuple(sorted(accepted, key=lambda one: (one.rule, one.place, one.reason))),
        tuple(
            sorted({place_of(one.construct_path) for one in findings if one.acknowledged is None})
        ),
    )


def controls(judged: Iterable[Judged]) -> Iterator[Control]:
    """Yield the controls that the rules stand for, in the order of packs and numbers."""
    by_control: dict[tuple[str, str], list[Judged]] = {}
    for one in judged:
        for control in one.rule.controls:
            by_control.setdefault((one.rule.pack, control), []).append(one)
    for pack, control in sorted(by_control, key=lambda key: (key[0], _numbers(key[1]))):
        ones = by_control[pack, control]
        yield Control(
            pack,
            control,
            min((one.state for one in ones), key=STATES.index),
            tuple(one.rule.id for one in ones),
            sum(len(one.satisfied) for one in ones),
            sum(len(one.accepted) for one in ones),
        )


def _numbers(control: str) -> list[tuple[int, str]]:
    """Return a key that sorts 9 before 10."""
    parts = re.findall(r"\d+|\D+", control)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
