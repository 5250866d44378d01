"""List prices of instances that serve models, as far as they are recorded."""

from collections.abc import Mapping
from functools import cache

from sagemaker_platform.catalog.table import rows


def hosting_price(instance_type: str, region: str) -> float | None:
    """Return the list price of an instance in US dollars per hour; None if it is unknown.

    Args:
        instance_type: with ``ml.``.
        region: AWS region.
    """
    return _prices().get((instance_type, region))


@cache
def _prices() -> Mapping[tuple[str, str], float]:
    return {
        (row["instance_type"], row["region"]): float(row["usd_per_hour"])
        for row in rows("prices.csv")
    }
