"""The report as Markdown, for a comment of a pull request."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from operations.review.access import Permission
from operations.review.cost import HEADINGS, CostChange
from operations.review.difference import Change
from operations.review.model import (
    Decision,
    EnvironmentReview,
    Report,
    change_text,
    groups_of,
)
from operations.review.verdict import VERDICTS

MARKER = "<!-- sagemaker-platform review -->"
MARKS = {"safe": "🟩", "look at these": "🟧", "dangerous": "🟥"}
# GitHub takes 65,536 characters in a comment. Bytes are counted, which are never fewer.
MAX_BYTES = 60_000
_MAX_CELL = 900
_MAX_LINE = 500
_MAX_LINES = 120
_SPECIAL = re.compile(r"[*_\[\]@#|~\\!]")
_LEFT_OUT = (
    "_Parts of this report are left out, because a comment has a maximum size. The artifact "
    "`review` of the workflow has the whole report, and `make review` shows it._"
)


@dataclass
class _Block:
    """A part of the report that is complete in itself.

    Attributes:
        priority: what is left out last has the lowest.
        text: Markdown.
    """

    priority: int
    text: str


def markdown(report: Report, *, max_bytes: int = MAX_BYTES) -> str:
    """Return the report; parts that do not fit are left out, the least important first.

    Args:
        report: what a review found.
        max_bytes: the largest size.
    """
    blocks = [_Block(0, _head(report))]
    for one in report.environments:
        blocks += _environment(one)
    kept = _fit(blocks, max_bytes - len(_LEFT_OUT.encode()) - 10)
    texts = [block.text for block in blocks if id(block) in kept]
    if len(kept) < len(blocks):
        texts.append(f"\n{_LEFT_OUT}")
    return "\n".join(texts) + "\n"


def _fit(blocks: Sequence[_Block], size: int) -> set[int]:
    kept: set[int] = set()
    for block in sorted(blocks, key=lambda one: one.priority):
        length = len(block.text.encode()) + 1
        if length <= size:
            kept.add(id(block))
            size -= length
    return kept


def _head(report: Report) -> str:
    lines = [
        f"{MARKER}\n## {MARKS[report.verdict]} Review: {report.verdict}",
        "",
        f"Compared offline with {_code(report.base)}"
        + (", including changes that are not committed" if report.dirty else "")
        + ". Resources that were created outside of the stacks are not compared.",
    ]
    if report.code:
        shown = ", ".join(map(_code, report.code[:8]))
        more = f" and {len(report.code) - 8} more" if len(report.code) > 8 else ""
        lines += ["", f"Changed apart from the settings: {shown}{more}."]
    lines += [f"\n> {_plain(note)}" for note in report.notes]
    return "\n".join(lines)


def _environment(review: EnvironmentReview) -> Iterator[_Block]:
    title = f"\n### {MARKS[review.verdict]} {_plain(review.name)}: {review.headline}"
    if review.state == "same":
        yield _Block(2, title + "".join(f"\n\n> {_plain(one)}" for one in review.notes))
        return
    yield _Block(1, f"{title}\n\n{_summary(review)}")
    decisions = review.decisions()
    if decisions:
        yield _Block(1, "\n| # | decide | what follows | line |\n|---|---|---|---|")
    for number, decision in enumerate(decisions, 1):
        yield _Block(5 - decision.rank, _row(number, decision))
    if review.cost is not None:
        yield _Block(4, _cost(review.cost))
    if review.deployment.steps:
        yield _Block(6, _deployment(review))
    if review.access.wider or review.access.narrower:
        yield _Block(8, _permissions(review))
    if review.checks.added or review.checks.removed:
        yield _Block(9, _checks(review))
    if review.evidence:
        yield _Block(8, _evidence(review))
    for text in _changes(review):
        yield _Block(7, text)


def _summary(review: EnvironmentReview) -> str:
    counts = ", ".join(f"{count} {kind}" for kind, count in review.counts.items())
    stacks = len({one.key.stack for one in review.changes})
    edits = f"{review.edits} settings change" if review.edits != 1 else "1 setting changes"
    text = f"{edits}. Resources: {counts or 'no change'}" + (
        f", in {stacks} stacks." if stacks else "."
    )
    about = {one.about for one in review.findings}
    quiet = [
        words
        for topic, words in (
            ("data", "data replaced or deleted"),
            ("permissions", "permissions changed"),
            ("network", "network opened"),
            ("protection", "encryption, logging, retention or alarms lost"),
            ("checks", "findings of checks accepted"),
        )
        if topic not in about
    ]
    if quiet and review.state == "changed":
        text += f" Nothing found of: {'; '.join(quiet)}."
    return text + "".join(f"\n\n> {_plain(one)}" for one in review.notes)


def _row(number: int, decision: Decision) -> str:
    cause = decision.cause
    what = "—" if cause is None else _code(_cut(cause.text, 300)) if cause.places else "code"
    places = "" if cause is None else "<br>".join(_code(one) for one in cause.places[:6])
    parts = []
    for group in groups_of(decision.findings):
        times = f" ({len(group.findings)})" if len(group.findings) > 1 else ""
        parts.append(f"**{_plain(group.title)}**{times}: {_plain(_cut(group.detail, _MAX_CELL))}")
    follows = "<br>".join(parts[:12])
    if len(parts) > 12:
        follows += f"<br>and {len(parts) - 12} more kinds of findings"
    return f"| {number} | {MARKS[VERDICTS[decision.rank]]} {what} | {follows} | {places} |"


def _cost(cost: CostChange) -> str:
    lines = ["", f"| {' | '.join(HEADINGS)} |", "|---|---:|---:|---:|"]
    lines += [f"| {' | '.join(row)} |" for row in cost.rows()]
    return "\n".join([*lines, *(f"\n{_plain(_cut(note, _MAX_CELL))}" for note in cost.notes())])


def _deployment(review: EnvironmentReview) -> str:
    plan = review.deployment
    lines = [
        "",
        f"**Deploy:** {len(plan.steps)} stacks, about {max(1, round(plan.minutes))} minutes.",
        "",
        "| stack | about | changes |",
        "|---|---|---|",
    ]
    for step in plan.steps[:60]:
        kinds = ", ".join(f"{count} {kind}" for kind, count in step.changes.items())
        forced = " **skipped without `--force`**" if step.stack in plan.forced else ""
        minutes = "under a minute" if step.minutes < 1 else f"{step.minutes:.0f} min"
        lines.append(f"| {_code(step.stack)} | {minutes} | {kinds or 'order, outputs'}{forced} |")
    if len(plan.steps) > 60:
        lines.append(f"| and {len(plan.steps) - 60} more | | |")
    interrupted = [f"- {_plain(how)} ({_code(where)})" for what, how, where in plan.interruptions]
    if interrupted:
        lines += ["", "What people notice:", "", *dict.fromkeys(interrupted[:20])]
        if len(interrupted) > 20:
            lines.append(f"- and {len(interrupted) - 20} more")
    else:
        lines += ["", "Nothing that people use is interrupted."]
    return "\n".join(lines)


def _permissions(review: EnvironmentReview) -> str:
    access = review.access
    count = len(access.wider) + len(access.narrower)
    lines = _listed("May do more", access.wider) + _listed("May do less", access.narrower)
    return _folded(f"Permissions: {count} changes", lines)


def _listed(title: str, permissions: Sequence[Permission]) -> list[str]:
    lines = [
        f"- {title}: {_code(one.who)} {_plain(_cut(str(one), _MAX_LINE))} ({one.level})"
        for one in permissions
    ]
    return _first(lines)


def _checks(review: EnvironmentReview) -> str:
    lines = [
        f"- {verb}: {_plain(_cut(one.reason, _MAX_LINE))} ({', '.join(map(_code, one.rules[:4]))} "
        f"at {len(one.constructs)} constructs)"
        for verb, found in (
            ("newly accepted", review.checks.added),
            ("no longer accepted", review.checks.removed),
        )
        for one in found
    ]
    return _folded("Findings of checks that are accepted", _first(lines))


def _evidence(review: EnvironmentReview) -> str:
    lines = [
        f"- {_plain(about)}: {_plain(before or 'none')} → {_plain(now or 'none')}"
        for about, before, now in review.evidence
    ]
    return _folded(f"Evidence for auditors: {len(lines)} changes", _first(lines))


def _changes(review: EnvironmentReview) -> Iterator[str]:
    renamed = {key for one in review.renames for key in one.keys}
    lines = []
    for rename in review.renames:
        what = f"{_code(rename.old)} is {_code(rename.new)} now" if rename.old else "other ids"
        lines.append(
            f"- **deleted and created under another name**: {len(rename.pairs)} resources, {what}"
        )
    if lines:
        yield _folded(f"Renamed: {len(renamed) // 2} resources", _first(lines))
    by_stack: dict[str, list[Change]] = {}
    for change in review.changes:
        if change.key not in renamed:
            by_stack.setdefault(change.key.stack, []).append(change)
    for stack, changes in by_stack.items():
        lines = [_change(one, review) for one in changes]
        yield _folded(f"Changes in {review.name}/{stack}: {len(changes)}", _first(lines))


def _change(change: Change, review: EnvironmentReview) -> str:
    causes = review.attribution.of_change(change)
    places = [place for one in causes for place in (one.places or ("code",))]
    because = f" ← {', '.join(map(_code, dict.fromkeys(places)))}" if places else ""
    detail = _cut(change_text(change), _MAX_LINE)
    shown = f": {_plain(detail)}" if detail else ""
    return f"- **{change.kind}** {change.type} {_code(change.path)}{shown}{because}"


def _first(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MAX_LINES
    return [*lines[:_MAX_LINES], *([f"- and {more} more"] if more > 0 else [])]


def _folded(title: str, lines: Sequence[str]) -> str:
    inner = "\n".join(lines)
    return f"\n<details><summary>{html.escape(title)}</summary>\n\n{inner}\n\n</details>"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _code(text: str) -> str:
    """Return text as code, which has no markup."""
    clean = " ".join(text.replace("`", "'").split()).replace("|", "\\|")
    return f"`{clean}`" if clean else ""


def _plain(text: str) -> str:
    """Return text without the markup that it may hold by accident; backticks still mark code."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:
        parts = ["'".join(parts)]
    return "".join(_code(part) if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", html.escape(text, quote=False))
