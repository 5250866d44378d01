"""The evidence as Markdown, as one HTML page, and as CSV."""

import csv
import html
import io
from collections.abc import Iterator, Mapping, Sequence

from operations.evidence.evidence import Evidence
from operations.evidence.sections import Cell, Section, sections, signature
from operations.review.page import STYLE

_TITLE = "Compliance evidence"
_STATES = {
    "open": "dangerous",
    "acknowledged": "look",
    "satisfied": "safe",
    "not classified": "look",
}
# Names in a cell of Markdown, which has no way to fold them; the page and the CSV have all.
_SHOWN = 6
_MORE_STYLE = """
body { max-width: 100rem; }
table { font-size: .875rem; } th { position: sticky; top: 0; background: var(--page); }
.scroll { overflow-x: auto; } td, th { overflow-wrap: break-word; }
td ul { margin: 0; padding-left: 1rem; }
"""


def markdown(found: Sequence[Evidence]) -> str:
    """Return the evidence as Markdown; long lists are shortened."""
    lines = [f"# {_TITLE}"]
    for one in found:
        lines += ["", f"## {_plain(one.environment)}", ""]
        lines += [f"- {name}: `{value}`" for name, value in signature(one)]
        for section in sections(one):
            lines += ["", f"### {section.title}", "", section.text, ""]
            lines += _markdown_table(section) if section.rows else ["None."]
    return "\n".join(lines) + "\n"


def _markdown_table(section: Section) -> Iterator[str]:
    yield f"| {' | '.join(section.headings)} |"
    yield f"|{'---|' * len(section.headings)}"
    for row in section.rows:
        yield f"| {' | '.join(_plain(_short(cell)) for cell in row)} |"


def _short(cell: Cell) -> str:
    if isinstance(cell, str | int):
        return str(cell)
    more = len(cell) - _SHOWN
    return ", ".join(cell[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def page(found: Sequence[Evidence]) -> str:
    """Return the evidence as a page without anything from elsewhere."""
    links = "".join(
        f'<a href="#{_text(one.environment)}">{_text(one.environment)}</a>' for one in found
    )
    body = "\n".join(line for one in found for line in _environment(one))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_TITLE}</title>\n<style>{STYLE}{_MORE_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{_TITLE}</h1>\n<nav>{links}</nav>\n{body}\n</body>\n</html>\n"
    )


def _environment(evidence: Evidence) -> Iterator[str]:
    name = _text(evidence.environment)
    yield f'<section id="{name}">'
    yield f"<h2>{name}</h2>"
    rows = "".join(
        f"<li>{_text(key)}: <code>{_text(value)}</code></li>" for key, value in signature(evidence)
    )
    yield f'<ul class="soft">{rows}</ul>'
    for section in sections(evidence):
        title, inner = _text(section.title), f"<p>{_marked(section.text)}</p>{_table(section)}"
        if section.folded:
            yield f"<details><summary>{title} ({len(section.rows)})</summary>{inner}</details>"
        else:
            yield f"<h3>{title}</h3>{inner}"
    yield "</section>"


def _table(section: Section) -> str:
    if not section.rows:
        return "<p>None.</p>"
    heads = "".join(f"<th>{_text(one)}</th>" for one in section.headings)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in section.rows)
    return f'<div class="scroll"><table><tr>{heads}</tr>{rows}</table></div>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, str | int):
        text = str(cell)
        style = f' class="verdict {_STATES[text]}"' if text in _STATES else ""
        return f"<td{style}>{_marked(text)}</td>"
    if len(cell) <= _SHOWN:
        return f"<td>{'<br>'.join(map(_text, cell))}</td>"
    items = "".join(f"<li>{_text(one)}</li>" for one in cell)
    return f"<td><details><summary>{len(cell)}</summary><ul>{items}</ul></details></td>"


def _text(value: str) -> str:
    return html.escape(value)


def _marked(value: str) -> str:
    """Return text in which pairs of backticks mark code."""
    parts = value.split("`")
    if len(parts) % 2 == 0:
        return _text(value)
    return "".join(
        f"<code>{_text(one)}</code>" if index % 2 else _text(one) for index, one in enumerate(parts)
    )


def as_csv(found: Sequence[Evidence]) -> str:
    """Return the evidence as one table with all columns; names in a cell have lines of their own.

    Each row says of which environment, commit and templates it is, and which section it is in.
    """
    records = [
        {
            "environment": one.environment,
            "commit": one.signature.commit,
            "dirty": str(one.signature.dirty).lower(),
            "templates_sha256": one.signature.templates,
            "section": section.key,
            **dict(zip(section.headings, map(_lines, row), strict=True)),
        }
        for one in found
        for section in sections(one)
        for row in section.rows
    ]
    return _written(records)


def _lines(cell: Cell) -> str:
    return str(cell) if isinstance(cell, str | int) else "\n".join(cell)


def _written(records: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    columns = list(dict.fromkeys(key for one in records for key in one))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


FORMATS = {"markdown": (markdown, "md"), "html": (page, "html"), "csv": (as_csv, "csv")}
"""How to write each format, and the suffix of its file."""
