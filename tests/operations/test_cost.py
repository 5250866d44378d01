"""`sagemaker-platform cost`: what environments cost per month."""

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from operations.cost.monthly import Monthly, monthly
from operations.cost.report import markdown, text
from sagemaker_platform.catalog import Price, PriceKey, PriceList
from sagemaker_platform.costs import Estimate, estimate, read_stages
from tests.operations.program import run
from tests.support import stack

TODAY = datetime.date(2026, 11, 27)


def cost(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert run("cost", "--json", *arguments) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert run("cost", *arguments) == 1
    return capsys.readouterr().err


def of(assembly: Path, name: str, region: str = "us-east-1") -> Estimate:
    [stage] = [one for one in read_stages(assembly) if one.name == name]
    return estimate(stage.stacks, prices=PriceList.shipped(), region=region)


def test_sums_are_the_same_by_stack_capability_and_team(
    typical: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prod = cost(capsys, "prod", "--app", typical, "--region", "us-east-1")["prod"]

    assert (prod["low"], prod["high"]) == (579.54, 1829.3)
    assert (prod["priced_lines"], prod["lines"]) == (18, 18)
    for group in ("by_stack", "by_capability", "by_team", "by_resource"):
        assert sum(one["low"] for one in prod[group].values()) == pytest.approx(579.54)
    assert prod["by_capability"]["inference"] == {"low": 315.74, "high": 1565.5, "unpriced": 0}
    assert prod["by_team"].keys() == {"ml-platform"}


def test_a_region_without_prices_says_what_is_unpriced(
    typical: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("cost", "--app", typical, "prod", "--region", "eu-north-1") == 0
    printed = capsys.readouterr().out

    assert printed.startswith("prod: US$ 0.00 per month; 0 of 18 lines are priced")
    assert "Warning: 18 line(s) run in any case and have no price in eu-north-1" in printed
    assert "sagemaker, ml.c7i.xlarge, hosting" in printed


def test_it_synthesizes(capsys: pytest.CaptureFixture[str]) -> None:
    dev = cost(capsys, "tests/fixtures/environments/dev.yaml", "--region", "us-east-1")["dev"]

    assert dev["low"] == dev["high"] == 37.5
    assert {one["capability"] for one in dev["charges"]} == {
        *("foundation", "network", "lakehouse", "studio"),
    }


def test_text_shows_the_largest_lines_and_old_prices(typical: Path) -> None:
    lines = text("prod", of(typical, "prod"), TODAY).splitlines()

    assert lines[0] == (
        "prod: US$ 579.54 per month, up to 1,829.30 when scaled out; 18 of 18 lines are priced "
        "(list prices of us-east-1, of 2024-07-01 to 2025-03)"
    )
    assert "5 price(s) are older than a year" in lines[2]
    assert [" ".join(line.split()) for line in lines[5:8]] == [
        "US$ at most what where price of",
        "312.44 1,562.20 ml.c7i.xlarge, hosting inference/Endpoint-churn/Configuration "
        "0.214 per hour 2025-03",
        "262.80 interface endpoint, by zone network: 12 resources 0.01 per hour 2024-10-18",
    ]


def test_a_recent_price_is_no_warning(typical: Path) -> None:
    assert "older than a year" not in text("dev", of(typical, "dev"), datetime.date(2025, 6, 30))


def test_markdown_has_tables_and_a_picture(typical: Path) -> None:
    report = markdown("prod", of(typical, "prod"), TODAY)

    assert "| inference | 315.74 | 1,565.50 |  |" in report
    assert '```mermaid\npie showData title prod, US$ per month\n    "inference" : 315.74' in report


def usage(tmp_path: Path, content: str) -> Path:
    file = tmp_path / "usage.yaml"
    file.write_text(content)
    return file


def test_a_usage_file_adds_what_is_billed_by_use(
    typical: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = usage(
        tmp_path,
        """
        total:
          nat_data_gb: 100
          kms_requests: 20000
          s3_storage_gb: 1000
        resources:
          lakehouse/RawLayer/Bucket:
            s3_storage_gb: 500
        instance_hours:
          training: {ml.m5.xlarge: 100}
          studio: {ml.t3.medium: 160}
        """,
    )
    arguments = ("dev", "--app", typical, "--region", "us-east-1")
    before = cost(capsys, *arguments)["dev"]
    after = cost(capsys, *arguments, "--usage", file)["dev"]

    expected = 4.5 + 2 * 0.03 + 1000 * 0.023 + 500 * 0.023 + 23 + 8
    assert after["low"] - before["low"] == pytest.approx(expected, abs=0.01)
    assert after["by_stack"]["jobs"]["low"] == 31
    assert after["by_resource"]["lakehouse/RawLayer/Bucket"]["low"] == 11.5
    assert after["lines"] == after["priced_lines"]


def test_a_usage_without_a_price_is_counted_as_unpriced(
    typical: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = usage(tmp_path, "total: {flow_log_gb: 10}")
    dev = cost(capsys, "dev", "--app", typical, "--region", "us-east-1", "--usage", file)["dev"]

    assert (dev["low"], dev["lines"] - dev["priced_lines"]) == (37.5, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("totl: {}", ":1: totl: no such key; valid keys: total, resources, instance_hours"),
        ("total: 5", ":1: total: got 5; must be a block of keys and values"),
        ("total: {s3_storage: 1}", ":1: total.s3_storage: no such usage; did you mean s3_storage_"),
        ("total: {zzz: 1}", ":1: total.zzz: no such usage; this environment has: athena_scanned_"),
        ("total: {s3_storage_gb: -1}", ":1: total.s3_storage_gb: got -1; must be a number of at"),
        ("total: {s3_storage_gb: much}", ':1: total.s3_storage_gb: got "much"; must be a number'),
        ("total: {s3_storage_gb: .inf}", ":1: total.s3_storage_gb: got Infinity; must be a numb"),
        ("total: {s3_storage_gb: true}", ":1: total.s3_storage_gb: got true; must be a number"),
        (
            "resources:\n  studio/Domian: {home_storage_gb: 1}",
            ":2: resources.studio/Domian: no such resource; did you mean studio/Domain",
        ),
        (
            "resources:\n  studio/Domain: {s3_storage_gb: 1}",
            ":2: resources.studio/Domain.s3_storage_gb: no such usage",
        ),
        ("resources:\n  studio/Domain: 1", ":2: resources.studio/Domain: got 1; must be a block"),
        ("instance_hours: {hosting: {}}", ":1: instance_hours.hosting: no such use; valid uses:"),
        (
            "instance_hours:\n  training: {ml.m5.xlrge: 1}",
            ":2: instance_hours.training.ml.m5.xlrge: no instance type of training; did you mean",
        ),
        ("total: {a: 1, a: 2}", ":1: "),
        ("- 1", ": must be a block of keys and values"),
    ],
)
def test_a_wrong_usage_file_is_refused(
    typical: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str,
    message: str,
) -> None:
    file = usage(tmp_path, content)

    assert f"{file}{message}" in refused(capsys, "dev", "--app", typical, "--usage", file)


def test_wrong_arguments_are_refused(
    typical: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = usage(tmp_path, "total: {s3_storage_gb: 1}")

    assert "must be of one environment" in refused(capsys, "--app", typical, "--usage", file)
    assert "did you mean us-east-1" in refused(capsys, "--app", typical, "--region", "us-east1")
    assert "There is no environment 'dve'" in refused(capsys, "dve", "--app", typical)
    assert "holds no cloud assembly" in refused(capsys, "dev", "--app", tmp_path)
    assert "cannot be read" in refused(capsys, "dev", "--app", typical, "--usage", tmp_path / "no")


def test_a_teams_prices_are_used(
    typical: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "custom").mkdir()
    (tmp_path / "cdk.json").write_text("{}")
    own = tmp_path / "custom/prices.csv"
    own.write_text(
        "service,item,component,unit,region,usd,as_of,source\n"
        "kms,key,kept,month,eu-west-1,2,2026-10,ours\n"
    )
    monkeypatch.chdir(tmp_path)

    assert cost(capsys, "dev", "--app", typical)["dev"]["low"] == 37.04

    own.write_text(own.read_text().replace(",2,", ",free,"))
    assert "prices.csv:2: usd: got 'free'; must be US dollars" in refused(
        capsys, "dev", "--app", typical
    )


def test_no_difference_where_unpriced_parts_differ(typical: Path, tmp_path: Path) -> None:
    """A priced instance that becomes an unpriced one would look like a saving."""
    prices = PriceList(
        Price(
            key=price.key, unit=price.unit, region="eu-west-1", usd=1, as_of="2026", source="test"
        )
        for price in PriceList.shipped()
        if price.key != PriceKey("sagemaker", "ml.c7i.large", "hosting")
    )
    before = monthly(typical, prices)
    copy = tmp_path / "assembly"
    shutil.copytree(typical, copy)
    inference = stack(copy, "prod/inference").file
    inference.write_text(inference.read_text().replace("ml.c7i.xlarge", "ml.c7i.large"))
    after = monthly(copy, prices)

    assert after["prod"].low < before["prod"].low
    assert after["prod"].unpriced == {"ml.c7i.large, hosting": 10}
    assert after["prod"].difference(before["prod"]) is None
    assert after["dev"].difference(before["dev"]) == (0, 0)


def test_a_difference_is_of_the_minimum_and_the_maximum() -> None:
    before, after = Monthly(10, 100), Monthly(15, 80)

    assert after.difference(before) == (5, -20)
