"""Settings files with one fault each, and what is said about them."""

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from stacks.loading import SettingsError, load_environments

BASE = """\
name: base
account: "123456789012"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
network:
  cidr: 10.0.0.0/16
  availability_zones: [eu-west-1a, eu-west-1b]
"""

# Marks the line at which the fault is to be reported.
HERE = "# HERE"


@dataclass(frozen=True)
class Bad:
    """A settings file with one fault."""

    id: str
    text: str
    path: str
    """Path of the key at fault."""
    got: str | None
    """The value as it is shown; None where there is none to show."""
    right: str
    """Part of what would be right."""


def changed(id: str, old: str, new: str, *, path: str, got: str | None, right: str) -> Bad:
    assert BASE.count(old) == 1
    return Bad(id, BASE.replace(old, new), path, got, right)


def added(id: str, block: str, *, path: str, got: str | None, right: str) -> Bad:
    return Bad(id, BASE + dedent(block), path, got, right)


def with_defaults(lines: str, **defaults: str) -> str:
    """Return the lines of a block, and after them the defaults whose keys they lack."""
    body = dedent(lines).strip()
    given = {line.split(":")[0] for line in body.splitlines()}
    rest = [f"{key}: {value}" for key, value in defaults.items() if key not in given]
    return "\n".join([body, *rest]).strip() + "\n"


def write(folder: Path, text: str, name: str = "base") -> str:
    file = folder / f"{name}.yaml"
    file.write_text(text, "utf-8")
    return str(file)


def faults(*files: str) -> list[str]:
    """Load files that cannot be loaded, and return the lines of the message."""
    with pytest.raises(SettingsError) as caught:
        load_environments(files=files)
    return str(caught.value).splitlines()


def line_of_mark(text: str) -> int:
    assert text.count(HERE) == 1
    return text[: text.index(HERE)].count("\n") + 1


def check(bad: Bad, tmp_path: Path) -> None:
    """Load a bad file: it is told in one line, with place, value and what is right."""
    file = write(tmp_path, bad.text)

    [message] = faults(file)

    start = f"{file}:{line_of_mark(bad.text)}: {bad.path}: "
    assert message.startswith(start)
    sentence = message.removeprefix(start)
    if bad.got is None:
        assert "got " not in sentence
    else:
        assert sentence.startswith(f"got {bad.got}")
    assert bad.right in sentence
