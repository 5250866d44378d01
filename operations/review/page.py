"""The report as one HTML page without anything from elsewhere."""

import html
from collections.abc import Iterator, Sequence

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

STYLE = """
:root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a; --page: #fff;
  --card: #f6f8fa; --line: #d0d7de; --safe: #1a7f37; --look: #9a6700; --danger: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9da7b3; --page: #0d1117;
  --card: #161b22; --line: #30363d; --safe: #3fb950; --look: #d29922; --danger: #f85149; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 75rem; color: var(--text);
  background: var(--page); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p, ul { margin: .5rem 0; } ul { padding-left: 1.2rem; } li { margin: .2rem 0; }
.soft { color: var(--soft); }
code { font: .875em ui-monospace, monospace; background: var(--card); padding: .1em .3em;
  border-radius: .3em; }
.verdict { font-weight: 600; } .safe { color: var(--safe); } .look { color: var(--look); }
.dangerous { color: var(--danger); }
nav a { color: inherit; margin-right: 1rem; white-space: nowrap; }
.decision { border: 1px solid var(--line); border-left: .35rem solid var(--safe);
  border-radius: .4rem; padding: .6rem .9rem; margin: .7rem 0; }
.decision.look { border-left-color: var(--look); }
.decision.dangerous { border-left-color: var(--danger); }
.decision, .decision * { color: var(--text); } .decision .soft { color: var(--soft); }
.decision > header { display: flex; justify-content: space-between; gap: 1rem; }
.decision .places { font-size: .875rem; text-align: right; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0;
  border-bottom: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0;
  padding: .4rem .9rem; }
summary { cursor: pointer; }
figure { margin: 1rem 0; overflow-x: auto; }
@media (max-width: 40rem) { .decision > header { flex-direction: column-reverse; gap: 0; }
  .decision .places { text-align: left; }
  th { display: none; } tr { display: block; border-bottom: 1px solid var(--line); }
  td { display: block; border: 0; padding: .15rem 0; } }
"""
_CLASSES = {"safe": "safe", "look at these": "look", "dangerous": "dangerous"}


def page(report: Report) -> str:
    """Return the whole report as a page."""
    body = [*_head(report)]
    for one in report.environments:
        body += _environment(one)
    content = "\n".join(body)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Review: {_text(report.verdict)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{content}\n</body>\n</html>\n"
    )


def _head(report: Report) -> Iterator[str]:
    yield f"<h1>Review: {_verdict(report.verdict)}</h1>"
    dirty = ", including changes that are not committed" if report.dirty else ""
    yield (
        f'<p class="soft">Compared offline with {_code(report.base)}{dirty}. '
        "Resources that were created outside of the stacks are not compared.</p>"
    )
    if report.code:
        yield f"<p>Changed apart from the settings: {', '.join(map(_code, report.code))}.</p>"
    for note in report.notes:
        yield f"<p>{_marked(note)}</p>"
    links = (
        f'<a href="#{_text(one.name)}">{_text(one.name)}: '
        f"{_verdict('no change' if one.state == 'same' else one.verdict)}</a>"
        for one in report.environments
    )
    yield f"<nav>{' '.join(links)}</nav>"


def _environment(review: EnvironmentReview) -> Iterator[str]:
    yield f'<section id="{_text(review.name)}">'
    yield f"<h2>{_text(review.name)}: {_text(review.headline)}</h2>"
    for note in review.notes:
        yield f"<p>{_marked(note)}</p>"
    if review.state != "same":
        counts = ", ".join(f"{count} {kind}" for kind, count in review.counts.items())
        edits = f"{review.edits} settings change" if review.edits != 1 else "1 setting changes"
        yield f'<p class="soft">{edits}. Resources: {_text(counts or "no change")}.</p>'
        for number, decision in enumerate(review.decisions(), 1):
            yield _decision(number, decision)
        if review.picture:
            yield f"<h3>Picture</h3><figure>{review.picture}</figure>"
        if review.cost is not None:
            yield from _cost(review.cost)
        yield from _deployment(review)
        yield from _details(review)
    yield "</section>"


def _decision(number: int, decision: Decision) -> str:
    verdict = VERDICTS[decision.rank]
    cause = decision.cause
    what = "" if cause is None else _code(cause.text) if cause.places else "code"
    places = "" if cause is None else "<br>".join(map(_code, cause.places))
    parts = [
        f'<article class="decision {_CLASSES[verdict]}"><header>',
        f'<div><span class="soft">{number} · {_text(verdict)}</span> {what}</div>',
        f'<div class="places">{places}</div></header><ul>',
    ]
    for group in groups_of(decision.findings):
        times = f" ({len(group.findings)})" if len(group.findings) > 1 else ""
        item = f"<strong>{_text(group.title)}</strong>{times}: {_marked(group.detail)}"
        if len(group.findings) > 3:
            rows = "".join(
                f"<li>{_code(one.where)}: {_marked(one.why)}</li>" for one in group.findings
            )
            item += (
                f"<details><summary>All {len(group.findings)}</summary><ul>{rows}</ul></details>"
            )
        parts.append(f"<li>{item}</li>")
    return "".join([*parts, "</ul></article>"])


def _cost(cost: CostChange) -> Iterator[str]:
    heads = "".join(f"<th>{_text(one)}</th>" for one in HEADINGS)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in cost.rows()
    )
    yield f"<h3>Cost</h3><table><tr>{heads}</tr>{rows}</table>"
    for note in cost.notes():
        yield f'<p class="soft">{_text(note)}</p>'


def _deployment(review: EnvironmentReview) -> Iterator[str]:
    plan = review.deployment
    if not plan.steps:
        return
    yield "<h3>Deploy</h3>"
    yield (
        f"<p>{len(plan.steps)} stacks, about {max(1, round(plan.minutes))} minutes, in this "
        "order:</p><table><tr><th>Stack</th><th>About</th><th>Changes</th></tr>"
    )
    for step in plan.steps:
        kinds = ", ".join(f"{count} {kind}" for kind, count in step.changes.items())
        forced = " <strong>skipped without --force</strong>" if step.stack in plan.forced else ""
        minutes = "under a minute" if step.minutes < 1 else f"{step.minutes:.0f} min"
        yield (
            f"<tr><td>{_code(step.stack)}</td><td>{minutes}</td>"
            f"<td>{_text(kinds or 'order, outputs')}{forced}</td></tr>"
        )
    yield "</table>"
    noticed = dict.fromkeys(
        f"<li>{_marked(how)} ({_code(where)})</li>" for _, how, where in plan.interruptions
    )
    if noticed:
        yield f"<p>What people notice:</p><ul>{''.join(noticed)}</ul>"
    else:
        yield "<p>Nothing that people use is interrupted.</p>"


def _details(review: EnvironmentReview) -> Iterator[str]:
    yield "<h3>All changes</h3>"
    for title, found in (
        ("May do more", review.access.wider),
        ("May do less", review.access.narrower),
    ):
        if found:
            yield _folded(f"{title}: {len(found)} permissions", map(_permission, found))
    for title, groups in (
        ("Findings of checks newly accepted", review.checks.added),
        ("Findings of checks no longer accepted", review.checks.removed),
    ):
        if groups:
            rows = (
                f"{_text(one.reason)} {' '.join(map(_code, one.rules))}: "
                f"{', '.join(map(_code, one.constructs))}"
                for one in groups
            )
            yield _folded(f"{title}: {len(groups)} reasons", rows)
    if review.evidence:
        rows = (
            f"{_text(about)}: {_text(before or 'none')} → {_text(now or 'none')}"
            for about, before, now in review.evidence
        )
        yield _folded(f"Evidence for auditors: {len(review.evidence)} changes", rows)
    renamed = {key for one in review.renames for key in one.keys}
    for rename in review.renames:
        title = (
            f"{rename.old} is {rename.new} now: {len(rename.pairs)} resources are deleted and "
            "created again"
            if rename.old
            else f"{len(rename.pairs)} resources are deleted and created under other ids"
        )
        rows = (f"{_code(one.path)} → {_code(other.path)}" for one, other in rename.pairs)
        yield _folded(title, rows)
    by_stack: dict[str, list[Change]] = {}
    for change in review.changes:
        if change.key not in renamed:
            by_stack.setdefault(change.key.stack, []).append(change)
    for stack, changes in by_stack.items():
        rows = (_change(one, review) for one in changes)
        yield _folded(f"{review.name}/{stack}: {len(changes)} changes", rows)


def _permission(one: Permission) -> str:
    return f"{_code(one.who)} {_text(str(one))} ({one.level})"


def _change(change: Change, review: EnvironmentReview) -> str:
    causes = review.attribution.of_change(change)
    places = dict.fromkeys(place for one in causes for place in (one.places or ("code",)))
    because = f" ← {', '.join(map(_code, places))}" if places else ""
    detail = change_text(change)
    shown = f": {_text(detail)}" if detail else ""
    kind, what = _text(change.kind), _text(change.type)
    return f"<strong>{kind}</strong> {what} {_code(change.path)}{shown}{because}"


def _folded(title: str, rows: "Sequence[str] | Iterator[str] | map[str]") -> str:
    items = "".join(f"<li>{one}</li>" for one in rows)
    return f"<details><summary>{_text(title)}</summary><ul>{items}</ul></details>"


def _verdict(verdict: str) -> str:
    return f'<span class="verdict {_CLASSES.get(verdict, "safe")}">{_text(verdict)}</span>'


def _text(value: str) -> str:
    return html.escape(value)


def _code(value: str) -> str:
    return f"<code>{html.escape(value)}</code>"


def _marked(value: str) -> str:
    """Return text in which pairs of backticks mark code."""
    parts = value.split("`")
    if len(parts) % 2 == 0:
        return _text(value)
    return "".join(_code(one) if index % 2 else _text(one) for index, one in enumerate(parts))
