"""The price catalog, and a team's own file in its place."""

import re
from pathlib import Path

import pytest

from sagemaker_platform.catalog import PriceFileError, PriceKey, PriceList, hosting_price
from sagemaker_platform.catalog.prices import COLUMNS, COMPONENTS

HEADER = ",".join(COLUMNS)
GOOD = "vpc,NAT gateway,running,hour,eu-west-1,0.05,2026-10-01,our agreement"
NAT = PriceKey("vpc", "NAT gateway", "running")


def own(tmp_path: Path, *rows: str, header: str = HEADER) -> Path:
    file = tmp_path / "prices.csv"
    file.write_text("\n".join(["# Our prices.", header, *rows]) + "\n")
    return file


def test_a_component_has_its_own_price() -> None:
    """An instance of a cluster costs more than one that serves models."""
    prices = PriceList.shipped()

    def price(use: str) -> float | None:
        found = prices.find(PriceKey("sagemaker", "ml.p4d.24xlarge", use), "us-east-1")
        return None if found is None else found.usd

    assert price("hosting") == 25.251
    assert price("cluster") == 25.910
    assert price("processing") is None
    assert prices.find(PriceKey("sagemaker", "ml.p4d.24xlarge", "hosting"), "eu-west-1") is None


def test_shipped_prices_have_a_source_a_date_and_a_known_component() -> None:
    for price in PriceList.shipped():
        assert re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", price.as_of)
        assert price.source
        assert price.usd > 0 or price.key.service == "budgets"
        if price.key.item.startswith("ml."):
            assert price.key.component in COMPONENTS
            assert price.unit == "hour"


def test_the_catalog_of_hosting_is_part_of_the_prices() -> None:
    assert hosting_price("ml.m5.xlarge", "us-east-1") == 0.23
    assert hosting_price("ml.m5.xlarge", "eu-west-1") is None
    # Its price of before June 2025 is no longer right.
    assert hosting_price("ml.p5.48xlarge", "us-east-1") is None


def test_a_teams_file_overrides_and_adds(tmp_path: Path) -> None:
    added = "sagemaker,ml.c7i.large,hosting,hour,eu-west-1,0.119,2026-10,offer"
    prices = PriceList.shipped().overridden_by(own(tmp_path, GOOD, added))

    found = prices.find(NAT, "eu-west-1")
    assert found is not None
    assert (found.usd, found.source) == (0.05, "our agreement")
    assert found.row() == GOOD.split(",")
    assert prices.find(PriceKey("sagemaker", "ml.c7i.large", "hosting"), "eu-west-1")
    other = prices.find(NAT, "us-east-1")
    assert other is not None
    assert other.usd == 0.045


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([GOOD.replace("0.05", "0,05")], ":3: got 9 values; must be one for each of"),
        ([GOOD.replace("0.05", "€0.05")], ":3: usd: got '€0.05'; must be US dollars"),
        ([GOOD.replace("0.05", "-0.05")], ":3: usd: got '-0.05'; must be US dollars"),
        ([GOOD.replace("0.05", "nan")], ":3: usd: got 'nan'; must be US dollars"),
        ([GOOD, GOOD], ":4: got a second price of vpc, NAT gateway, running in eu-west-1; line 3"),
        ([GOOD.replace("2026-10-01", "10/2026")], ":3: as_of: got '10/2026'; must be a year"),
        ([GOOD.replace("eu-west-1", "Ireland")], ":3: region: got 'Ireland'; must be an AWS reg"),
        ([GOOD.replace("hour", "month")], ":3: unit: got 'month'; must be 'hour', the unit in"),
        ([GOOD.replace("our agreement", "")], ":3: source: got nothing; must have a value"),
        (
            ["sagemaker,ml.m5.xlarge,Hosting,hour,eu-west-1,0.257,2026-10,offer"],
            ":3: component: got 'Hosting'; must be one of asynchronous, batch_transform, cluster",
        ),
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, rows: list[str], message: str) -> None:
    with pytest.raises(PriceFileError, match=re.escape(message)):
        PriceList.shipped().overridden_by(own(tmp_path, *rows))


def test_another_currency_is_refused(tmp_path: Path) -> None:
    file = own(tmp_path, GOOD, header=HEADER.replace("usd", "eur"))
    with pytest.raises(PriceFileError, match=r":2: got '.*'; prices must be in US dollars"):
        PriceList.shipped().overridden_by(file)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("")
    with pytest.raises(PriceFileError, match="the first line must be the columns"):
        PriceList.shipped().overridden_by(file)
