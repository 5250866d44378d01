"""Stories: what a person runs, and what must become of each step."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from operations.access.check import Decision

_STEP = re.compile(r"^# %% (?P<title>.+?) -> (?P<expected>.+)$")
FOLDER = Path(__file__).parents[1]


@dataclass(frozen=True)
class Step:
    """One cell of a story.

    Attributes:
        title: what it does.
        code: the client code.
        line: where the code begins.
        expected: what must become of it, by environment; ``""`` for all others.
    """

    title: str
    code: str
    line: int
    expected: Mapping[str, Decision]

    def expected_in(self, environment: str) -> Decision:
        """Return what must become of the step in an environment."""
        return self.expected.get(environment, self.expected[""])


@dataclass(frozen=True)
class Story:
    """Client code, as a person runs it.

    Attributes:
        path: its file.
        persona: name of the persona.
        clients: the locked environment with the clients.
        environments: where it runs.
        defaults: whether the files are there that a space of Studio has from the platform.
        steps: its cells.
    """

    path: Path
    persona: str
    clients: str
    environments: Sequence[str]
    defaults: bool
    steps: Sequence[Step]

    @property
    def name(self) -> str:
        """Name of its file."""
        return self.path.stem


def read_story(path: Path) -> Story:
    """Read a story: a header in YAML after the first line of the docstring, then cells.

    Raises:
        ValueError: the file has no header or no steps, or one without a verdict.
    """
    text = path.read_text("utf-8")
    _, _, header = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")
    given = YAML(typ="safe").load(header)
    if not isinstance(given, dict):
        raise ValueError(f"{path}: must begin with a docstring that has a header")
    steps = list(_steps(path, text))
    if not steps:
        raise ValueError(f"{path}: must have a step")
    return Story(
        path,
        given["persona"],
        given["clients"],
        given["environments"],
        given.get("defaults", True),
        steps,
    )


def stories() -> list[Story]:
    """Return all stories."""
    return [
        read_story(path)
        for path in sorted(FOLDER.glob("*.py"))
        if not path.name.startswith("test_")
    ]


def _steps(path: Path, text: str) -> "list[Step]":
    lines = text.splitlines()
    marks = [number for number, line in enumerate(lines) if line.startswith("# %%")]
    found = []
    for start, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        match = _STEP.match(lines[start])
        if match is None:
            raise ValueError(f"{path}:{start + 1}: must be `# %% TITLE -> VERDICT`")
        code = "\n".join(lines[start + 1 : end])
        found.append(Step(match["title"], code, start + 1, _expected(match["expected"])))
    return found


def _expected(text: str) -> dict[str, Decision]:
    found = {}
    for part in text.split(", "):
        place, _, verdict = part.rpartition(": ")
        found[place] = Decision(verdict)
    return found
