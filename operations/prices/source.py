"""Fetches AWS's price list: offer files without credentials, or the Pricing API with them."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from operations.prices.file_systems import FSX
from operations.prices.offer import (
    SAGEMAKER,
    OfferError,
    Product,
    product_of_api,
    products_of_offer,
    usage_types,
)

_HOST = "https://pricing.us-east-1.amazonaws.com"
# Its file has 440 MB a region (2026-09), so it is read through the API only.
_LARGE = "AmazonEC2"
_TIMEOUT_SECONDS = 120

Fetch = Callable[[str], str]
"""Returns the text at an address."""


def offers() -> list[str]:
    """Return the codes of the offers that have prices of the catalog."""
    return [SAGEMAKER, FSX, *sorted({offer for offer, _ in usage_types()})]


def address(offer: str, region: str) -> str:
    """Return the address of an offer file.

    AWS: "Reading the service price list files" in the billing guide.
    """
    return f"{_HOST}/offers/v1.0/aws/{offer}/current/{region}/index.json"


def fetch(url: str) -> str:
    """Return the text at an address.

    Raises:
        OfferError: it cannot be fetched.
    """
    try:
        # The addresses above, never one of a user.
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
            text: str = response.read().decode("utf-8")
            return text
    except (urllib.error.URLError, TimeoutError, UnicodeDecodeError) as error:
        raise OfferError(
            f"{url}: cannot be fetched: {error}. Fix: use --api with credentials that allow "
            "pricing:GetProducts, or download the file elsewhere and give it with --offer"
        ) from None


def products_by_file(regions: Iterable[str], get: Fetch = fetch) -> Iterator[Product]:
    """Yield the products of all offers but EC2's, whose file is too large.

    Args:
        regions: regions of interest.
        get: returns the text at an address.
    """
    for region in regions:
        for offer in offers():
            if offer != _LARGE:
                url = address(offer, region)
                yield from products_of_offer(get(url), url)


def products_by_api(regions: Iterable[str], client: Any) -> Iterator[Product]:
    """Yield the products of all offers from the Pricing API.

    Args:
        regions: regions of interest.
        client: boto3 client of ``pricing``, in us-east-1, eu-central-1 or ap-south-1.

    Raises:
        OfferError: the API refuses the request.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    for region in regions:
        for offer in offers():
            filters = [_equals("regionCode", region)]
            if offer == _LARGE:
                filters.append(_equals("productFamily", "NAT Gateway"))
            try:
                pages = client.get_paginator("get_products").paginate(
                    ServiceCode=offer, Filters=filters
                )
                for page in pages:
                    yield from map(product_of_api, page["PriceList"])
            except (BotoCoreError, ClientError) as error:
                raise OfferError(
                    f"Pricing API, {offer} in {region}: {error}. Fix: allow pricing:GetProducts, "
                    "or leave out --api to read the public files"
                ) from None


def _equals(field: str, value: str) -> dict[str, str]:
    return {"Type": "TERM_MATCH", "Field": field, "Value": value}
