"""What a review found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from operations.review.access import AccessChange
from operations.review.acknowledgements import CheckChange
from operations.review.attribution import Attribution, Cause
from operations.review.cost import CostChange
from operations.review.deployment import Deployment
from operations.review.difference import Change
from operations.review.renames import Rename
from operations.review.values import plain_text
from operations.review.verdict import TOPICS, VERDICTS, Finding, Verdict

State = Literal["same", "changed", "new", "gone", "renamed", "moved", "not compared"]


@dataclass(frozen=True)
class Decision:
    """Something for a reviewer to decide: what is changed, and what follows from it.

    Attributes:
        cause: edits of the settings, or code; None where it was not looked for.
        findings: what follows, the worst first.
    """

    cause: Cause | None
    findings: Sequence[Finding]

    @property
    def rank(self) -> int:
        """Index in `VERDICTS` of its worst finding."""
        return max((one.rank for one in self.findings), default=0)


@dataclass(frozen=True)
class EnvironmentReview:
    """What a change does to one environment.

    Attributes:
        name: its name.
        state: what happens to it as a whole.
        findings: what needs eyes, the worst first.
        changes: all changes of resources.
        access: changes of permissions.
        checks: changes of what checks found.
        deployment: what a deployment does.
        attribution: what causes what.
        renames: what has another name.
        notes: what a reader has to know of the files.
        edits: number of edits of the settings file.
        cost: what it costs; None if that was not estimated.
        evidence: how the evidence for auditors changes: about what, what was, and what is.
        picture: the environment as SVG, with marks of what changes; empty if it was not drawn.
    """

    name: str
    state: State
    findings: Sequence[Finding] = ()
    changes: Sequence[Change] = ()
    access: AccessChange = field(default_factory=AccessChange)
    checks: CheckChange = field(default_factory=CheckChange)
    deployment: Deployment = field(default_factory=Deployment)
    attribution: Attribution = field(default_factory=Attribution)
    renames: Sequence[Rename] = ()
    notes: Sequence[str] = ()
    edits: int = 0
    cost: CostChange | None = None
    evidence: Sequence[tuple[str, str, str]] = ()
    picture: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict of the worst finding."""
        return VERDICTS[max((one.rank for one in self.findings), default=0)]

    @property
    def counts(self) -> dict[str, int]:
        """Number of resources by what happens to them; a renamed one counts once."""
        renamed = {key for one in self.renames for key in one.keys}
        found: dict[str, int] = {}
        for change in self.changes:
            if change.key not in renamed:
                found[change.kind] = found.get(change.kind, 0) + 1
        if renamed:
            found["deleted and created under another name"] = len(renamed) // 2
        return dict(sorted(found.items()))

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        if self.state == "same":
            return "no change"
        about: dict[str, int] = {}
        for finding in self.findings:
            about[finding.about] = about.get(finding.about, 0) + 1
        topics = " · ".join(f"{name} {count}" for name, count in about.items())
        state = "" if self.state == "changed" else f" ({self.state})"
        return f"{self.verdict}{state}" + (f": {topics}" if topics else "")

    def decisions(self) -> list[Decision]:
        """Return the findings by their cause, the worst first."""
        found: dict[Cause | None, list[Finding]] = {}
        for finding in self.findings:
            causes = self.attribution.of_finding(finding, self.access)
            found.setdefault(_joined(causes), []).append(finding)
        decisions = [Decision(cause, findings) for cause, findings in found.items()]
        return sorted(decisions, key=lambda one: -one.rank)


def _joined(causes: Sequence[Cause]) -> Cause | None:
    if not causes:
        return None
    if len(causes) == 1:
        return causes[0]
    places = dict.fromkeys(place for one in causes for place in one.places)
    return Cause("; ".join(dict.fromkeys(one.text for one in causes)), tuple(places))


@dataclass(frozen=True)
class Report:
    """A review of all environments.

    Attributes:
        base: the earlier revision, for people.
        dirty: whether the working tree has changes that are in no commit.
        environments: one review each, in the order of names.
        code: changed files that are no settings and may change templates.
        notes: what a reader has to know of the comparison.
        seconds: how long it took.
    """

    base: str
    dirty: bool
    environments: Sequence[EnvironmentReview]
    code: Sequence[str] = ()
    notes: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """The worst verdict."""
        return worst(self.environments)


def worst(reviews: Iterable[EnvironmentReview]) -> Verdict:
    """Return the worst verdict."""
    ranks = (VERDICTS.index(one.verdict) for one in reviews)
    return VERDICTS[max(ranks, default=0)]


@dataclass(frozen=True)
class Group:
    """Findings of one kind.

    Attributes:
        rank: index in `VERDICTS`.
        title: what happens.
        findings: where, and why.
    """

    rank: int
    title: str
    findings: Sequence[Finding]

    @property
    def detail(self) -> str:
        """Where it happens, and why, in one line."""
        if len({one.why for one in self.findings}) == 1:
            return f"{_places(self.findings)}: {self.findings[0].why}"
        shown = "; ".join(f"{one.where}: {one.why}" for one in self.findings[:_SHOWN])
        more = len(self.findings) - _SHOWN
        return f"{shown}; and {more} more" if more > 0 else shown


_SHOWN = 3


def groups_of(findings: Iterable[Finding]) -> list[Group]:
    """Return findings by their titles, the worst first."""
    found: dict[tuple[int, int, str], list[Finding]] = {}
    for one in findings:
        found.setdefault((-one.rank, TOPICS.index(one.about), one.title), []).append(one)
    return [Group(-rank, title, ones) for (rank, _, title), ones in sorted(found.items())]


def _places(findings: Sequence[Finding]) -> str:
    shown = ", ".join(one.where for one in findings[:_SHOWN])
    more = len(findings) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def change_text(change: Change) -> str:
    """Return what changes in a resource, in one line."""
    if change.properties:
        shown = "; ".join(
            f"{one.place}: {_value(one.before)} -> {_value(one.after)}"
            for one in change.properties[:_SHOWN]
        )
        more = len(change.properties) - _SHOWN
        return f"{shown}; and {more} more" if more > 0 else shown
    if change.causes:
        place, key = change.causes[0]
        return f"{place} refers to {key.stack} {key.logical_id}"
    return ""


def _value(value: object) -> str:
    text = plain_text(value) if isinstance(value, dict | str) else repr(value)
    text = "nothing" if value is None else " ".join(text.split())
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 3]}..."


_MAX_VALUE = 70
