"""Descriptions that AWS refuses are found at synth, service by service."""

import json
from collections.abc import Mapping
from typing import Any

import cloudformation_validate as engine
import pytest

from sagemaker_platform.guardrails.template_validation import validation_engine

ROLE = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
ALARM = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1}
INTEGRATION = {"SourceArn": "arn:aws:s3:::a", "TargetArn": "arn:aws:s3:::b"}
SCHEDULE: Mapping[str, Any] = {
    "ScheduleExpression": "rate(1 day)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:q", "RoleArn": {"Ref": "Role"}},
}
# For each type: the property, other properties, the longest description, and one that is refused
# for its characters. The limits are those of the services' API references.
TYPES: dict[str, tuple[str, Mapping[str, Any], int, str | None]] = {
    "AWS::Athena::DataCatalog": ("Description", {"Name": "a", "Type": "GLUE"}, 1024, None),
    "AWS::Athena::WorkGroup": ("Description", {"Name": "a"}, 1024, None),
    "AWS::CloudWatch::Alarm": ("AlarmDescription", ALARM, 1024, None),
    "AWS::EC2::SecurityGroup": ("GroupDescription", {}, 255, "Glue's workers"),
    "AWS::EC2::SecurityGroupEgress": ("Description", {"IpProtocol": "-1"}, 255, "a -> b"),
    "AWS::EC2::SecurityGroupIngress": ("Description", {"IpProtocol": "-1"}, 255, "Glue's workers"),
    "AWS::Events::Rule": ("Description", {"ScheduleExpression": "rate(1 day)"}, 512, None),
    "AWS::Glue::Crawler": ("Description", {"Role": "r", "Targets": {}}, 2048, None),
    "AWS::Glue::Integration": ("Description", {**INTEGRATION, "IntegrationName": "a"}, 1000, None),
    "AWS::IAM::ManagedPolicy": ("Description", {"PolicyDocument": {}}, 1000, "two\nlines"),
    "AWS::IAM::Role": ("Description", ROLE, 1000, "\u2713"),
    "AWS::KMS::Key": ("Description", {"KeyPolicy": {}}, 8192, None),
    "AWS::Lambda::Function": ("Description", {"Code": {"ZipFile": "x"}}, 256, None),
    "AWS::Lambda::LayerVersion": ("Description", {"Content": {}}, 256, None),
    "AWS::RDS::Integration": ("Description", INTEGRATION, 1000, None),
    "AWS::SSM::Parameter": ("Description", {"Type": "String", "Value": "x"}, 1024, None),
    "AWS::SageMaker::Image": ("ImageDescription", {"ImageName": "a"}, 512, None),
    "AWS::Scheduler::Schedule": ("Description", SCHEDULE, 512, None),
    "AWS::SecretsManager::Secret": ("Description", {}, 2048, None),
}


def findings(type_name: str, description: str) -> list[str]:
    """Return what validation says of one description."""
    name, others, *_ = TYPES[type_name]
    thing = {"Type": type_name, "Properties": {**others, name: description}}
    report = validation_engine().validate_template(
        engine.TemplateContent(json.dumps({"Resources": {"Thing": thing}})),
        engine.ValidateConfig(severity_level=engine.Severity.WARN),
    )
    return [
        f"{found.rule_id}: {found.message}"
        for found in report.diagnostics
        if found.property_path == f"Properties.{name}"
    ]


@pytest.mark.parametrize("type_name", TYPES)
def test_length_limit(type_name: str) -> None:
    longest = TYPES[type_name][2]
    assert findings(type_name, "x" * longest) == []
    assert len(findings(type_name, "x" * (longest + 1))) == 1


@pytest.mark.parametrize("type_name", [name for name, of in TYPES.items() if of[3]])
def test_characters(type_name: str) -> None:
    assert len(findings(type_name, str(TYPES[type_name][3]))) == 1
