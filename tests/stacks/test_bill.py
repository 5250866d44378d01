"""Anomaly detection, the bill, and the dashboard of usage of an environment."""

import json
from pathlib import Path

import pytest

from stacks.loading import load_environments
from tests.bad_settings import faults
from tests.support import dependencies, stack, synthesized

ACCOUNT = "123456789012"
HEAD = """\
name: {name}
account: "123456789012"
region: {region}
stage: development
owner: ml-platform
cost_center: research
alarm_emails: [ml@example.com]
network:
  cidr: 10.{number}.0.0/16
  availability_zones: [{region}a, {region}b]
  nat_gateways: {nat}
"""
ALL = """\
lakehouse: {layers: [{name: raw}], permissions: {}}
personas: {administrator: {}, ml_engineer: {}}
inference:
  endpoints:
    - name: scorer
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/scorer:1.0.0
      instance_type: ml.m5.xlarge
studio: {app_report: {}}
delivery:
  github:
    repository: example/ml-platform
    owner_id: "1"
    repository_id: "2"
budget:
  max_usd_per_month: 1000
  anomaly_detection: {}
  bill_export: {}
  dashboard: true
"""
LITTLE = "budget: {max_usd_per_month: 10, alerts: false, dashboard: true}\n"
MONITOR = f"arn:aws:ce::{ACCOUNT}:anomalymonitor/1234abcd-12ab-34cd-56ef-1234567890ab"


def write(
    folder: Path,
    name: str,
    text: str,
    *,
    number: int = 0,
    region: str = "eu-west-1",
    nat: str = "none",
) -> str:
    file = folder / f"{name}.yaml"
    file.write_text(HEAD.format(name=name, number=number, region=region, nat=nat) + text, "utf-8")
    return str(file)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bill")
    files = [
        write(folder, "all", ALL, nat="one"),
        write(folder, "little", LITTLE, number=1),
        write(folder, "china", LITTLE, number=2, region="cn-north-1"),
    ]
    return synthesized(folder / "out", *files)


def titles(assembly: Path, environment: str) -> list[str]:
    """Return the titles of a dashboard's graphs, and the beginnings of its texts."""
    [made] = stack(assembly, f"{environment}/usage").of_type("AWS::CloudWatch::Dashboard")
    assert made["DashboardName"] == f"{environment}_usage"
    text = made["DashboardBody"]
    if isinstance(text, dict):
        text = "".join(one if isinstance(one, str) else "ref" for one in text["Fn::Join"][1])
    widgets = [one["properties"] for one in json.loads(text)["widgets"]]
    return [one.get("title") or one["markdown"][:20] for one in widgets]


def test_the_export_is_in_its_region_after_the_bucket(assembly: Path) -> None:
    bill, export = (stack(assembly, f"all/{name}") for name in ("bill", "bill-export"))

    assert (bill.region, export.region) == ("eu-west-1", "us-east-1")
    assert "all/bill" in dependencies(assembly, "all/bill-export")
    [made] = export.of_type("AWS::BCMDataExports::Export")
    place = made["Export"]["DestinationConfigurations"]["S3Destination"]
    [bucket] = [
        one
        for one in bill.of_type("AWS::S3::Bucket")
        if one.get("BucketName") == place["S3Bucket"] == f"all-bill-{ACCOUNT}-eu-west-1"
    ]
    assert "AES256" in json.dumps(bucket)
    assert place["S3Region"] == "eu-west-1"
    assert {"Key": "environment", "Value": "all"} in made["Tags"]


def test_no_tag_can_replace_the_monitor(assembly: Path) -> None:
    anomalies = stack(assembly, "all/anomalies")

    assert not anomalies.tags
    for kind in ("Monitor", "Subscription"):
        [made] = anomalies.of_type(f"AWS::CE::Anomaly{kind}")
        assert "ResourceTags" not in made


def test_anomaly_detection_may_publish_and_use_the_key(assembly: Path) -> None:
    foundation = stack(assembly, "all/foundation")
    [topic] = foundation.of_type("AWS::SNS::TopicPolicy")
    [key] = foundation.of_type("AWS::KMS::Key")

    for policy, action in (
        (topic["PolicyDocument"], "sns:Publish"),
        (key["KeyPolicy"], ["kms:Decrypt", "kms:GenerateDataKey*"]),
    ):
        [allowed] = [
            one
            for one in policy["Statement"]
            if "costalerts.amazonaws.com" in json.dumps(one.get("Principal"))
        ]
        assert allowed["Action"] == action
        assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert "costalerts" not in stack(assembly, "little/foundation").file.read_text()


def test_lake_formation_hands_out_the_bill_it_governs(assembly: Path) -> None:
    bill = stack(assembly, "all/bill")
    grants = [
        (one["Target"]["Type"], tuple(one["Permissions"]))
        for one in bill.of_type("Custom::DataGrant")
        if "Administrator" in json.dumps(one["Principal"])
    ]

    assert sorted(grants) == [
        ("Database", ("DESCRIBE",)),
        ("Tables", ("DESCRIBE", "SELECT")),
    ]
    [location] = bill.of_type("AWS::LakeFormation::Resource")
    assert location["HybridAccessEnabled"] is False
    tables = [one for one in bill.resources().values() if one["Type"] == "AWS::Glue::Table"]
    assert len(tables) == 5
    assert all(any("Closed" in name for name in one["DependsOn"]) for one in tables)


def test_jobs_that_deploy_reach_the_region_of_the_export(assembly: Path) -> None:
    text = stack(assembly, "all/delivery").file.read_text()

    for region in ("eu-west-1", "us-east-1"):
        assert f"deploy-role-{ACCOUNT}-{region}" in text
        assert f"lookup-role-{ACCOUNT}-{region}" in text


def test_the_dashboard_shows_enabled_features(assembly: Path) -> None:
    found = titles(assembly, "all")

    assert found[0].startswith("| cap |")
    assert "Charges of the account this month, US$" in found
    for start in (
        "Studio in the account",
        "Studio apps over the limit",
        "Endpoints that run and had no request",
        "all-scorer: requests",
        "Endpoints that people created: requests",
        "Training jobs",
        "Bytes that Athena scans",
        "NAT gateways",
    ):
        assert any(one.startswith(start) for one in found), start
    assert not any("Cluster" in one or "Warehouse" in one for one in found)
    assert titles(assembly, "little") == [
        "| cap | US$ per month"[:20],
        "Charges of the account this month, US$",
        "Instances of SageMaker in the account and region",
    ]


def test_another_partition_has_no_charges_of_us_east_1(assembly: Path) -> None:
    assert titles(assembly, "china") == [
        "Cap of china: US$ 10.00 per month"[:20],
        "Instances of SageMaker in the account and region",
    ]


def test_one_environment_of_an_account_creates_the_monitor(tmp_path: Path) -> None:
    creates = "budget: {max_usd_per_month: 10, anomaly_detection: {}}\n"
    first = write(tmp_path, "first", creates)
    second = write(tmp_path, "second", creates, number=1, region="us-east-1")
    third = write(
        tmp_path,
        "third",
        f"budget: {{max_usd_per_month: 10, anomaly_detection: {{monitor_arn: {MONITOR}}}}}\n",
        number=2,
    )

    [fault] = faults(first, second)
    assert "budget.anomaly_detection" in fault
    assert "also creates the monitor of AWS services" in fault
    assert "in the same account. Set monitor_arn in one of them" in fault
    assert len(load_environments(files=[first, third])) == 2
