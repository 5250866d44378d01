"""Pipelines: their code, what starts them, and what they refuse."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from sagemaker_platform.access import Workload
from sagemaker_platform.network import ImportedNetwork
from sagemaker_platform.pipelines import (
    DataArrival,
    DataFolder,
    Pipeline,
    PipelineCode,
    PipelineRole,
    PipelineSchedule,
    content_digest,
)

SUBNETS = ["subnet-0a1b2c3d4e5f67890", "subnet-0a1b2c3d4e5f67891"]
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1"


class Given:
    """A stack with what pipelines are given."""

    def __init__(self) -> None:
        self.stack = Stack(App(), "One")
        self.key = kms.Key(self.stack, "Key")
        network = ImportedNetwork(
            self.stack,
            "Network",
            vpc_id="vpc-0a1b2c3d4e5f67890",
            cidr="10.0.0.0/16",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            private_subnet_ids=SUBNETS,
        )
        self.workload = Workload(
            self.stack, "Workload", network=network, key=self.key, prefix="pipelines-"
        )
        self.bucket = s3.Bucket.from_bucket_name(self.stack, "Bucket", "artifacts")
        self.topic = sns.Topic.from_topic_arn(
            self.stack, "Topic", "arn:aws:sns:eu-west-1:123456789012:alarms"
        )

    def role(self, **changed: Any) -> PipelineRole:
        arguments: dict[str, Any] = {"jobs": ["TrainingJob"], "images": [IMAGE]}
        return PipelineRole(self.stack, "Role", workload=self.workload, **{**arguments, **changed})

    def pipeline(self, **changed: Any) -> Pipeline:
        arguments: dict[str, Any] = {
            "name": "train",
            "definition": "{}",
            "key": self.key,
            "topic": self.topic,
        }
        role = changed.pop("role", None) or self.role()
        return Pipeline(self.stack, "Train", role=role, **{**arguments, **changed})

    def template(self) -> Template:
        return Template.from_stack(self.stack)

    def actions(self) -> set[str]:
        """Return the actions of all managed policies."""
        found = self.template().find_resources("AWS::IAM::ManagedPolicy").values()
        return {
            action
            for policy in found
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            for action in (
                [statement["Action"]]
                if isinstance(statement["Action"], str)
                else statement["Action"]
            )
        }


def test_role_starts_the_jobs_of_its_steps_only() -> None:
    given = Given()
    given.role(jobs=["ProcessingJob", "AutoMLJobV2"])
    found = given.actions()
    assert {
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateAutoMLJobV2",
        "sagemaker:StopAutoMLJob",
        "sagemaker:DescribeAutoMLJobV2",
    } <= found
    for action in ("CreateTrainingJob", "CreateTransformJob", "CreateModel", "CreateModelPackage"):
        assert f"sagemaker:{action}" not in found


def test_role_transforms_with_its_own_models_only() -> None:
    given = Given()
    given.role(jobs=["TransformJob"], creates_models=True)
    text = str(given.template().to_json())
    assert "'sagemaker:ModelArn'" in text
    assert {"sagemaker:CreateTransformJob", "sagemaker:CreateModel"} <= given.actions()


def test_pipeline_without_starts_keeps_only_undelivered_notices() -> None:
    given = Given()
    given.pipeline(max_parallel_steps=3)
    template = given.template()
    [queue] = template.find_resources("AWS::SQS::Queue")
    assert queue.startswith("EventDeadLetters")
    template.has_resource_properties(
        "AWS::SageMaker::Pipeline", {"ParallelismConfiguration": {"MaxParallelExecutionSteps": 3}}
    )
    template.has_resource_properties(
        "AWS::Events::Rule",
        {"EventPattern": {"detail": {"currentPipelineExecutionStatus": ["Failed"]}}},
    )


def test_schedule_and_arrival_share_a_queue_with_an_alarm() -> None:
    given = Given()
    pipeline = given.pipeline()
    pipeline.add_schedule(PipelineSchedule(expression="rate(1 day)", parameters={"Data": "x"}))
    pipeline.add_data_arrival(
        DataArrival(bucket=given.bucket, folder="in", file="_SUCCESS", parameters={"A": "b"})
    )
    template = given.template()
    # Besides that of notices.
    template.resource_count_is("AWS::SQS::Queue", 2)
    template.resource_count_is("AWS::CloudWatch::Alarm", 2)
    parameters = {"PipelineParameterList": [{"Name": "Data", "Value": "x"}]}
    template.has_resource_properties(
        "AWS::Scheduler::Schedule",
        {
            "Target": {
                "DeadLetterConfig": Match.any_value(),
                "SageMakerPipelineParameters": parameters,
            }
        },
    )
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "detail": {
                    "object": {"key": ["in/_SUCCESS", {"wildcard": "in/*/_SUCCESS"}]},
                }
            },
            "Targets": [
                {
                    "DeadLetterConfig": Match.any_value(),
                    "SageMakerPipelineParameters": {
                        "PipelineParameterList": [{"Name": "A", "Value": "b"}]
                    },
                }
            ],
        },
    )


def test_folder_is_listed_with_and_without_a_slash() -> None:
    given = Given()
    given.role(reads=[DataFolder(bucket=given.bucket, folder="in")])
    found = given.template().find_resources("AWS::IAM::ManagedPolicy").values()
    conditions = [
        statement.get("Condition")
        for policy in found
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "s3:ListBucket"
    ]
    assert {"StringLike": {"s3:prefix": "in/*"}} in conditions
    assert {"StringEquals": {"s3:prefix": "in"}} in conditions


def test_changed_code_has_another_folder(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text("1", "utf-8")
    first = content_digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/train.pyc").write_text("x", "utf-8")
    assert content_digest(tmp_path) == first
    file.rename(tmp_path / "other.py")
    assert content_digest(tmp_path) != first


def test_code_goes_to_a_folder_that_is_allowed(tmp_path: Path) -> None:
    given = Given()
    code = PipelineCode(
        given.stack,
        "Code",
        bucket=given.bucket,
        folders=["a"],
        key=given.key,
        log_retention_days=30,
    )
    with pytest.raises(ValueError, match="folder: got b; must be one of a"):
        code.add("B", source=tmp_path, folder="b")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda given: given.pipeline(definition="x" * 1_048_577), "must be at most 1048576"),
        (lambda given: given.role(jobs=["EMRJob"]), "jobs"),
        (lambda given: given.role(images=["docker.io/python"]), "an image in ECR"),
    ],
)
def test_wrong_argument_is_refused(build: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        build(Given())
