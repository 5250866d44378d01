"""The prices of a checkout: those that are shipped, and the team's own in their place."""

from pathlib import Path

from sagemaker_platform.catalog import PriceFileError, PriceList
from stacks.loading import SettingsError

OWN_PRICES = Path("custom/prices.csv")
"""Prices of the team, which `sagemaker-platform prices` renews."""


def prices() -> PriceList:
    """Return the prices of the checkout.

    Raises:
        SettingsError: the team's file is invalid.
    """
    shipped = PriceList.shipped()
    if not OWN_PRICES.exists():
        return shipped
    try:
        return shipped.overridden_by(OWN_PRICES)
    except PriceFileError as error:
        raise SettingsError(str(error)) from None
