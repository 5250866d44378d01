"""List prices of AWS, as far as they are recorded."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("service", "item", "component", "unit", "region", "usd", "as_of", "source")
"""Columns of a price file."""
COMPONENTS = (
    "asynchronous",
    "batch_transform",
    "cluster",
    "hosting",
    "notebook",
    "processing",
    "studio",
    "training",
)
"""Uses of an instance of SageMaker. Each has separate prices."""

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
_USD = re.compile(r"\d+(\.\d+)?")


class PriceFileError(ValueError):
    """A price file that cannot be used. The message names the file, the line and the fix."""


class PriceKey(NamedTuple):
    """What a price is of: a service, an item of it, and what of the item is billed."""

    service: str
    item: str
    component: str

    def __str__(self) -> str:
        return f"{self.service}, {self.item}, {self.component}"


@dataclass(frozen=True, kw_only=True)
class Price:
    """A list price.

    Attributes:
        key: what it is of.
        unit: what one costs it, such as ``hour`` or ``GB-month``.
        region: AWS region.
        usd: US dollars, on demand.
        as_of: year, month or day at which it was published.
        source: where it was published.
    """

    key: PriceKey
    unit: str
    region: str
    usd: float
    as_of: str
    source: str

    def row(self) -> list[str]:
        """Return the row of a price file, in the order of `COLUMNS`."""
        usd = f"{self.usd:.12f}".rstrip("0").rstrip(".")
        return [*self.key, self.unit, self.region, usd, self.as_of, self.source]


class PriceList:
    """Prices by what they are of, and region.

    Args:
        prices: later ones replace earlier ones of the same key and region.
    """

    def __init__(self, prices: Iterable[Price]) -> None:
        self._prices = {(price.key, price.region): price for price in prices}

    @classmethod
    def shipped(cls) -> "PriceList":
        """Return the prices of this package."""
        return _shipped()

    def overridden_by(self, file: Path) -> "PriceList":
        """Return these prices with those of a team's file in their place.

        Raises:
            PriceFileError: the file is invalid.
        """
        units = {price.key: price.unit for price in self}
        own = read_prices(file)
        for line, price in own:
            expected = units.get(price.key, price.unit)
            if price.unit != expected:
                raise PriceFileError(
                    f"{file}:{line}: unit: got {price.unit!r}; must be {expected!r}, the "
                    f"unit in which {price.key} is counted. Fix: use the price of one "
                    f"{expected}"
                )
        return PriceList([*self, *(price for _, price in own)])

    def find(self, key: PriceKey, region: str) -> Price | None:
        """Return a price; None if it is not recorded."""
        return self._prices.get((key, region))

    def __iter__(self) -> Iterator[Price]:
        return iter(self._prices.values())

    @property
    def regions(self) -> list[str]:
        """Regions that have a price."""
        return sorted({price.region for price in self})


def read_prices(file: Path) -> list[tuple[int, Price]]:
    """Read a price file; return its prices with their line numbers.

    Raises:
        PriceFileError: a column is missing, a value is invalid, or a price is there twice.
    """
    lines = list(enumerate(file.read_text("utf-8").splitlines(), 1))
    kept = [(number, line) for number, line in lines if line.strip() and not line.startswith("#")]
    reader = csv.DictReader(line for _, line in kept)
    got = tuple(reader.fieldnames or ())
    if got != COLUMNS:
        number = kept[0][0] if kept else 1
        others = [name for name in got if name.lower() in ("eur", "gbp", "cny", "inr", "jpy")]
        rule = "prices must be in US dollars" if others else "the first line must be the columns"
        raise PriceFileError(
            f"{file}:{number}: got {','.join(got)!r}; {rule}. Fix: {','.join(COLUMNS)}"
        )
    found: list[tuple[int, Price]] = []
    seen: dict[tuple[PriceKey, str], int] = {}
    for (number, _), row in zip(kept[1:], reader, strict=False):
        price = _price(f"{file}:{number}", row)
        first = seen.setdefault((price.key, price.region), number)
        if first != number:
            raise PriceFileError(
                f"{file}:{number}: got a second price of {price.key} in {price.region}; line "
                f"{first} has one. Fix: remove one of the lines"
            )
        found.append((number, price))
    return found


def _price(place: str, row: Mapping[str | None, str | None]) -> Price:
    if None in row or None in row.values():
        raise PriceFileError(
            f"{place}: got {len(row)} values; must be one for each of {', '.join(COLUMNS)}. "
            "Fix: put values that contain a comma into double quotes"
        )
    values = {str(name): (value or "").strip() for name, value in row.items()}
    for column, pattern, rule in (
        ("usd", _USD, "must be US dollars, such as 0.045"),
        ("as_of", _DATE, "must be a year, month or day, such as 2026-09-24"),
        ("region", _REGION, "must be an AWS region, such as eu-west-1"),
    ):
        if not pattern.fullmatch(values[column]):
            raise PriceFileError(f"{place}: {column}: got {values[column]!r}; {rule}")
    if values["item"].startswith("ml.") and values["component"] not in COMPONENTS:
        raise PriceFileError(
            f"{place}: component: got {values['component']!r}; must be one of "
            f"{', '.join(COMPONENTS)}"
        )
    for column in ("service", "item", "component", "unit", "source"):
        if not values[column]:
            raise PriceFileError(f"{place}: {column}: got nothing; must have a value")
    return Price(
        key=PriceKey(values["service"], values["item"], values["component"]),
        unit=values["unit"],
        region=values["region"],
        usd=float(values["usd"]),
        as_of=values["as_of"],
        source=values["source"],
    )


def hosting_price(instance_type: str, region: str) -> float | None:
    """Return the list price of an instance in US dollars per hour; None if it is unknown.

    Args:
        instance_type: with ``ml.``.
        region: AWS region.
    """
    price = _shipped().find(PriceKey("sagemaker", instance_type, "hosting"), region)
    return None if price is None else price.usd


@cache
def _shipped() -> PriceList:
    with resources.as_file(resources.files(__package__).joinpath("prices.csv")) as file:
        return PriceList(price for _, price in read_prices(file))
