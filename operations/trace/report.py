"""Renders a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from operations import output
from operations.assembly import Json
from operations.trace.hop import Hop


def table(hops: Sequence[Hop]) -> str:
    """Return a trace as a table, and how many hops are unknown."""
    rows = [(one.of, one.hop, one.value or "unknown", one.detail) for one in hops]
    missing = sum(one.value is None for one in hops)
    found = f"{len(hops) - missing} hops known, {missing} unknown"
    return f"{output.table([('of', 'hop', 'value', 'detail'), *rows])}\n{found}"


def as_json(endpoint: str, hops: Sequence[Hop]) -> Json:
    """Return a trace for programs."""
    return {
        "endpoint": endpoint,
        "complete": all(one.value is not None for one in hops),
        "hops": [asdict(one) for one in hops],
    }
