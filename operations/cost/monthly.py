"""The cost of the environments of a cloud assembly, for a review."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sagemaker_platform.catalog import PriceList
from sagemaker_platform.costs import CostedStage, Estimate, estimate, read_stages


@dataclass(frozen=True)
class Monthly:
    """What an environment costs per month, in US dollars.

    Attributes:
        low: what runs in any case and is priced.
        high: the same at the maximum of autoscaling.
        unpriced: what runs in any case and has no price, with how many of it at most.
    """

    low: float
    high: float
    unpriced: Mapping[str, float] = field(default_factory=dict)

    def difference(self, before: "Monthly") -> tuple[float, float] | None:
        """Return how much more it costs than before, at the minimum and at the maximum.

        None if what is unpriced differs: a priced instance that becomes an unpriced one would
        look like a saving.
        """
        if self.unpriced != before.unpriced:
            return None
        return self.low - before.low, self.high - before.high


def monthly(assembly: Path, prices: PriceList | None = None) -> dict[str, Monthly]:
    """Return what each environment of a cloud assembly costs per month.

    Args:
        assembly: folder of the cloud assembly.
        prices: the prices. Defaults to those of the checkout.
    """
    return {
        stage.name: Monthly(found.low, found.high, found.unpriced_texts)
        for stage in read_stages(assembly)
        for found in [estimate_stage(stage, prices)]
    }


def estimate_stage(
    stage: CostedStage, prices: PriceList | None = None, region: str | None = None
) -> Estimate:
    """Estimate the cost of an environment with its own discounts.

    Args:
        stage: the environment.
        prices: the prices. Defaults to those of the checkout.
        region: region whose prices are used. Defaults to that of the environment.
    """
    if prices is None:
        from stacks.prices import prices as own_prices

        prices = own_prices()
    return estimate(stage.stacks, prices=prices, discounts=stage.budget.discounts, region=region)
