"""Printing for people and for programs."""

import json
import os
import sys
from collections.abc import Sequence
from typing import IO

import typer


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned columns; the first row is the headings."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def print_json(value: object) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print a table, with bold headings on a terminal."""
    headings, _, body = table(rows).partition("\n")
    print(style(headings, sys.stdout, bold=True))
    if body:
        print(body)


def print_error(message: str) -> None:
    """Print an error, in red on a terminal."""
    print(style(message, sys.stderr, fg=typer.colors.RED), file=sys.stderr)


def style(text: str, stream: IO[str], *, fg: str | None = None, bold: bool = False) -> str:
    """Return styled text if a stream is a terminal that shows colors; see https://no-color.org."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty()
    return text if plain else typer.style(text, fg=fg, bold=bold or None)
