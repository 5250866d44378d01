"""Reading the tables that are checked in next to the code."""

import csv
from collections.abc import Iterator, Mapping
from importlib import resources


def rows(name: str) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table by its columns, without the comments above it."""
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
