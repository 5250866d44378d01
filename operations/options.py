"""Options that verbs share: the same words everywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stacks.selection import Selection

_FILE = re.compile(r"\.ya?ml$|[/*?\[]")


def _environment_names(incomplete: str) -> list[str]:
    """Complete the last name of a list such as `dev,sta`."""
    before, comma, last = incomplete.rpartition(",")
    names = sorted(file.stem for file in Path("environments").glob("*.yaml"))
    return [f"{before}{comma}{name}" for name in names if name.startswith(last)]


Env = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        "-e",
        metavar="NAMES",
        help="Environments, separated by commas: dev,staging. Default: all.",
        autocompletion=_environment_names,
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--files",
        "-f",
        metavar="PATHS",
        help="Settings files in place of environments/: paths, globs, or a JSON list.",
    ),
]
Selected = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ENV|FILE]...",
        help="Environments, as with --env, or settings files, as with --files.",
        show_default=False,
        autocompletion=_environment_names,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def select(env: list[str] | None, files: list[str] | None, selected: list[str] | None) -> Selection:
    """Return what the options and arguments select; an argument with `.yaml` or `/` is a file.

    Raises:
        SettingsError: both names and files are given, or a glob matches no file.
    """
    # Imported here, as by all verbs: the help must not wait for the settings.
    from stacks.selection import Selection

    given = selected or []
    paths = [one for one in given if _FILE.search(one)]
    return Selection.parse(
        [*(env or ()), *(one for one in given if one not in paths)], [*(files or ()), *paths]
    )
