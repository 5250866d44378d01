"""What AWS refuses of anomaly detection and exports of the bill, in a rehearsal."""

import json
import time
from typing import Any

import pytest

ACCOUNT = "555555555555"
TOPIC = {"Type": "SNS", "Address": f"arn:aws:sns:eu-west-1:{ACCOUNT}:alarms"}
EMAIL = {"Type": "EMAIL", "Address": "a@example.com"}
MONITOR = {
    "Type": "AWS::CE::AnomalyMonitor",
    "Properties": {
        "MonitorName": "dev",
        "MonitorType": "DIMENSIONAL",
        "MonitorDimension": "SERVICE",
    },
}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "rehearsed-bill"}}
POLICY = {
    "Type": "AWS::S3::BucketPolicy",
    "Properties": {
        "Bucket": "rehearsed-bill",
        "PolicyDocument": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "bcm-data-exports.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": "arn:aws:s3:::rehearsed-bill/*",
                }
            ]
        },
    },
}
EXPORT = {
    "Type": "AWS::BCMDataExports::Export",
    "Properties": {
        "Export": {
            "Name": "dev-bill",
            "DataQuery": {"QueryStatement": "SELECT a FROM COST_AND_USAGE_REPORT"},
            "DestinationConfigurations": {
                "S3Destination": {
                    "S3Bucket": "rehearsed-bill",
                    "S3Prefix": "cur2",
                    "S3Region": "eu-west-1",
                    "S3OutputConfigurations": {
                        "Compression": "PARQUET",
                        "Format": "PARQUET",
                        "OutputType": "CUSTOM",
                        "Overwrite": "OVERWRITE_REPORT",
                    },
                }
            },
            "RefreshCadence": {"Frequency": "SYNCHRONOUS"},
        }
    },
}


def subscription(frequency: str, *subscribers: Any) -> Any:
    return {
        "Type": "AWS::CE::AnomalySubscription",
        "Properties": {
            "SubscriptionName": "dev",
            "MonitorArnList": [{"Fn::GetAtt": ["Monitor", "MonitorArn"]}],
            "Frequency": frequency,
            "Subscribers": list(subscribers),
        },
    }


def outcome(client: Any, stack: str, resources: Any, region: str = "eu-west-1") -> str:
    """Create a stack and return how that ended, with the reason of a failure."""
    formation = client("cloudformation", ACCOUNT, region)
    formation.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": resources}))
    until = time.monotonic() + 30
    while True:
        [found] = formation.describe_stacks(StackName=stack)["Stacks"]
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            break
        assert time.monotonic() < until
        time.sleep(0.05)
    events = formation.describe_stack_events(StackName=stack)["StackEvents"]
    reasons = [one.get("ResourceStatusReason", "") for one in events]
    return " ".join([found["StackStatus"], *reasons])


def test_an_account_has_one_monitor_of_services(client: Any) -> None:
    first = {"Monitor": MONITOR, "Subscription": subscription("IMMEDIATE", TOPIC)}

    assert outcome(client, "first", first).startswith("CREATE_COMPLETE")
    second = outcome(client, "second", {"Monitor": MONITOR}, "us-east-1")
    assert "Limit exceeded on dimensional spend monitor creation" in second


@pytest.mark.parametrize(
    ("frequency", "subscriber", "wanted"),
    [("IMMEDIATE", EMAIL, "SNS"), ("DAILY", TOPIC, "EMAIL"), ("WEEKLY", TOPIC, "EMAIL")],
)
def test_frequency_and_subscribers_go_together(
    client: Any, frequency: str, subscriber: Any, wanted: str
) -> None:
    made = subscription(frequency, subscriber)
    made["Properties"]["MonitorArnList"] = [
        f"arn:aws:ce::{ACCOUNT}:anomalymonitor/1234abcd-12ab-34cd-56ef-1234567890ab"
    ]

    found = outcome(client, f"of-{frequency.lower()}", {"Subscription": made})
    assert f"{frequency} takes subscribers of type {wanted}" in found


def test_an_export_needs_its_region_and_the_policy_of_the_bucket(client: Any) -> None:
    bucket = {"Bucket": BUCKET}
    export = {"Export": EXPORT}

    assert outcome(client, "bucket", bucket).startswith("CREATE_COMPLETE")
    assert "bucket permission validation failed" in outcome(client, "early", export, "us-east-1")
    assert outcome(client, "policy", {"Policy": POLICY}).startswith("CREATE_COMPLETE")
    assert outcome(client, "export", export, "us-east-1").startswith("CREATE_COMPLETE")
    assert "not available in us-west-2" in outcome(client, "elsewhere", export, "us-west-2")
