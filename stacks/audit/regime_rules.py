"""How long regimes ask to keep records."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def regime_days() -> Mapping[str, int]:
    """Return the days that each regime asks for."""
    text = Path(__file__).with_name("regimes.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["regime"]: int(row["days"]) for row in rows}
