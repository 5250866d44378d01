import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sagemaker_platform.custom_resources.app_report import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

DOMAIN = "d-ours"
EVENT: Item = {"DomainId": DOMAIN, "MaxHours": 24, "Namespace": "Test/Studio", "MetricsBy": []}


@dataclass
class Apps(FakeAws):
    """Apps and spaces in memory, and the metrics that were put.

    Attributes:
        page: the most that a list gives back at once.
    """

    page: int = 100
    apps: list[Item] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    metrics: list[Item] = field(default_factory=list)

    def add(self, hours: float, *, status: str = "InService", **members: Any) -> None:
        self.apps.append(
            {
                "DomainId": DOMAIN,
                "AppType": "JupyterLab",
                "AppName": f"app-{len(self.apps)}",
                "Status": status,
                "CreationTime": datetime.fromtimestamp(self.now - hours * 3600, UTC),
                "ResourceSpec": {"InstanceType": "ml.t3.medium"},
                **members,
            }
        )

    def list_apps(self, DomainIdEquals: str, MaxResults: int, NextToken: str = "0") -> Item:  # noqa: N803
        assert DomainIdEquals == DOMAIN
        start, size = int(NextToken), min(self.page, MaxResults)
        more = {"NextToken": str(start + size)} if start + size < len(self.apps) else {}
        return {"Apps": self.apps[start : start + size], **more}

    def describe_app(self, **keys: str) -> Item:
        for app in self.apps:
            if all(app.get(key) == value for key, value in keys.items()):
                return {**app, "LastUserActivityTimestamp": datetime.fromtimestamp(0, UTC)}
        raise failure("ResourceNotFound")

    def describe_space(self, DomainId: str, SpaceName: str) -> Item:  # noqa: N803
        if SpaceName not in self.owners:
            raise failure("ResourceNotFound")
        owner = {"OwnerUserProfileName": self.owners[SpaceName]}
        return {"DomainId": DomainId, "SpaceName": SpaceName, "OwnershipSettings": owner}

    def put_metric_data(self, Namespace: str, MetricData: list[Item]) -> Item:  # noqa: N803
        assert Namespace == "Test/Studio"
        self.metrics += MetricData
        return {}

    def value(self, name: str, **dimensions: str) -> Any:
        wanted = {"DomainId": DOMAIN, **dimensions}
        [value] = [
            metric["Value"]
            for metric in self.metrics
            if metric["MetricName"] == name
            and {d["Name"]: d["Value"] for d in metric["Dimensions"]} == wanted
        ]
        return value


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Apps:
    world = Apps()
    world.install(monkeypatch, index)
    # Retrying is botocore's, below what the fake stands in for.
    index.client.cache_clear()
    return world


def lines(caplog: pytest.LogCaptureFixture) -> list[Item]:
    found = [json.loads(record.message) for record in caplog.records]
    return [line for line in found if line["Message"] == "App over the limit"]


def test_nothing_runs(aws: Apps) -> None:
    assert index.report(EVENT, None) == {"DomainId": DOMAIN, "Running": 0, "OverLimit": 0}
    assert aws.value("AppsOverLimit") == 0
    assert aws.value("RunningApps") == 0


@pytest.mark.parametrize(("hours", "over"), [(1, 0), (24, 0), (24.1, 1), (1000, 1)])
def test_limit_is_exclusive(aws: Apps, hours: float, over: int) -> None:
    aws.add(hours, UserProfileName="ann")
    assert index.report(EVENT, None)["OverLimit"] == over
    assert aws.value("AppsOverLimit") == over
    assert aws.value("RunningApps") == 1


def test_log_line_has_the_facts_of_an_app(aws: Apps, caplog: pytest.LogCaptureFixture) -> None:
    aws.add(50.04, SpaceName="lab", ResourceSpec={"InstanceType": "ml.g5.xlarge"})
    aws.add(1, UserProfileName="bob")
    aws.owners["lab"] = "ann"
    index.report(EVENT, None)
    [line] = lines(caplog)
    assert line == {
        "Message": "App over the limit",
        "DomainId": DOMAIN,
        "Owner": "ann",
        "Space": "lab",
        "AppType": "JupyterLab",
        "AppName": "app-0",
        "InstanceType": "ml.g5.xlarge",
        "Hours": 50.0,
        "LastUserActivity": "1970-01-01T00:00:00+00:00",
    }


def test_logs_the_longest_running_first(aws: Apps, caplog: pytest.LogCaptureFixture) -> None:
    for hours in (30, 300, 100):
        aws.add(hours, UserProfileName="ann")
    index.report(EVENT, None)
    assert [line["Hours"] for line in lines(caplog)] == [300, 100, 30]


@pytest.mark.parametrize("status", ["Deleted", "Deleting", "Failed"])
def test_ignores_apps_that_do_not_run(aws: Apps, status: str) -> None:
    aws.add(100, status=status, UserProfileName="ann")
    assert index.report(EVENT, None) == {"DomainId": DOMAIN, "Running": 0, "OverLimit": 0}


def test_counts_apps_that_are_pending(aws: Apps) -> None:
    aws.add(100, status="Pending", UserProfileName="ann")
    assert index.report(EVENT, None)["OverLimit"] == 1


@pytest.mark.parametrize(
    ("kind", "instance", "counts"),
    [
        ("JupyterServer", "system", False),
        ("RStudioServerPro", "ml.t3.medium", False),
        ("RSessionGateway", "system", False),
        ("Canvas", "system", True),
        ("KernelGateway", "ml.t3.medium", True),
        ("CodeEditor", "ml.t3.medium", True),
    ],
)
def test_ignores_apps_without_charge(aws: Apps, kind: str, instance: str, counts: bool) -> None:
    aws.add(100, AppType=kind, UserProfileName="ann", ResourceSpec={"InstanceType": instance})
    assert index.report(EVENT, None)["OverLimit"] == int(counts)


def test_canvas_without_an_instance_counts(aws: Apps) -> None:
    aws.add(100, AppType="Canvas", UserProfileName="ann")
    del aws.apps[0]["ResourceSpec"]
    assert index.report(EVENT, None)["OverLimit"] == 1


@pytest.mark.parametrize("number", [99, 100, 101, 250])
def test_many_pages(aws: Apps, number: int) -> None:
    for _ in range(number):
        aws.add(25, UserProfileName="ann")
    assert index.report(EVENT, None)["OverLimit"] == number
    assert aws.calls.count("ListApps") == -(-number // 100)


def test_small_and_empty_pages(aws: Apps) -> None:
    aws.page = 1
    for _ in range(5):
        aws.add(25, UserProfileName="ann")
    assert index.report(EVENT, None)["OverLimit"] == 5


def test_ignores_apps_of_another_domain(aws: Apps) -> None:
    aws.add(100, DomainId="d-other", UserProfileName="ann")
    assert index.report(EVENT, None)["Running"] == 0


def test_metrics_by_type_and_owner(aws: Apps) -> None:
    aws.owners["lab"] = "ann"
    aws.add(100, SpaceName="lab")
    aws.add(100, AppType="Canvas", UserProfileName="ann")
    aws.add(100, UserProfileName="bob")
    aws.add(1, UserProfileName="eve")
    index.report({**EVENT, "MetricsBy": ["AppType", "Owner"]}, None)
    assert aws.value("AppsOverLimit") == 3
    assert aws.value("AppsOverLimit", AppType="JupyterLab") == 2
    assert aws.value("AppsOverLimit", AppType="Canvas") == 1
    assert aws.value("AppsOverLimit", Owner="ann") == 2
    assert aws.value("AppsOverLimit", Owner="bob") == 1
    assert len(aws.metrics) == 6


def test_hundreds_of_owners_fit_into_calls(aws: Apps) -> None:
    for number in range(1200):
        aws.add(100, UserProfileName=f"user{number}")
    index.report({**EVENT, "MetricsBy": ["Owner"]}, None)
    assert aws.calls.count("PutMetricData") == 3
    assert len(aws.metrics) == 1202
    # What the alarm watches comes when all the rest is there.
    assert {d["Name"] for d in aws.metrics[-1]["Dimensions"]} == {"DomainId"}


def test_describes_only_apps_over_the_limit(aws: Apps) -> None:
    for hours in (1, 2, 100):
        aws.add(hours, UserProfileName="ann")
    index.report(EVENT, None)
    assert aws.calls == ["ListApps", "DescribeApp", "PutMetricData"]


def test_ignores_apps_that_ended_in_the_meantime(aws: Apps) -> None:
    aws.add(100, UserProfileName="ann")
    aws.add(100, UserProfileName="bob")

    def end(operation: str) -> None:
        if operation == "DescribeApp" and len(aws.apps) == 2:
            del aws.apps[0]

    aws.before = end
    assert index.report(EVENT, None)["OverLimit"] == 1


def test_ignores_apps_in_deletion(aws: Apps) -> None:
    aws.add(100, UserProfileName="ann")
    aws.before = lambda operation: (
        aws.apps[0].update(Status="Deleting") if operation == "DescribeApp" else None
    )
    assert index.report(EVENT, None)["OverLimit"] == 0


def test_deleted_space_has_no_owner(aws: Apps, caplog: pytest.LogCaptureFixture) -> None:
    aws.add(100, SpaceName="gone")
    index.report(EVENT, None)
    [line] = lines(caplog)
    assert line["Owner"] == "unknown"


@pytest.mark.parametrize("operation", ["ListApps", "DescribeApp", "DescribeSpace", "PutMetricData"])
def test_a_failure_ends_the_report(aws: Apps, operation: str) -> None:
    aws.add(100, SpaceName="lab")
    aws.order(operation, failure("AccessDeniedException"))
    with pytest.raises(ClientError, match="AccessDenied"):
        index.report(EVENT, None)
    assert aws.metrics == []


def test_boto3_retries_throttling(aws: Apps) -> None:
    config = index.client("sagemaker").meta.config.retries
    assert config == {"mode": "standard", "total_max_attempts": 10}
