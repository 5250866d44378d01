"""Batch transform jobs, prepared and started by a schedule."""

import json
from typing import Any

import botocore.session
import pytest
from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template
from botocore.validate import ParamValidator

from sagemaker_platform.inference import (
    BatchTransform,
    ModelSource,
    TransformInput,
    TransformOutput,
    TransformRequests,
    TransformSchedule,
)
from tests.constructs.inference_support import IMAGE, bucket, context, properties


def transform(stack: Stack, **arguments: Any) -> Template:
    key = kms.Key(stack, "Key")
    output = arguments.pop("output", {})
    BatchTransform(
        stack,
        "Transform",
        **{
            "name": "team-scores",
            "source": ModelSource(image=IMAGE),
            "instance_type": "ml.m5.xlarge",
            "instance_count": 2,
            "input": TransformInput(uri="s3://customers/features/"),
            "output": TransformOutput(bucket=bucket(stack, "Results", key), **output),
            "context": context(stack, key),
            **arguments,
        },
    )
    return Template.from_stack(stack)


def joined(value: Any) -> str:
    """Return a value as CloudFormation does, with references in its place."""
    match value:
        case str():
            return value
        case {"Fn::Join": [_, parts]}:
            return "".join(map(joined, parts))
        case {"Ref": str() as name}:
            return name
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{name}-{attribute}"
    raise AssertionError(value)


def definition(template: Template) -> dict[str, Any]:
    text = joined(properties(template, "AWS::SSM::Parameter")["Value"])
    job: dict[str, Any] = json.loads(text)
    return job


def request_is_valid(job: dict[str, Any]) -> None:
    """Check a request as boto3 does before it sends it."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.operation_model("CreateTransformJob").input_shape
    report = ParamValidator().validate(job, shape)
    assert not report.has_errors(), report.generate_report()


def test_a_definition_is_a_request_without_a_name(stack: Stack) -> None:
    job = definition(
        transform(
            stack,
            input=TransformInput(
                uri="s3://customers/features/", content_type="text/csv", split="Line"
            ),
            output={"accept": "text/csv", "lines": True, "joined": True, "output_filter": "$[0]"},
            requests=TransformRequests(many_records=True, max_concurrent=4, max_retries=0),
            tags={"owner": "team"},
        )
    )
    assert "TransformJobName" not in job
    request_is_valid({"TransformJobName": "by-hand", **job})
    assert job["TransformInput"]["SplitType"] == "Line"
    assert job["TransformOutput"]["AssembleWith"] == "Line"
    assert job["TransformOutput"]["KmsKeyId"]
    assert job["TransformResources"]["VolumeKmsKeyId"]
    assert job["BatchStrategy"] == "MultiRecord"
    # Zero is given, and not left out.
    assert job["ModelClientConfig"] == {"InvocationsMaxRetries": 0}
    assert job["DataProcessing"] == {"OutputFilter": "$[0]", "JoinSource": "Input"}
    assert job["Tags"] == [{"Key": "owner", "Value": "team"}]


def test_omitted_arguments_are_not_in_the_request(stack: Stack) -> None:
    job = definition(transform(stack, instance_type="ml.g4dn.xlarge"))
    request_is_valid({"TransformJobName": "by-hand", **job})
    assert set(job) == {"ModelName", "TransformInput", "TransformOutput", "TransformResources"}
    # Local disks take no key.
    assert "VolumeKmsKeyId" not in job["TransformResources"]


def test_a_schedule_starts_the_same_job_under_a_new_name(stack: Stack) -> None:
    template = transform(
        stack, schedule=TransformSchedule(expression="rate(1 day)", time_zone="Europe/Dublin")
    )
    schedule = properties(template, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Dublin"
    assert schedule["State"] == "ENABLED"
    assert joined(schedule["Target"]["Arn"]).endswith(
        ":scheduler:::aws-sdk:sagemaker:createTransformJob"
    )
    job = json.loads(joined(schedule["Target"]["Input"]))
    name = job.pop("TransformJobName")
    assert name == "team-scores-<aws.scheduler.execution-id>"
    assert job == definition(template)


def test_the_schedule_may_start_these_jobs_and_nothing_else(stack: Stack) -> None:
    template = transform(stack, schedule=TransformSchedule(expression="rate(1 day)"))
    [policy] = [
        p["Properties"]["PolicyDocument"]["Statement"]
        for p in template.find_resources("AWS::IAM::ManagedPolicy").values()
        if "Starts jobs" in p["Properties"]["Description"]
    ]
    by_action = {str(s["Action"]): s for s in policy}
    assert set(by_action) == {
        "['sagemaker:AddTags', 'sagemaker:CreateTransformJob']",
        "kms:CreateGrant",
        "kms:DescribeKey",
    }
    jobs = by_action["['sagemaker:AddTags', 'sagemaker:CreateTransformJob']"]["Resource"]
    assert joined(jobs).endswith(":transform-job/team-scores-*")
    [role] = [
        r["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        for r in template.find_resources("AWS::IAM::Role").values()
        if "Starts jobs" in r["Properties"]["Description"]
    ]
    assert role["Principal"] == {"Service": "scheduler.amazonaws.com"}
    source = joined(role["Condition"]["ArnEquals"]["aws:SourceArn"])
    assert source.endswith(":schedule-group/team-scores")


def test_a_failure_and_a_start_that_did_not_happen_are_told(stack: Stack) -> None:
    template = transform(stack, schedule=TransformSchedule(expression="rate(1 day)"))
    rule = properties(template, "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"] == {
        "TransformJobName": [{"prefix": "team-scores-"}],
        "TransformJobStatus": ["Failed"],
    }
    [topic] = template.find_resources("AWS::SNS::Topic")
    assert rule["Targets"][0]["Arn"] == {"Ref": topic}
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "Namespace": "AWS/Scheduler",
            "MetricName": "InvocationDroppedCount",
            "Dimensions": [{"Name": "ScheduleGroup", "Value": "team-scores"}],
        },
    )


def test_by_hand_means_no_schedule(stack: Stack) -> None:
    template = transform(stack)
    template.resource_count_is("AWS::Scheduler::Schedule", 0)
    template.resource_count_is("AWS::IAM::Role", 1)


def test_a_manifest_may_name_anything_in_its_bucket(stack: Stack) -> None:
    template = transform(stack, input=TransformInput(uri="s3://customers/m.json", manifest=True))
    [document] = template.find_resources("AWS::IAM::ManagedPolicy").values()
    resources = [
        one
        for s in document["Properties"]["PolicyDocument"]["Statement"]
        if s["Action"] == "s3:GetObject"
        for one in (s["Resource"] if isinstance(s["Resource"], list) else [s["Resource"]])
    ]
    assert any(joined(one).endswith(":s3:::customers/*") for one in resources)


def test_refuses_names_that_leave_no_room(stack: Stack) -> None:
    with pytest.raises(ValueError, match="at most 46 characters"):
        transform(stack, name="x" * 47)
