"""Captured requests are redacted before anybody reads them."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform.inference.redaction import Redaction
from tests.constructs.inference_support import bucket, context


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    hook = tmp_path_factory.mktemp("team") / "redaction.py"
    hook.write_text("def redact(record):\n    return None\n", "utf-8")
    stack = Stack(App(builtin_cloud_formation_validation=False), "Test")
    key = kms.Key(stack, "Key")
    Redaction(
        stack,
        "Redaction",
        name="team-support",
        hook=Path(hook),
        readable=bucket(stack, "Captures", key),
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        context=context(stack, key),
        raw_days=3,
    )
    return Template.from_stack(stack)


def found(template: Template, kind: str, part: str) -> tuple[str, dict[str, Any]]:
    [(name, resource)] = [
        (name, resource)
        for name, resource in template.find_resources(kind).items()
        if name.startswith(part)
    ]
    return name, dict(resource["Properties"])


def test_nobody_else_reads_what_came_in(template: Template) -> None:
    role, _ = found(template, "AWS::IAM::Role", "RedactionFunctionRole")
    _, policy = found(template, "AWS::S3::BucketPolicy", "RedactionRaw")

    denied = [
        one for one in policy["PolicyDocument"]["Statement"] if "s3:GetObject" in one["Action"]
    ]
    assert [one["Effect"] for one in denied] == ["Deny"]
    assert denied[0]["Principal"] == {"AWS": "*"}
    assert denied[0]["Condition"] == {
        "ArnNotEquals": {"aws:PrincipalArn": {"Fn::GetAtt": [role, "Arn"]}}
    }


def test_what_came_in_goes_soon_and_cannot_be_brought_back(template: Template) -> None:
    _, raw = found(template, "AWS::S3::Bucket", "RedactionRaw")

    [rule] = raw["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 3
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_each_file_of_the_endpoint_reaches_the_function(template: Template) -> None:
    raw_id, raw = found(template, "AWS::S3::Bucket", "RedactionRaw")
    rule_id, rule = found(template, "AWS::Events::Rule", "Redaction")
    function_id, function = found(template, "AWS::Lambda::Function", "RedactionFunction")

    configuration = raw["NotificationConfiguration"]["EventBridgeConfiguration"]
    assert configuration == {"EventBridgeEnabled": True}
    assert rule["EventPattern"]["detail"] == {
        "bucket": {"name": [{"Ref": raw_id}]},
        "object": {"key": [{"wildcard": "team-support/*.jsonl"}]},
    }
    assert rule["Targets"][0]["Arn"] == {"Fn::GetAtt": [function_id, "Arn"]}
    _, permission = found(template, "AWS::Lambda::Permission", "Redaction")
    assert permission["SourceArn"] == {"Fn::GetAtt": [rule_id, "Arn"]}
    assert function["Environment"]["Variables"]["HOOK_FILE"] == "/opt/redaction.py"
    [layer] = template.find_resources("AWS::Lambda::LayerVersion")
    assert function["Layers"] == [{"Ref": layer}]


def test_the_function_may_do_its_work_and_no_more(template: Template) -> None:
    readable, _ = found(template, "AWS::S3::Bucket", "Captures")
    _, policy = found(template, "AWS::IAM::ManagedPolicy", "RedactionFunctionPolicy")

    statements = policy["PolicyDocument"]["Statement"]
    writes = [one for one in statements if "s3:PutObject" in one["Action"]]
    assert readable in json.dumps(writes[0]["Resource"])
    assert json.dumps(writes[0]["Resource"]).endswith('/team-support/*"]]}')
    reads = [one for one in statements if "s3:GetObject" in one["Action"]]
    assert readable not in json.dumps(reads)


def test_what_fails_is_kept_and_told(template: Template) -> None:
    queue, properties = found(template, "AWS::SQS::Queue", "RedactionFailed")
    _, function = found(template, "AWS::Lambda::Function", "RedactionFunction")

    assert "KmsMasterKeyId" in properties
    assert function["DeadLetterConfig"] == {"TargetArn": {"Fn::GetAtt": [queue, "Arn"]}}
    alarms = template.find_resources("AWS::CloudWatch::Alarm").values()
    assert {alarm["Properties"]["MetricName"] for alarm in alarms} == {
        "ApproximateNumberOfMessagesVisible",
        "FailedInvocations",
    }
    assert all(alarm["Properties"]["AlarmActions"] for alarm in alarms)
