"""Reads AWS's price list: offer files, and the products of the Pricing API.

The shapes and traps are those of price list files of 2026: prices are text; a product can have
tiers, free tiers of zero, and terms that are reserved; an instance type has a price for each use,
some of which AWS marks only in `usagetype`.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from operations.errors import OperationError
from operations.prices.file_systems import FSX, Named, name_of_file_system
from sagemaker_platform.catalog import Price, PriceKey

SAGEMAKER = "AmazonSageMaker"
SOURCE = "AWS price list"

# Component of a product of SageMaker: use of an instance, and the usage type that proves it.
# A reserved cluster has a component of its own in newer files, and a usage type of its own in all.
_USES = {
    "AsyncInf": ("asynchronous", "AsyncInf"),
    "BatchTransform": ("batch_transform", "Tsform"),
    "Cluster": ("cluster", "Cluster"),
    "Hosting": ("hosting", "Host"),
    "Notebook": ("notebook", "Notebk"),
    "Processing": ("processing", "Processing"),
    "Studio-JupyterLab": ("studio", "Studio:JupyterLab"),
    "Training": ("training", "Train"),
}
_INSTANCE = re.compile(r"ml\.[a-z0-9-]+\.(?:metal(?:-\d+xl)?|\d*x?large|medium|small)")
# Prefix of a region in a usage type: USE1-, EU-, or for KMS eu-west-1-; none for some of us-east-1.
_PREFIX = re.compile(r"^(?:[A-Z]{2,4}\d{0,2}|[a-z]{2}(?:-[a-z]+)+-\d)-(?=.)")
_SERVERLESS = re.compile(r"ServerlessInf:Mem-(\d+)GB")
_SERVER = re.compile(r"MLflow:TrackingServerCompute-(Small|Medium|Large)")
_VOLUME = re.compile(r"(Host|Studio|Cluster|AsyncInf):VolumeUsage\.gp[23]")
_VOLUMES = {"Host": "hosting", "Studio": "studio", "Cluster": "cluster", "AsyncInf": "asynchronous"}
# Of the feature store: what a usage type is, its unit, and units of AWS in one of it.
_FEATURES = {
    "FeatureStore:ReadRequestUnits": ("reads", "1,000,000 units", 1_000_000),
    "FeatureStore:TimedAndPITRStorage": ("storage", "GB-month", 1),
    "FeatureStore:WriteRequestUnits": ("writes", "1,000,000 units", 1_000_000),
}
# Units of the price list: AWS writes each in several ways.
_UNITS = {
    "hour": ("hrs", "hours", "hour"),
    "second": ("second", "seconds", "sec"),
    "GB-month": ("gb-mo", "gb-month"),
    "GB": ("gb", "gigabytes"),
    "TB": ("terabytes", "tb"),
    "IOPS-month": ("iops-mo", "iops-month"),
    "MBps-month": ("mibps-mo", "mbps-mo"),
}


_ROUNDING = 1e-12


class OfferError(OperationError):
    """A price list that cannot be read, or that is not in US dollars."""


@dataclass(frozen=True)
class Product:
    """A product of the price list with its on-demand terms."""

    offer: str
    sku: str
    attributes: Mapping[str, str]
    terms: Iterable[Mapping[str, Any]]
    published: str


def products_of_file(file: Path) -> Iterator[Product]:
    """Yield the products of an offer file (`index.json`).

    Raises:
        OfferError: the file is no offer file.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OfferError(f"{file}: cannot be read: {error}") from None
    yield from products_of_offer(text, str(file))


def products_of_offer(text: str, name: str) -> Iterator[Product]:
    """Yield the products of the text of an offer file.

    Args:
        text: JSON.
        name: name of the file, for messages.
    """
    try:
        offer = json.loads(text)
        code, published = offer["offerCode"], offer["publicationDate"]
        products, terms = offer["products"], offer["terms"].get("OnDemand", {})
    except (ValueError, TypeError, KeyError, AttributeError):
        raise OfferError(
            f"{name}: must be an offer file of AWS's price list (offerCode, publicationDate, "
            "products, terms). Fix: download .../offers/v1.0/aws/AmazonSageMaker/current/REGION/"
            "index.json again"
        ) from None
    for sku, product in products.items():
        if sku in terms:
            attributes = {"productFamily": product.get("productFamily", "")}
            attributes |= product.get("attributes", {})
            yield Product(code, sku, attributes, list(terms[sku].values()), published)


def product_of_api(text: str) -> Product:
    """Return a product of GetProducts, which are strings of JSON."""
    item = json.loads(text)
    product = item["product"]
    attributes = {"productFamily": product.get("productFamily", ""), **product["attributes"]}
    return Product(
        item.get("serviceCode", attributes.get("servicecode", "")),
        product["sku"],
        attributes,
        list(item.get("terms", {}).get("OnDemand", {}).values()),
        item.get("publicationDate", ""),
    )


def prices_of(products: Iterable[Product], regions: Iterable[str]) -> tuple[list[Price], list[str]]:
    """Return the prices of products in some regions, and what has several prices.

    What has several prices has none here: which one is right cannot be told.

    Raises:
        OfferError: a price is in another currency.
    """
    wanted = set(regions)
    found: dict[tuple[PriceKey, str], Price] = {}
    several: dict[tuple[PriceKey, str], str] = {}
    for product in products:
        region = product.attributes.get("regionCode", "")
        if region not in wanted:
            continue
        named = _name(product)
        if named is None:
            continue
        key, unit, times = named
        usd = _usd(product, unit)
        if usd is None:
            continue
        price = Price(
            key=key,
            unit=unit,
            region=region,
            usd=usd * times,
            as_of=product.published[:10],
            source=f"{SOURCE}, {product.offer}",
        )
        other = found.setdefault((key, region), price)
        if abs(other.usd - price.usd) > _ROUNDING:
            several[key, region] = f"{key}, {region}: {other.usd:g} and {price.usd:g}"
    return [found[one] for one in found if one not in several], list(several.values())


def _name(product: Product) -> Named | None:
    """Return what a product is in the catalog, its unit, and units of AWS in one of it."""
    usage = _PREFIX.sub("", product.attributes.get("usagetype", ""))
    if product.offer == FSX:
        return name_of_file_system(product.attributes, usage)
    if product.offer != SAGEMAKER:
        row = usage_types().get((product.offer, usage))
        # Regional NAT gateways and S3's other classes have the same words in another operation.
        return row if row and _is_standard(product) else None
    attributes = product.attributes
    # A volume may have the component of its instance.
    if found := _VOLUME.fullmatch(usage):
        return PriceKey("sagemaker", "volume", _VOLUMES[found[1]]), "GB-month", 1
    component = attributes.get("component", "")
    if component in _USES:
        use, beginning = _USES[component]
        kind = _instance_type(attributes)
        separator = "-" if beginning.startswith("Studio") else ":"
        if kind is None or usage != f"{beginning}{separator}{kind}":
            return None
        return PriceKey("sagemaker", kind, use), "hour", 1
    if component:
        return None
    if found := _SERVERLESS.fullmatch(usage):
        return PriceKey("sagemaker", f"serverless {found[1]} GB", "hosting"), "second", 1
    if found := _SERVER.fullmatch(usage):
        return PriceKey("sagemaker", f"MLflow server {found[1]}", "running"), "hour", 1
    if usage in _FEATURES:
        component, unit, times = _FEATURES[usage]
        return PriceKey("sagemaker", "feature store Standard", component), unit, times
    return None


def _is_standard(product: Product) -> bool:
    operation = product.attributes.get("operation", "")
    if product.offer == "AmazonEC2":
        return operation in ("", "NatGateway")
    volume = product.attributes.get("volumeType")
    if product.offer == "AmazonS3" and volume:
        return volume == "Standard" or "Tables-" in product.attributes.get("usagetype", "")
    return True


def _instance_type(attributes: Mapping[str, str]) -> str | None:
    """Return the instance type: from `instanceName`, else `instanceType` without its use."""
    for name in ("instanceName", "instanceType"):
        found = _INSTANCE.match(attributes.get(name, ""))
        if found:
            return found[0]
    return None


def _usd(product: Product, unit: str) -> float | None:
    """Return the price of the first tier that costs something; None if all are free."""
    tiers = []
    for term in product.terms:
        for dimension in term.get("priceDimensions", {}).values():
            per_unit = dimension.get("pricePerUnit", {})
            if "USD" not in per_unit:
                raise OfferError(
                    f"{product.offer}, SKU {product.sku}: got a price in "
                    f"{', '.join(per_unit) or 'no currency'}; must be in USD. Fix: use a price "
                    "list of the AWS partition aws"
                )
            names = _UNITS.get(unit)
            written = str(dimension.get("unit", "")).lower()
            if names is not None and written not in names:
                return None
            tiers.append((float(dimension.get("beginRange") or 0), float(per_unit["USD"])))
    return next((usd for _, usd in sorted(tiers) if usd > 0), None)


@cache
def usage_types() -> Mapping[tuple[str, str], Named]:
    """Return what usage types of other services than SageMaker are in the catalog."""
    text = Path(__file__).with_name("usage_types.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {
        (row["offer"], row["usage_type"]): (
            PriceKey(row["service"], row["item"], row["component"]),
            row["unit"],
            int(row["times"]),
        )
        for row in rows
    }
