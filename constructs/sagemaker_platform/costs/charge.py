"""What a resource is billed for, before its price is known."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_platform.catalog.prices import PriceKey

HOURS = 730
"""Hours of a month, as AWS's calculator counts them."""

_SEVERAL = re.compile(r"[\d,]+(?= )")


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One line of a bill.

    Attributes:
        text: what it is, such as ``ml.m5.xlarge, hosting``.
        keys: price keys. Several if AWS chooses among types: the cheapest counts
            for the minimum, the dearest for the maximum.
        unit: unit of the price, such as ``hour``.
        low: units per month that run in any case. Zero for use.
        high: units per month when everything is scaled out.
        usage: key of a usage file that says how many units there are; None if the template does.
        known: whether the template says how many there are.
        prepaid: whether it was paid before, such as with a training plan.
        note: what the reader should know.
    """

    text: str
    keys: Sequence[PriceKey]
    unit: str
    low: float = 0
    high: float = 0
    usage: str | None = None
    known: bool = True
    prepaid: bool = False
    note: str = ""

    @property
    def per(self) -> int:
        """How many are in a unit: 10,000 for ``10,000 requests``."""
        several = _SEVERAL.match(self.unit)
        return int(several[0].replace(",", "")) if several else 1


def running(
    text: str,
    *keys: PriceKey,
    count: Any = 1,
    most: Any = None,
    prepaid: bool = False,
    note: str = "",
) -> Charge:
    """Return a charge by the hour for something that runs all month.

    Args:
        text: what it is.
        keys: price keys.
        count: how many run in any case.
        most: how many run when scaled out. Defaults to ``count``.
        prepaid: whether it was paid before.
        note: what the reader should know.
    """
    return _fixed(text, keys, "hour", HOURS, count, most, prepaid, note)


def kept(
    text: str,
    *keys: PriceKey,
    count: Any = 1,
    most: Any = None,
    unit: str = "month",
    note: str = "",
) -> Charge:
    """Return a charge by the month for something that is there.

    Args:
        text: what it is.
        keys: price keys.
        count: how many units there are in any case.
        most: how many units there are when scaled out. Defaults to ``count``.
        unit: unit of the price.
        note: what the reader should know.
    """
    return _fixed(text, keys, unit, 1, count, most, False, note)


def used(text: str, usage: str, key: PriceKey, unit: str, *, note: str = "") -> Charge:
    """Return a charge by use.

    Args:
        text: what it is.
        usage: key of a usage file.
        key: what it is priced by.
        unit: unit of the price.
        note: what the reader should know.
    """
    return Charge(text=text, keys=(key,), unit=unit, usage=usage, note=note)


def _fixed(
    text: str,
    keys: Sequence[PriceKey],
    unit: str,
    factor: int,
    count: Any,
    most: Any,
    prepaid: bool,
    note: str,
) -> Charge:
    low, high = as_number(count), as_number(count if most is None else most)
    known = low is not None and high is not None
    return Charge(
        text=text,
        keys=tuple(keys),
        unit=unit,
        low=(low or 0) * factor if known else 0,
        high=(high or 0) * factor if known else 0,
        known=known,
        prepaid=prepaid,
        note=note if known else "the template does not say how many",
    )


def as_number(value: Any) -> float | None:
    """Return a number of a template; None for a parameter or a reference."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def product(one: Any, other: Any) -> float | None:
    """Return the product of two numbers of a template; None if one is no number."""
    left, right = as_number(one), as_number(other)
    return None if left is None or right is None else left * right
