"""Writes the price file of a fork."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from operations.prices.offer import SOURCE
from sagemaker_platform.catalog import Price
from sagemaker_platform.catalog.prices import COLUMNS, read_prices

_HEADER = """\
# List prices of AWS in US dollars, in place of those that are shipped. `sagemaker-platform prices`
# renews the rows whose source begins with "AWS price list"; all others are yours and stay.
"""


@dataclass(frozen=True)
class Renewal:
    """What a renewal did to a price file.

    Attributes:
        added: prices that the file did not have.
        changed: prices that differ, the earlier one first.
        same: count of prices that did not change.
        kept: prices of the team, which stay although AWS lists another one or none.
    """

    added: list[Price]
    changed: list[tuple[Price, Price]]
    same: int
    kept: list[Price]


def renew(file: Path, prices: Iterable[Price]) -> Renewal:
    """Write prices into a file; rows of the team, and of other regions, stay.

    Raises:
        PriceFileError: the file has an invalid row.
    """
    rows = {}
    if file.exists():
        rows = {(price.key, price.region): price for _, price in read_prices(file)}
    added, changed, same = [], [], 0
    for price in prices:
        before = rows.get((price.key, price.region))
        if before is None:
            added.append(price)
        elif not before.source.startswith(SOURCE):
            continue
        elif before.usd != price.usd:
            changed.append((before, price))
        else:
            same += 1
        rows[price.key, price.region] = price
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_text(rows.values()), "utf-8")
    kept = [price for price in rows.values() if not price.source.startswith(SOURCE)]
    return Renewal(added, changed, same, kept)


def _text(prices: Iterable[Price]) -> str:
    stream = io.StringIO(_HEADER)
    stream.seek(0, io.SEEK_END)
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(price.row() for price in sorted(prices, key=lambda one: (one.region, one.key)))
    return stream.getvalue()
