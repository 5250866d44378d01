"""The report of a review as text for a terminal, and as JSON."""

import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import typer

from operations.output import style
from operations.review.cost import CostChange
from operations.review.model import EnvironmentReview, Report, groups_of
from operations.review.verdict import VERDICTS

_COLORS = {
    "safe": typer.colors.GREEN,
    "look at these": typer.colors.YELLOW,
    "dangerous": typer.colors.RED,
}
_MIN_WIDTH, _MAX_WIDTH = 60, 120


def text(report: Report) -> str:
    """Return the report for a terminal, in color if it shows colors."""
    lines = [
        f"Compared with {report.base}"
        + (", with changes that are not committed" if report.dirty else "")
    ]
    if report.code:
        more = f" and {len(report.code) - 8} more" if len(report.code) > 8 else ""
        lines.append(f"Changed apart from the settings: {', '.join(report.code[:8])}{more}")
    lines += report.notes
    for review in report.environments:
        lines += ["", *_environment(review)]
    return "\n".join(lines)


def _environment(review: EnvironmentReview) -> Iterator[str]:
    verdict = review.verdict
    yield _colored(f"{review.name}: {review.headline}", verdict, bold=True)
    yield from (f"  {note}" for note in review.notes)
    for number, decision in enumerate(review.decisions(), 1):
        verdict = VERDICTS[decision.rank]
        cause = decision.cause
        what = "" if cause is None else cause.text
        yield _colored(f"  {number} {verdict}", verdict) + (f"  {what}" if what else "")
        for place in () if cause is None else cause.places:
            yield f"    {place}"
        for group in groups_of(decision.findings):
            times = f" ({len(group.findings)})" if len(group.findings) > 1 else ""
            yield _wrapped(f"- {group.title}{times}: {group.detail}")
    for name, before, after, difference in review.cost.rows() if review.cost else ():
        yield f"  US$ per month, {name}: {before or '-'} -> {after or '-'} {difference}".rstrip()
    for note in review.cost.notes() if review.cost else ():
        yield _wrapped(note)
    for about, before, now in review.evidence:
        yield _wrapped(f"evidence, {about}: {before or 'none'} -> {now or 'none'}")
    plan = review.deployment
    if plan.steps:
        yield f"  deploy: {len(plan.steps)} stacks, about {max(1, round(plan.minutes))} minutes"
        for step in plan.steps:
            kinds = ", ".join(f"{count} {kind}" for kind, count in step.changes.items())
            forced = " (skipped without --force)" if step.stack in plan.forced else ""
            yield f"    {step.stack}: {kinds or 'order, outputs'}{forced}"
    for rename in review.renames:
        if rename.old:
            yield (
                f"  renamed: {len(rename.pairs)} resources are deleted and created again, "
                f"{rename.old} is {rename.new} now"
            )


def _colored(words: str, verdict: str, *, bold: bool = False) -> str:
    return style(words, sys.stdout, fg=_COLORS[verdict], bold=bold)


def _wrapped(words: str) -> str:
    width = min(_MAX_WIDTH, max(_MIN_WIDTH, shutil.get_terminal_size().columns))
    return textwrap.fill(
        words,
        width,
        initial_indent="    ",
        subsequent_indent="      ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def as_json_value(report: Report) -> Any:
    """Return the report for programs."""
    return {
        "base": report.base,
        "dirty": report.dirty,
        "verdict": report.verdict,
        "code": list(report.code),
        "notes": list(report.notes),
        "environments": [_as_json(one) for one in report.environments],
    }


def _as_json(review: EnvironmentReview) -> Any:
    attribution, access, plan = review.attribution, review.access, review.deployment
    return {
        "name": review.name,
        "state": review.state,
        "verdict": review.verdict,
        "notes": list(review.notes),
        "stacks": [one.stack for one in plan.steps],
        "deployment": {
            "minutes": round(plan.minutes, 1),
            "force": list(plan.forced),
            "interrupts": [
                {"what": what, "how": how, "where": where}
                for what, how, where in plan.interruptions
            ],
        },
        "cost": _cost(review.cost),
        "findings": [
            {
                "verdict": one.verdict,
                "about": one.about,
                "title": one.title,
                "where": one.where,
                "why": one.why,
                "causes": [_cause(cause) for cause in attribution.of_finding(one, access)],
            }
            for one in review.findings
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
                "causes": [_cause(cause) for cause in attribution.of_change(change)],
            }
            for change in review.changes
        ],
        "renames": [
            {
                "old": rename.old,
                "new": rename.new,
                "resources": [[one.path, other.path] for one, other in rename.pairs],
            }
            for rename in review.renames
        ],
        "access": {
            side: [vars(permission) for permission in getattr(access, side)]
            for side in ("wider", "narrower")
        },
        "checks": {
            side: [vars(one) for one in getattr(review.checks, side)]
            for side in ("added", "removed", "open")
        },
        "evidence": [
            {"about": about, "before": before, "after": now}
            for about, before, now in review.evidence
        ],
    }


def _cost(cost: CostChange | None) -> Any:
    return cost and {
        side: one and {"low": one.low, "high": one.high, "unpriced": dict(one.unpriced)}
        for side, one in (("before", cost.before), ("after", cost.after))
    }


def _cause(cause: Any) -> Any:
    return {"text": cause.text, "places": list(cause.places)}
