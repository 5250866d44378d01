"""`sagemaker-platform prices`: AWS's price list, read into the price file of a fork."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from operations.prices.offer import (
    OfferError,
    Product,
    prices_of,
    product_of_api,
    products_of_offer,
    usage_types,
)
from operations.prices.source import address, offers, products_by_api, products_by_file
from operations.prices.table import renew
from sagemaker_platform.catalog import PriceKey, PriceList
from sagemaker_platform.catalog.prices import read_prices
from tests.operations.offers import (
    EC2,
    FSX,
    KMS,
    PUBLISHED,
    REDSHIFT,
    S3,
    SAGEMAKER,
    offer,
    product,
    written,
)
from tests.operations.program import run


def read(*texts: str, region: str = "us-east-1") -> dict[str, float]:
    products = [one for text in texts for one in products_of_offer(text, "index.json")]
    return {str(price.key): price.usd for price in prices_of(products, [region])[0]}


def test_each_use_of_an_instance_has_its_price() -> None:
    assert read(offer(*SAGEMAKER)) == {
        "sagemaker, ml.m5.xlarge, hosting": 0.23,
        "sagemaker, ml.c7i.large, hosting": 0.119,
        "sagemaker, ml.m5.xlarge, asynchronous": 0.231,
        "sagemaker, ml.m5.xlarge, training": 0.232,
        "sagemaker, ml.m5.xlarge, processing": 0.233,
        "sagemaker, ml.m5.xlarge, batch_transform": 0.234,
        "sagemaker, ml.m5.xlarge, notebook": 0.235,
        "sagemaker, ml.m5.xlarge, studio": 0.236,
        "sagemaker, ml.p4d.24xlarge, cluster": 25.91,
        "sagemaker, ml.p6-b200.48xlarge, hosting": 113.9,
        "sagemaker, ml.t3.medium, studio": 0.05,
        "sagemaker, serverless 4 GB, hosting": 0.00008,
        "sagemaker, MLflow server Medium, running": 1.4,
        "sagemaker, volume, studio": 0.112,
        "sagemaker, volume, hosting": 0.14,
        "sagemaker, volume, cluster": 0.15,
        "sagemaker, feature store Standard, writes": pytest.approx(1.25),
        "sagemaker, feature store Standard, reads": pytest.approx(0.25),
        "sagemaker, feature store Standard, storage": 0.45,
    }


def test_another_region_is_left_out() -> None:
    assert read(offer(*SAGEMAKER), region="eu-west-1") == {
        "sagemaker, ml.m5.xlarge, hosting": 0.257
    }
    assert read(offer(*SAGEMAKER), region="eu-north-1") == {}


def test_other_services_are_counted_in_units_of_the_catalog() -> None:
    found = read(offer(*EC2, code="AmazonEC2"), offer(*KMS, code="awskms"), region="eu-west-1")

    assert found == {
        "vpc, NAT gateway, running": 0.048,
        "vpc, NAT gateway, data": 0.049,
        "kms, key, kept": 1,
        "kms, key, requests": pytest.approx(0.03),
    }


def test_file_systems_are_told_apart_by_their_attributes() -> None:
    assert read(offer(*FSX, code="AmazonFSx")) == {
        "fsx, Lustre SCRATCH_2, storage": 0.14,
        "fsx, Lustre PERSISTENT_1 50, storage": 0.141,
        "fsx, Lustre PERSISTENT_2 125, storage": 0.145,
        "fsx, Lustre PERSISTENT_2 1000, storage": 0.6,
        "fsx, Lustre PERSISTENT_2, metadata": 0.055,
        "fsx, Lustre, backup": 0.05,
        "fsx, OpenZFS SINGLE_AZ_1, storage": 0.09,
        "fsx, OpenZFS SINGLE_AZ_2, storage": 0.091,
        "fsx, OpenZFS SINGLE_AZ_2, throughput": 0.31,
        "fsx, OpenZFS SINGLE_AZ_2, iops": 0.006,
    }


def test_a_warehouse_is_neither_reserved_nor_a_cluster() -> None:
    assert read(offer(*REDSHIFT, code="AmazonRedshift"), region="eu-west-1") == {
        "redshift, serverless, computing": 0.399,
        "redshift, serverless, storage": 0.024,
    }


def test_tables_are_not_objects() -> None:
    assert read(offer(*S3, code="AmazonS3")) == {
        "s3, standard, storage": 0.023,
        "s3tables, tables, storage": 0.0265,
        "s3tables, tables, monitoring": pytest.approx(0.025),
        "s3tables, tables, compacted data": 0.005,
        "s3tables, tables, compacted objects": pytest.approx(0.002),
        "s3tables, tables, write requests": pytest.approx(0.005),
        "s3tables, tables, read requests": pytest.approx(0.0004),
    }


@pytest.mark.parametrize("code", ["AmazonSageMaker", "AmazonFSx", "AmazonRedshift", "AmazonS3"])
def test_what_is_read_is_what_rules_ask_for(code: str) -> None:
    """A name that no rule of the estimate uses would never price anything."""
    texts = {"AmazonFSx": FSX, "AmazonRedshift": REDSHIFT, "AmazonS3": S3}
    products = texts.get(code, SAGEMAKER)
    units = {price.key: price.unit for price in PriceList.shipped()}
    for region in ("us-east-1", "eu-west-1"):
        found, _ = prices_of(products_of_offer(offer(*products, code=code), "x"), [region])
        assert all(units.get(one.key, one.unit) == one.unit for one in found)


def test_a_price_has_the_date_of_its_publication() -> None:
    products = products_of_offer(offer(SAGEMAKER[0]), "index.json")
    [price], _ = prices_of(products, ["us-east-1"])

    assert (price.as_of, price.unit) == (PUBLISHED[:10], "hour")
    assert price.source == "AWS price list, AmazonSageMaker"


def test_usage_types_are_of_the_catalog() -> None:
    units = {price.key: price.unit for price in PriceList.shipped()}

    for key, unit, _ in usage_types().values():
        assert units.get(key, unit) == unit


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "index.json: must be an offer file of AWS's price list"),
        ("[]", "must be an offer file"),
        ("{}", "must be an offer file"),
        (json.dumps({"regions": {"us-east-1": {"currentVersionUrl": "/x"}}}), "must be an offer"),
        (
            offer(product("CNN1-Host:ml.m5.xlarge", component="Hosting", currency="CNY",
                          instanceName="ml.m5.xlarge")),
            "got a price in CNY; must be in USD",
        ),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(OfferError, match=message.replace("(", r"\(")):
        read(text)


def test_what_has_several_prices_has_none() -> None:
    other = product(
        "USE1-Host:ml.m5.xlarge", "0.5", component="Hosting", instanceName="ml.m5.xlarge"
    )
    products = products_of_offer(offer(*SAGEMAKER[:2], other), "index.json")

    [price], several = prices_of(products, ["us-east-1"])

    assert price.key.item == "ml.c7i.large"
    assert several == ["sagemaker, ml.m5.xlarge, hosting, us-east-1: 0.23 and 0.5"]


def test_products_of_the_api_are_strings_of_json() -> None:
    one = SAGEMAKER[0]
    item = {
        "product": {"sku": "SKU0", **one["product"]},
        "serviceCode": "AmazonSageMaker",
        "terms": {"OnDemand": {"SKU0.JRTCKXETXF": one["term"]}},
        "version": "20261023172109",
        "publicationDate": PUBLISHED,
    }
    client = boto3.client(
        "pricing",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with Stubber(client) as stubber:
        for code in offers():
            filters = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"}]
            if code == "AmazonEC2":
                filters.append(
                    {"Type": "TERM_MATCH", "Field": "productFamily", "Value": "NAT Gateway"}
                )
            answer = {"PriceList": [json.dumps(item)] if code == "AmazonSageMaker" else []}
            stubber.add_response("get_products", answer, {"ServiceCode": code, "Filters": filters})
        [price], _ = prices_of(products_by_api(["us-east-1"], client), ["us-east-1"])
        stubber.assert_no_pending_responses()
    assert price.usd == 0.23
    assert isinstance(product_of_api(json.dumps(item)), Product)

    with Stubber(client) as stubber:
        stubber.add_client_error("get_products", "AccessDeniedException", "no")
        with pytest.raises(OfferError, match="allow pricing:GetProducts"):
            list(products_by_api(["us-east-1"], client))


def test_files_are_fetched_for_each_region_but_the_huge_one() -> None:
    asked = []

    def get(url: str) -> str:
        asked.append(url)
        return offer()

    assert list(products_by_file(["eu-west-1"], get)) == []
    assert address("AmazonSageMaker", "eu-west-1") in asked
    assert not [url for url in asked if "AmazonEC2" in url]
    assert len(asked) == len(offers()) - 1


OWN = (
    "service,item,component,unit,region,usd,as_of,source\n"
    "sagemaker,ml.m5.xlarge,hosting,hour,us-east-1,0.2,2026-11,our contract\n"
    'sagemaker,ml.c7i.large,hosting,hour,us-east-1,0.1,2026-01,"AWS price list, AmazonSageMaker"\n'
    "kms,key,kept,month,eu-west-1,1,2026-11,ours\n"
)


def test_a_renewal_keeps_the_rows_of_the_team(tmp_path: Path) -> None:
    file = tmp_path / "custom/prices.csv"
    products = products_of_offer(offer(*SAGEMAKER[:3]), "index.json")
    prices, _ = prices_of(products, ["us-east-1"])
    renew(file, prices)
    file.write_text(OWN)

    done = renew(file, prices)

    assert [str(price.key) for price in done.added] == ["sagemaker, ml.m5.xlarge, asynchronous"]
    assert [(old.usd, new.usd) for old, new in done.changed] == [(0.1, 0.119)]
    assert [price.source for price in done.kept] == ["our contract", "ours"]
    own = {(price.key, price.region): price.usd for _, price in read_prices(file)}
    assert own[PriceKey("sagemaker", "ml.m5.xlarge", "hosting"), "us-east-1"] == 0.2
    assert own[PriceKey("sagemaker", "ml.c7i.large", "hosting"), "us-east-1"] == 0.119
    assert renew(file, prices).same == 2
    assert PriceList.shipped().overridden_by(file)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout, in which the program runs."""
    (tmp_path / "cdk.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_verb_writes_the_file_and_says_what_changed(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(checkout, offer(*SAGEMAKER))
    arguments: tuple[Any, ...] = ("prices", "--region", "us-east-1", "--offer", file)

    assert run(*arguments) == 0
    assert capsys.readouterr().out == (
        "custom/prices.csv: 19 added, 0 changed, 0 the same, 0 of yours kept\n"
    )
    own = checkout / "custom/prices.csv"
    own.write_text(own.read_text().replace(",0.119,", ",0.1,"))
    assert run(*arguments, "--json") == 0
    assert json.loads(capsys.readouterr().out)["changed"] == [
        {
            "price": "sagemaker, ml.c7i.large, hosting",
            "region": "us-east-1",
            "from": 0.1,
            "to": 0.119,
        }
    ]


def test_an_old_price_list_is_a_warning(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(checkout, offer(*SAGEMAKER, publicationDate="2024-02-01T00:00:00Z"))

    assert run("prices", "--region", "us-east-1", "--offer", file) == 0
    assert "of 2024-02-01, which is more than a year ago" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--region", "us-east1"), "--region: got 'us-east1'; did you mean us-east-1"),
        (("--region", "us-east-1", "--api", "--offer", "x"), "--offer and --api exclude"),
        (("--region", "us-east-1", "--offer", "missing.json"), "missing.json: cannot be read"),
        (("--region", "eu-north-1", "--offer", "index.json"), "no price of the catalog in eu-nor"),
    ],
)
def test_wrong_arguments_are_refused(
    checkout: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    written(checkout, offer(*SAGEMAKER))

    assert run("prices", *arguments) == 1
    assert message in capsys.readouterr().err
    assert not (checkout / "custom/prices.csv").exists()
