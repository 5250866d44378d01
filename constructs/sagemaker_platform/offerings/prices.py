"""List prices of instances that serve models, as far as they are recorded."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources


def hosting_price(instance_type: str, region: str) -> float | None:
    """Return the list price of an instance in US dollars per hour; None if it is unknown.

    Args:
        instance_type: with ``ml.``.
        region: AWS region.
    """
    return _prices().get((instance_type, region))


@cache
def _prices() -> Mapping[tuple[str, str], float]:
    text = resources.files(__package__).joinpath("prices.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {
        (row["instance_type"], row["region"]): float(row["usd_per_hour"])
        for row in csv.DictReader(lines)
    }
