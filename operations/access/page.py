"""Renders who can do what as a page of the documentation."""

import re
from collections.abc import Iterable, Mapping, Sequence

from operations.access.matrix import Entry, Judgment
from operations.access.report import CELLS

_MARKS = {Judgment.BROKEN: "!", Judgment.LEAK: "!"}


def render_page(entries: Sequence[Entry], introduction: str) -> str:
    """Return a page in Markdown: a table of tasks and personas for each area.

    A cell has the results of all environments, in their order, or one if they agree.

    Args:
        entries: what was decided.
        introduction: the page up to the first table.
    """
    environments = list(dict.fromkeys(entry.environment for entry in entries))
    personas = list(dict.fromkeys(entry.persona for entry in entries))
    parts = [introduction.rstrip()]
    for area in dict.fromkeys(entry.area for entry in entries):
        results: dict[str, dict[tuple[str, str], str]] = {}
        for entry in entries:
            if entry.area == area:
                place = (entry.persona, entry.environment)
                results.setdefault(_title(entry), {})[place] = _cell(entry)
        rows = [["Task", *personas], ["---"] * (len(personas) + 1)]
        rows += [
            [task, *(_joined(found, persona, environments) for persona in personas)]
            for task, found in results.items()
        ]
        parts += [f"## {area}", "\n".join(f"| {' | '.join(row)} |" for row in rows)]
    return "\n\n".join(parts) + "\n"


def _title(entry: Entry) -> str:
    """Return the task, without what only one environment has."""
    task = re.sub(r" arn:\S+", "", entry.task)
    return task.replace(f"{entry.environment}-", "&lt;environment&gt;-")


def _cell(entry: Entry) -> str:
    return CELLS[entry.decision] + _MARKS.get(entry.judgment, "")


def _joined(found: Mapping[tuple[str, str], str], persona: str, environments: Iterable[str]) -> str:
    cells = [found.get((persona, environment), "-") for environment in environments]
    return cells[0] if len(set(cells)) == 1 else " / ".join(cells)
