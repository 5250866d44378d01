"""Anomaly detection, the bill, and the dashboard of usage."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Environment, RemovalPolicy, Stack, assertions
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from sagemaker_platform.budget import (
    AnomalyDetection,
    BillBucket,
    BillCatalog,
    BillExport,
    UsageDashboard,
    WatchedEndpoint,
)
from sagemaker_platform.budget.bill_columns import COLUMNS
from sagemaker_platform.foundation import Metric

MONITOR = "arn:aws:ce::123456789012:anomalymonitor/1234abcd-12ab-34cd-56ef-1234567890ab"


def new_stack(region: str = "eu-west-1") -> Stack:
    return Stack(App(), "Test", env=Environment(account="123456789012", region=region))


def found(stack: Stack, kind: str) -> list[Any]:
    resources = assertions.Template.from_stack(stack).find_resources(kind)
    return [one["Properties"] for one in resources.values()]


def topic(stack: Stack) -> sns.ITopic:
    return sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:eu-west-1:123456789012:alarms")


def test_alerts_at_once_go_to_the_topic() -> None:
    stack = new_stack()
    AnomalyDetection(stack, "One", name="dev", min_usd=50, min_percent=12.5, topic=topic(stack))

    [monitor] = found(stack, "AWS::CE::AnomalyMonitor")
    assert monitor == {
        "MonitorName": "dev",
        "MonitorType": "DIMENSIONAL",
        "MonitorDimension": "SERVICE",
    }
    [subscription] = found(stack, "AWS::CE::AnomalySubscription")
    assert subscription["Frequency"] == "IMMEDIATE"
    assert [one["Type"] for one in subscription["Subscribers"]] == ["SNS"]
    limits = json.loads(subscription["ThresholdExpression"])["And"]
    assert [(one["Dimensions"]["Key"], one["Dimensions"]["Values"]) for one in limits] == [
        ("ANOMALY_TOTAL_IMPACT_ABSOLUTE", ["50"]),
        ("ANOMALY_TOTAL_IMPACT_PERCENTAGE", ["12.5"]),
    ]


def test_summaries_go_to_addresses() -> None:
    stack = new_stack()
    AnomalyDetection(
        stack,
        "One",
        name="dev",
        min_usd=0,
        emails=["a@example.com"],
        frequency="weekly",
        monitor_arn=MONITOR,
    )

    assert not found(stack, "AWS::CE::AnomalyMonitor")
    [subscription] = found(stack, "AWS::CE::AnomalySubscription")
    assert subscription["MonitorArnList"] == [MONITOR]
    assert subscription["Frequency"] == "WEEKLY"
    assert subscription["Subscribers"] == [{"Type": "EMAIL", "Address": "a@example.com"}]
    assert json.loads(subscription["ThresholdExpression"])["Dimensions"]["Values"] == ["0"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "got neither"),
        ({"emails": [f"a{n}@example.com" for n in range(11)]}, "got 11; must be at most 10"),
        ({"emails": ["a@example.com"], "min_usd": -1}, "got -1; must be at least 0"),
        ({"emails": ["a@example.com"], "frequency": "immediate"}, "must be one of daily, weekly"),
    ],
)
def test_wrong_subscriptions_are_refused(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"name": "dev", "min_usd": 1, **change}
    with pytest.raises(ValueError, match=message):
        AnomalyDetection(new_stack(), "One", **given)


def test_a_topic_and_addresses_exclude_each_other() -> None:
    stack = new_stack()
    with pytest.raises(ValueError, match="got both"):
        AnomalyDetection(
            stack, "One", name="dev", min_usd=1, emails=["a@example.com"], topic=topic(stack)
        )


def test_only_exports_of_the_account_may_write_the_bill() -> None:
    stack = new_stack()
    BillBucket(
        stack,
        "One",
        name="dev-bill",
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        removal_policy=RemovalPolicy.DESTROY,
    )

    [bucket] = found(stack, "AWS::S3::Bucket")
    assert "AES256" in json.dumps(bucket["BucketEncryption"])
    [policy] = found(stack, "AWS::S3::BucketPolicy")
    [allowed] = [
        one
        for one in policy["PolicyDocument"]["Statement"]
        if one["Effect"] == "Allow" and "Service" in one["Principal"]
    ]
    assert sorted(allowed["Action"]) == ["s3:GetBucketPolicy", "s3:PutObject"]
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    sources = json.dumps(allowed["Condition"]["ArnLike"])
    assert ":bcm-data-exports:us-east-1:123456789012:export/*" in sources
    assert ":cur:us-east-1:123456789012:definition/*" in sources


def test_the_export_asks_for_the_columns_of_the_table() -> None:
    app = App()
    here, there = (
        Stack(app, region, env=Environment(account="123456789012", region=region))
        for region in ("eu-west-1", "us-east-1")
    )
    catalog = BillCatalog(
        here,
        "Catalog",
        database_name="dev_bill",
        bucket_name="bills",
        export_name="dev-bill",
        removal_policy=RemovalPolicy.RETAIN,
    )
    BillExport(
        there,
        "Export",
        name="dev-bill",
        bucket_name="bills",
        bucket_region="eu-west-1",
        granularity="hourly",
    )

    [export] = found(there, "AWS::BCMDataExports::Export")
    query = export["Export"]["DataQuery"]
    asked = re.fullmatch(r"SELECT (.*) FROM COST_AND_USAGE_REPORT", query["QueryStatement"])
    assert asked is not None
    assert asked[1].split(", ") == list(COLUMNS)
    settings = query["TableConfigurations"]["COST_AND_USAGE_REPORT"]
    assert settings["TIME_GRANULARITY"] == "HOURLY"
    assert settings["INCLUDE_RESOURCES"] == "TRUE"
    place = export["Export"]["DestinationConfigurations"]["S3Destination"]
    assert (place["S3Bucket"], place["S3Region"]) == ("bills", "eu-west-1")
    [table] = [
        one["TableInput"]
        for one in found(here, "AWS::Glue::Table")
        if one["TableInput"]["Name"] == "line_items"
    ]
    assert [one["Name"] for one in table["StorageDescriptor"]["Columns"]] == list(COLUMNS)
    folder = f"s3://bills/{place['S3Prefix']}/dev-bill/data/"
    assert table["StorageDescriptor"]["Location"] == folder
    assert table["Parameters"]["storage.location.template"] == (
        folder + "BILLING_PERIOD=${billing_period}/"
    )
    assert [one["Name"] for one in table["PartitionKeys"]] == ["billing_period"]
    assert catalog.database_name == "dev_bill"


def test_exports_are_in_one_region() -> None:
    with pytest.raises(ValueError, match="must be in us-east-1"):
        BillExport(
            new_stack(), "One", name="dev-bill", bucket_name="bills", bucket_region="eu-west-1"
        )


def body(add: Callable[[UsageDashboard], None]) -> list[Any]:
    """Return the widgets of a dashboard."""
    stack = new_stack()
    dashboard = UsageDashboard(stack, "One", name="dev_usage")
    add(dashboard)
    dashboard.finish()
    [made] = found(stack, "AWS::CloudWatch::Dashboard")
    widgets: list[Any] = json.loads(made["DashboardBody"])["widgets"]
    return widgets


def test_charges_are_compared_with_the_cap() -> None:
    text, graph = body(
        lambda one: one.show_spend(environment="dev", max_usd_per_month=1500, teams={"vision": 900})
    )

    assert "| dev | 1,500.00 |\n| vision | 900.00 |" in text["properties"]["markdown"]
    assert graph["properties"]["region"] == "us-east-1"
    assert graph["properties"]["annotations"]["horizontal"][0]["value"] == 1500
    assert graph["properties"]["metrics"][0][:4] == [
        "AWS/Billing",
        "EstimatedCharges",
        "Currency",
        "USD",
    ]


def test_an_endpoint_idles_while_an_instance_runs_without_requests() -> None:
    endpoints = [
        WatchedEndpoint(name="dev-scorer", variants=["AllTraffic", "canary"]),
        WatchedEndpoint(name="dev-chat", variants=["AllTraffic"], components=["dev-chat-llm"]),
        WatchedEndpoint(name="dev-small", variants=["AllTraffic"], serverless=True),
    ]
    idle, *graphs = body(lambda one: one.show_endpoints(endpoints))

    lines = idle["properties"]["metrics"]
    shown = {one[0]["label"]: one[0]["expression"] for one in lines if len(one) == 1}
    assert shown == {
        "dev-scorer": "IF(FILL(runs0x0, -1) + FILL(runs0x1, -1) > -2 AND "
        "FILL(requests0x0, 0) + FILL(requests0x1, 0) < 1, 1, 0)",
        "dev-chat": "IF(FILL(runs1x0, -1) > -1 AND FILL(requests1x0, 0) < 1, 1, 0)",
    }
    hidden = {one[-1]["id"]: one[:-1] for one in lines if len(one) > 1}
    assert hidden["requests1x0"][2:] == ["InferenceComponentName", "dev-chat-llm"]
    assert hidden["runs0x1"][-1] == "canary"
    assert len(graphs) == 3
    assert [one[1] for one in graphs[2]["properties"]["metrics"]] == ["Invocations"]


def test_endpoints_beyond_the_metrics_of_a_dashboard_are_named() -> None:
    endpoints = [
        WatchedEndpoint(name=f"dev-{number}", variants=[f"v{n}" for n in range(10)])
        for number in range(100)
    ]
    widgets = body(lambda one: one.show_endpoints(endpoints))

    metrics = [one["properties"].get("metrics", []) for one in widgets]
    counts = [sum(len(line) > 1 for line in lines) for lines in metrics]
    assert max(counts) <= 500
    assert sum(counts) <= 2500
    assert "dev-99" in widgets[-1]["properties"]["markdown"]


def test_too_many_metrics_are_refused() -> None:
    metric = Metric(namespace="Own", name="One")
    with pytest.raises(ValueError, match=r"dev_usage: got 2501 metrics; must be at most 2500"):
        body(lambda one: one.show_graph("Many", [metric] * 2501))


def test_searches_are_for_the_words_of_the_prefix() -> None:
    widgets = body(lambda one: one.show_jobs("prod-eu-user-"))

    [line] = widgets[0]["properties"]["metrics"]
    assert line[0]["expression"] == (
        "SEARCH('{/aws/sagemaker/TrainingJobs,Host} "
        'MetricName=("CPUUtilization" OR "GPUUtilization") prod eu user\', \'Average\', 300)'
    )
