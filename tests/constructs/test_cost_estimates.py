"""The cost of an environment: autoscaling, discounts, teams, and what has no price."""

from pathlib import Path
from typing import Any

import pytest

from sagemaker_platform.catalog import Price, PriceKey, PriceList
from sagemaker_platform.costs import FREE, RULES, estimate, read_stages
from tests.constructs.cost_support import (
    MONTH,
    Resources,
    cents,
    costs,
    fixed,
    group,
    one,
    variant,
)
from tests.support import stacks


def endpoint(name: Any, resource_id: Any, **target: Any) -> Resources:
    return {
        "Config": {
            "Type": "AWS::SageMaker::EndpointConfig",
            "Properties": {"ProductionVariants": [variant()]},
        },
        "Endpoint": {
            "Type": "AWS::SageMaker::Endpoint",
            "Properties": {
                "EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]},
                "EndpointName": name,
            },
        },
        "Target": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {
                "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                "ResourceId": resource_id,
                "MinCapacity": 1,
                "MaxCapacity": 10,
                **target,
            },
        },
    }


REFERRED = {"Fn::GetAtt": ["Endpoint", "EndpointName"]}


@pytest.mark.parametrize(
    ("name", "resource_id"),
    [
        ("churn", "endpoint/churn/variant/AllTraffic"),
        ("churn", {"Fn::Join": ["", ["endpoint/", REFERRED, "/variant/AllTraffic"]]}),
        ("churn", {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/AllTraffic"}),
        (None, {"Fn::Join": ["", ["endpoint/", REFERRED, "/variant/AllTraffic"]]}),
    ],
)
def test_autoscaling_gives_the_least_and_the_most(
    tmp_path: Path, name: Any, resource_id: Any
) -> None:
    found = costs(tmp_path, endpoint(name, resource_id))

    assert fixed(found) == [("ml.m5.xlarge, hosting", cents(MONTH), cents(10 * MONTH))]
    assert (cents(found.low), cents(found.high)) == (cents(MONTH), cents(10 * MONTH))


@pytest.mark.parametrize(
    "resource_id", ["endpoint/churner/variant/AllTraffic", "endpoint/churn/variant/Other"]
)
def test_autoscaling_of_another_variant_changes_nothing(tmp_path: Path, resource_id: str) -> None:
    found = costs(tmp_path, endpoint("churn", resource_id))

    assert fixed(found) == [("ml.m5.xlarge, hosting", cents(2 * MONTH), cents(2 * MONTH))]


def test_scheduled_scaling_counts(tmp_path: Path) -> None:
    night = {"ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 1}}
    sale = {"ScalableTargetAction": {"MinCapacity": 5, "MaxCapacity": 20}}
    resources = endpoint(
        "churn", "endpoint/churn/variant/AllTraffic", ScheduledActions=[night, sale]
    )

    assert fixed(costs(tmp_path, resources)) == [("ml.m5.xlarge, hosting", 0, cents(20 * MONTH))]


def test_a_discount_is_of_its_service_alone(tmp_path: Path) -> None:
    resources = {**endpoint("churn", "endpoint/churn/variant/Other"), **one("EC2::NatGateway")}
    found = costs(tmp_path, resources, discounts={"sagemaker": 0.5})

    assert cents(found.low) == cents(MONTH + 32.85)


def test_a_team_prices_what_has_no_price(tmp_path: Path) -> None:
    price = Price(
        key=PriceKey("resource", "AWS::Example::Unknown", "kept"),
        unit="month",
        region="us-east-1",
        usd=12,
        as_of="2026-10",
        source="our contract",
    )
    prices = PriceList([*PriceList.shipped(), price])

    found = costs(tmp_path, one("Example::Unknown"), prices=prices)

    assert (found.low, found.share, found.unpriced) == (12, (1, 1), [])


def test_a_price_in_another_unit_is_no_price(tmp_path: Path) -> None:
    price = Price(
        key=PriceKey("vpc", "NAT gateway", "running"),
        unit="month",
        region="us-east-1",
        usd=32,
        as_of="2026-10",
        source="ours",
    )

    assert fixed(costs(tmp_path, one("EC2::NatGateway"), prices=PriceList([price]))) == [
        ("NAT gateway", None, None)
    ]


def test_a_region_without_prices_is_unpriced(tmp_path: Path) -> None:
    found = costs(tmp_path, one("KMS::Key"), region="eu-north-1")

    assert (found.low, found.share, found.region) == (0, (0, 1), "eu-north-1")
    assert dict(found.unpriced_texts) == {"KMS key": 1}
    assert dict(found.statuses) == {"unpriced": 1}


def quota(team: str, kind: str, count: int) -> dict[str, Any]:
    return {
        "Type": "AWS::SageMaker::ComputeQuota",
        "Properties": {
            "ClusterArn": {"Fn::GetAtt": ["One", "ClusterArn"]},
            "ComputeQuotaTarget": {"TeamName": team},
            "ComputeQuotaConfig": {
                "ComputeQuotaResources": [{"InstanceType": kind, "Count": count}]
            },
        },
    }


def test_quotas_give_a_cluster_to_teams(tmp_path: Path) -> None:
    cluster = one("SageMaker::Cluster", InstanceGroups=[group(InstanceCount=4)])
    found = costs(
        tmp_path,
        {
            **cluster,
            "Vision": quota("vision", "ml.g5.8xlarge", 2),
            "Audio": quota("audio", "ml.g5.8xlarge", 1),
            "Other": quota("text", "ml.p5.48xlarge", 1),
        },
    )

    [line] = found.lines
    assert line.shares == {"vision": 0.5, "audio": 0.25}
    assert line.place.team == "ml"


def test_no_type_has_a_rule_and_a_reason_to_be_free() -> None:
    assert not RULES.keys() & FREE.keys()
    assert all(FREE.values())


def test_every_type_of_the_platform_has_a_rule_or_is_free(examples: Path, typical: Path) -> None:
    found = [*stacks(examples), *stacks(typical)]
    types = {kind for stack in found for kind in stack.resource_types()}

    assert not types - RULES.keys() - FREE.keys(), "add a rule, or a reason why the type is free"
    assert not {kind for kind in FREE if kind.startswith("Custom::")} - types, "of no example"


def test_rules_count_in_the_units_of_the_prices(examples: Path) -> None:
    prices = PriceList.shipped()
    lines = [
        line
        for stage in read_stages(examples)
        for line in estimate(stage.stacks, prices=prices, region="us-east-1").lines
        if line.charge.known and all(prices.find(key, "us-east-1") for key in line.charge.keys)
    ]

    assert len(lines) > 1000
    assert not {line.charge.text for line in lines if not line.priced}
