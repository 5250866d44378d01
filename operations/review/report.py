"""The report of a review: Markdown for a pull request, text for a terminal, and JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from operations.review.access import AccessChange
from operations.review.difference import Change
from operations.review.verdict import VERDICTS, Finding, Verdict

_MARKS = {"safe": "🟩", "look at these": "🟧", "dangerous": "🟥"}
# GitHub takes 65,536 characters in a comment.
_MOST_CHARACTERS = 60_000


@dataclass(frozen=True)
class EnvironmentReview:
    """What a change does to one environment.

    Attributes:
        name: its name.
        state: ``changed``, ``same``, ``new`` or ``gone``.
        findings: what needs eyes, the worst first.
        changes: all changes of resources.
        access: changes of permissions.
        stacks: stacks that are deployed, in their order.
    """

    name: str
    state: str
    findings: Sequence[Finding]
    changes: Sequence[Change]
    access: AccessChange
    stacks: Sequence[str]

    @property
    def verdict(self) -> Verdict:
        """The verdict of the worst finding."""
        return VERDICTS[max((one.rank for one in self.findings), default=0)]

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        if self.state == "same":
            return "no change"
        counts: dict[str, int] = {}
        for change in self.changes:
            counts[change.kind] = counts.get(change.kind, 0) + 1
        resources = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        return f"{self.verdict} ({self.state}: {resources or 'order only'})"


def worst(reviews: Iterable[EnvironmentReview]) -> Verdict:
    """Return the worst verdict."""
    ranks = (VERDICTS.index(one.verdict) for one in reviews)
    return VERDICTS[max(ranks, default=0)]


def markdown(reviews: Sequence[EnvironmentReview], *, base: str, dirty: bool) -> str:
    """Return the report as a comment of a pull request."""
    lines = [f"<!-- sagemaker-platform review -->\n## Review: {worst(reviews)}", ""]
    lines.append(
        f"Compared offline with `{base}`"
        + (", including changes that are not committed" if dirty else "")
        + ". What an account holds by hand is not seen."
    )
    for review in reviews:
        lines += ["", f"### {_MARKS[review.verdict]} {review.name}: {review.headline}"]
        if review.findings:
            lines += ["", "| | what | where | why |", "|---|---|---|---|"]
            lines += [
                f"| {_MARKS[VERDICTS[one.rank]]} | {_cell(one.title)} | `{_cell(one.where)}` | "
                f"{_cell(one.why)} |"
                for one in review.findings
            ]
        if review.stacks:
            lines += ["", f"Deploys: {', '.join(f'`{one}`' for one in review.stacks)}."]
        if review.changes:
            lines += ["", "<details><summary>All changes</summary>", ""]
            lines += [f"- {_change(one)}" for one in review.changes]
            lines += ["", "</details>"]
    text = "\n".join(lines) + "\n"
    if len(text) <= _MOST_CHARACTERS:
        return text
    cut = text[:_MOST_CHARACTERS].rsplit("\n", 1)[0]
    return f"{cut}\n\n</details>\n\nThe rest is left out: run `sagemaker-platform review`.\n"


def text(reviews: Sequence[EnvironmentReview], *, base: str, dirty: bool) -> str:
    """Return the report for a terminal."""
    lines = [f"Compared with {base}" + (", with changes that are not committed" if dirty else "")]
    for review in reviews:
        lines += ["", f"{review.name}: {review.headline}"]
        lines += [
            f"  {VERDICTS[one.rank]:14} {one.title}: {one.where}\n{'':17}{one.why}"
            for one in review.findings
        ]
        if review.stacks:
            lines.append(f"  deploys        {', '.join(review.stacks)}")
    return "\n".join(lines)


def as_json_value(reviews: Sequence[EnvironmentReview], *, base: str, dirty: bool) -> Any:
    """Return the report for programs."""
    return {
        "base": base,
        "dirty": dirty,
        "verdict": worst(reviews),
        "environments": [
            {
                "name": one.name,
                "state": one.state,
                "verdict": one.verdict,
                "stacks": list(one.stacks),
                "findings": [
                    {
                        "verdict": VERDICTS[finding.rank],
                        "title": finding.title,
                        "where": finding.where,
                        "why": finding.why,
                    }
                    for finding in one.findings
                ],
                "changes": [
                    {
                        "stack": change.key.stack,
                        "logical_id": change.key.logical_id,
                        "type": change.type,
                        "path": change.path,
                        "kind": change.kind,
                        "properties": [vars(each) for each in change.properties],
                        "because_of": change.reasons,
                        "notes": [vars(note) for note in change.notes],
                    }
                    for change in one.changes
                ],
                "access": {
                    side: [vars(permission) for permission in getattr(one.access, side)]
                    for side in ("wider", "narrower")
                },
            }
            for one in reviews
        ],
    }


def _change(change: Change) -> str:
    places = ", ".join(f"`{one.place}`" for one in change.properties[:6])
    more = f" and {len(change.properties) - 6} more" if len(change.properties) > 6 else ""
    follows = "" if change.properties or not change.causes else "follows from what it refers to"
    detail = f": {places}{more}" if places else f": {follows}" if follows else ""
    return f"**{change.kind}** {change.type} `{change.path}`{detail}"


def _cell(text: str) -> str:
    short = text if len(text) <= 600 else f"{text[:597]}..."
    return short.replace("|", "\\|").replace("\n", " ")
