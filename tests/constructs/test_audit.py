"""The trail and the findings of access from outside, as templates have them."""

from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from sagemaker_platform.audit import AuditTrail, ExternalAccess, SensitiveData, data_event_selectors
from sagemaker_platform.foundation import AccessLogBucket, EnvironmentKey

Json = dict[str, Any]


def template(**options: Any) -> Template:
    stack = Stack(App(), "prod-audit")
    key = EnvironmentKey(stack, "Key", alias="prod", removal_policy=RemovalPolicy.RETAIN)
    logs = AccessLogBucket(
        stack, "AccessLogs", retention_days=30, removal_policy=RemovalPolicy.RETAIN
    )
    key.grant_trail_write(AuditTrail.arn_of(stack, "prod-audit"))
    given: Json = {
        "name": "prod-audit",
        "key": key.key,
        "access_logs": logs.bucket,
        "retention_days": 366,
        "log_group_days": 365,
        "data_events": ["s3", "sagemaker"],
        "bucket_prefixes": ["prod-"],
        "without_buckets": ["prod-audit-"],
    }
    AuditTrail(stack, "Trail", **given | options)
    return Template.from_stack(stack)


def only(found: Template, kind: str, name: str = "") -> Json:
    [properties] = [
        one["Properties"] for key, one in found.find_resources(kind).items() if key.startswith(name)
    ]
    return dict(properties)


@pytest.fixture(scope="module")
def usual() -> Template:
    return template()


def test_trail_is_encrypted_validated_and_of_all_regions(usual: Template) -> None:
    trail = only(usual, "AWS::CloudTrail::Trail")

    assert trail["IsLogging"] is True
    assert trail["EnableLogFileValidation"] is True
    assert trail["IsMultiRegionTrail"] is True
    assert "Fn::GetAtt" in trail["KMSKeyId"]
    assert trail["CloudWatchLogsLogGroupArn"]


def test_objects_of_the_environment_are_recorded_without_the_trails_own(usual: Template) -> None:
    selectors = only(usual, "AWS::CloudTrail::Trail")["AdvancedEventSelectors"]
    by_name = {
        one["Name"]: {field["Field"]: field for field in one["FieldSelectors"]} for one in selectors
    }

    assert set(by_name) == {
        "Management events",
        "AWS::S3::Object",
        "AWS::S3Tables::Table",
        "AWS::S3Tables::TableBucket",
        "AWS::SageMaker::Endpoint",
        "AWS::SageMaker::ExperimentTrialComponent",
        "AWS::SageMaker::FeatureGroup",
        "AWS::SageMaker::MlflowTrackingServer",
    }
    of_objects = by_name["AWS::S3::Object"]["resources.ARN"]
    assert "s3:::prod-" in str(of_objects["StartsWith"])
    assert "s3:::prod-audit-" in str(of_objects["NotStartsWith"])
    assert "resources.ARN" not in by_name["AWS::SageMaker::Endpoint"]
    for kind in ("AWS::S3Tables::Table", "AWS::S3Tables::TableBucket"):
        assert ":bucket/prod-" in str(by_name[kind]["resources.ARN"]["StartsWith"])
        assert "NotStartsWith" not in by_name[kind]["resources.ARN"]


def test_agents_and_flows_of_bedrock_are_recorded() -> None:
    selectors = only(template(data_events=["bedrock"]), "AWS::CloudTrail::Trail")
    names = {one["Name"] for one in selectors["AdvancedEventSelectors"]}
    assert {"AWS::Bedrock::FlowAlias", "AWS::Bedrock::InlineAgent"} <= names


@pytest.mark.parametrize(
    ("lock", "mode"), [("governance", "GOVERNANCE"), ("compliance", "COMPLIANCE")]
)
def test_log_files_are_locked_until_they_expire(lock: str, mode: str) -> None:
    bucket = only(template(lock=lock), "AWS::S3::Bucket", "Trail")

    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {
        "Days": 366,
        "Mode": mode,
    }
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 367


def test_only_the_trail_writes_and_uses_the_key(usual: Template) -> None:
    policy = only(usual, "AWS::S3::BucketPolicy", "Trail")["PolicyDocument"]["Statement"]
    key = only(usual, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    trail = {"Service": "cloudtrail.amazonaws.com"}

    allowed = [one for one in policy if one.get("Principal") == trail]
    assert [one["Action"] for one in allowed] == ["s3:GetBucketAcl", "s3:PutObject"]
    for one in [*allowed, *(each for each in key if each["Principal"] == trail)]:
        assert "trail/prod-audit" in str(one["Condition"]["StringEquals"]["aws:SourceArn"])
    [of_key] = [one for one in key if one["Principal"] == trail]
    assert of_key["Action"] == ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"]


def test_a_trail_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a trail must record something"):
        template(data_events=[], management_events=False)


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(ValueError, match="services: got 'dynamodb'; must be one of bedrock"):
        data_event_selectors(["dynamodb"], buckets=["x"], without=[], table_buckets=[])


@pytest.mark.parametrize("create", [True, False])
def test_macie_tells_and_reads_with_the_key(create: bool) -> None:
    stack = Stack(App(), "prod-audit")
    key = EnvironmentKey(stack, "Key", alias="prod", removal_policy=RemovalPolicy.RETAIN)
    key.grant_macie_read()
    SensitiveData(
        stack,
        "Data",
        topic=sns.Topic(stack, "Topic"),
        key=key.key,
        bucket_prefix="prod-",
        create=create,
        removal_policy=RemovalPolicy.RETAIN,
    )
    found = Template.from_stack(stack)

    found.resource_count_is("AWS::Macie::Session", int(create))
    rule = only(found, "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"] == {
        "type": [{"prefix": "SensitiveData:"}],
        "resourcesAffected": {"s3Bucket": {"name": [{"prefix": "prod-"}]}},
    }
    assert rule["Targets"][0]["DeadLetterConfig"]
    [statement] = [
        one
        for one in only(found, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if "AmazonMacie" in str(one)
    ]
    assert statement["Action"] == "kms:Decrypt"
    assert "kms:CallerAccount" in statement["Condition"]["StringEquals"]


@pytest.mark.parametrize("name", ["prod-external-access", None])
def test_findings_are_told_with_and_without_an_analyzer(name: str | None) -> None:
    stack = Stack(App(), "prod-audit")
    key = EnvironmentKey(stack, "Key", alias="prod", removal_policy=RemovalPolicy.RETAIN)
    ExternalAccess(stack, "Access", topic=sns.Topic(stack, "Topic"), key=key.key, name=name)
    found = Template.from_stack(stack)

    found.resource_count_is("AWS::AccessAnalyzer::Analyzer", 0 if name is None else 1)
    rule = only(found, "AWS::Events::Rule")
    assert rule["EventPattern"]["source"] == ["aws.access-analyzer"]
    assert rule["EventPattern"]["detail"] == {"status": ["ACTIVE"]}
    assert rule["Targets"][0]["DeadLetterConfig"]
