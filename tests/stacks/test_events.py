"""Notices of events: which reach the topic, what they say, and where lost ones go."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from sagemaker_platform.events import KINDS, EventNotices
from stacks.loading import load_environments
from tests.event_patterns import matches
from tests.support import EXAMPLES, block_of

Event = Mapping[str, Any]


def template(states: Mapping[str, Any], **more: Any) -> Template:
    stack = Stack(App(), "S")
    EventNotices(
        stack,
        "Notices",
        states=states,
        topic=sns.Topic(stack, "T"),
        key=kms.Key(stack, "K"),
        **more,
    )
    return Template.from_stack(stack)


def rules(found: Template) -> list[dict[str, Any]]:
    return [one["Properties"] for one in found.find_resources("AWS::Events::Rule").values()]


def text(value: Any) -> str:
    """A string of a template, with references as their names."""
    if isinstance(value, dict) and "Fn::Join" in value:
        return "".join(map(text, value["Fn::Join"][1]))
    return f"<{value['Ref']}>" if isinstance(value, dict) else str(value)


def resolved(pattern: Any) -> Any:
    """A pattern of a template, with references as their names."""
    if isinstance(pattern, dict) and not pattern.keys() & {"Ref", "Fn::Join"}:
        return {key: resolved(one) for key, one in pattern.items()}
    if isinstance(pattern, list):
        return [resolved(one) for one in pattern]
    return text(pattern) if isinstance(pattern, dict) else pattern


def job(state: str, name: str = "a-job") -> Event:
    return {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Training Job State Change",
        "detail": {"TrainingJobName": name, "TrainingJobStatus": state},
    }


def test_only_the_states_that_are_wanted_are_told() -> None:
    [rule] = rules(template({"training_jobs": ["Failed"]}))
    assert matches(resolved(rule["EventPattern"]), job("Failed"))
    assert not matches(resolved(rule["EventPattern"]), job("Completed"))
    assert not matches(resolved(rule["EventPattern"]), {**job("Failed"), "source": "aws.batch"})


def test_prefixes_choose_resources() -> None:
    [rule] = rules(template({"training_jobs": ["Failed"]}, name_prefixes=["dev-"]))
    assert matches(resolved(rule["EventPattern"]), job("Failed", "dev-user-a"))
    assert not matches(resolved(rule["EventPattern"]), job("Failed", "prod-a"))


def test_prefixes_of_packages_match_their_groups() -> None:
    [rule] = rules(template({"model_packages": ["Failed"]}, name_prefixes=["dev-"]))
    arn = "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:model-package"
    event = {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "detail": {"ModelPackageStatus": "Failed", "ModelPackageArn": f"{arn}/dev-churn/1"},
    }
    assert matches(resolved(rule["EventPattern"]), event)
    event["detail"] = {"ModelPackageStatus": "Failed", "ModelPackageArn": f"{arn}/prod-churn/1"}
    assert not matches(resolved(rule["EventPattern"]), event)


def test_endpoints_that_tell_of_themselves_are_left_out() -> None:
    [rule] = rules(template({"endpoints": ["FAILED"]}, untold_endpoints=["dev-scorer"]))
    arn = "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:endpoint"

    def event(name: str) -> Event:
        return {
            "source": "aws.sagemaker",
            "detail-type": "SageMaker Endpoint State Change",
            "detail": {
                "EndpointName": name,
                "EndpointArn": f"{arn}/{name}",
                "EndpointStatus": "FAILED",
            },
        }

    assert matches(resolved(rule["EventPattern"]), event("dev-user-other"))
    assert not matches(resolved(rule["EventPattern"]), event("dev-scorer"))


@pytest.mark.parametrize("changed", [["ModelApprovalStatus"], ["CustomerMetadataProperties"]])
def test_approval_is_reported_once(changed: list[str]) -> None:
    [rule] = rules(template({"model_approvals": ["Approved"]}))
    event = {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "detail": {"ModelApprovalStatus": "Approved", "UpdatedModelPackageFields": changed},
    }
    assert matches(resolved(rule["EventPattern"]), event) is (changed == ["ModelApprovalStatus"])


@pytest.mark.parametrize("for_chat", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_message_is_one_valid_line(kind: str, for_chat: bool) -> None:
    found = template({kind: KINDS[kind].states}, for_chat=for_chat)
    [rule] = rules(found)
    [target] = rule["Targets"]
    transformer = target["InputTransformer"]
    used = set(re.findall(r"<([a-z]+)>", transformer["InputTemplate"]))
    # EventBridge refuses a variable that has no path.
    assert used <= transformer["InputPathsMap"].keys()
    assert {"name", "state", "account", "region"} <= used
    message = json.loads(transformer["InputTemplate"])
    if for_chat:
        assert (message["version"], message["source"]) == ("1.0", "custom")
        message = message["content"]["description"]
    assert "\n" not in message
    assert len(transformer["InputTemplate"]) <= 8192


def test_lost_notices_go_to_an_encrypted_queue_with_an_alarm() -> None:
    found = template({"training_jobs": ["Failed"], "pipelines": ["Failed"]})
    [queue] = found.find_resources("AWS::SQS::Queue")
    for rule in rules(found):
        [target] = rule["Targets"]
        assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}
    [about] = found.find_resources("AWS::SQS::Queue").values()
    assert about["Properties"]["KmsMasterKeyId"]
    [policy] = found.find_resources("AWS::SQS::QueuePolicy").values()
    [let] = [
        one
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
        if one["Effect"] == "Allow"
    ]
    assert let["Principal"] == {"Service": "events.amazonaws.com"}
    assert len(let["Condition"]["ArnEquals"]["aws:SourceArn"]) == 2
    [alarm] = found.find_resources("AWS::CloudWatch::Alarm").values()
    assert alarm["Properties"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert alarm["Properties"]["AlarmActions"]


def test_default_is_what_went_wrong() -> None:
    file = next(one for one in EXAMPLES if one.stem == "events-minimal")
    [environment] = load_environments(files=[str(file)])
    states = block_of(environment, "events").states
    assert states["training_jobs"] == ["Failed"]
    assert states["cluster_nodes"] == ["Unhealthy"]
    assert "model_approvals" not in states


@pytest.mark.parametrize(
    ("kind", "message"),
    [({"jobs": ["Failed"]}, "states: got 'jobs'; must be one of"), ({}, "states")],
)
def test_construct_refuses_kinds_that_are_unknown(kind: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        template(kind)


def test_failures_are_states() -> None:
    for name, kind in KINDS.items():
        assert set(kind.failures) <= set(kind.states), name
