"""Inference routers: arguments that SageMaker does not take, and who may call what."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from sagemaker_platform.inference import (
    CrossRegionCap,
    Destination,
    InferenceRouter,
    RoutingTarget,
    TrafficShift,
)

ARN = "arn:aws:sagemaker:us-east-1:222222222222:endpoint/chat"
HERE = Destination(endpoint_arn=ARN)


def target(**given: Any) -> RoutingTarget:
    return RoutingTarget(**{"name": "chat", "destinations": [HERE], **given})


@pytest.mark.parametrize(
    ("make", "right"),
    [
        (lambda: target(destinations=[]), "destinations"),
        (lambda: target(destinations=[HERE] * 11), "must be at most 10"),
        (lambda: target(preference="InstancePoolOrder"), "must be LocalRegionFirst"),
        (
            lambda: CrossRegionCap(requests_per_second_per_instance=0, percent=5),
            "must be from 1 to 10000",
        ),
        (
            lambda: CrossRegionCap(requests_per_second_per_instance=1, percent=101),
            "must be from 1 to 100",
        ),
    ],
)
def test_refuses_what_sagemaker_does_not_take(make: Callable[[], object], right: str) -> None:
    with pytest.raises(ValueError, match=right):
        make()


def test_invoke_reaches_destinations_through_the_router_only() -> None:
    stack = Stack(App(), "S")
    role = iam.Role(stack, "Caller", assumed_by=iam.AccountPrincipal("333333333333"))
    destination = Destination(endpoint_arn=ARN, component="chat-writer")
    router = InferenceRouter(
        stack,
        "Router",
        name="models",
        targets=[target(destinations=[destination])],
        key=kms.Key(stack, "Key"),
        log_retention_days=30,
    )
    router.grant_invoke(role)

    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    [statements] = [
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in policies
        if "InvokeInferenceRouter" in str(one)
    ]

    through = [one for one in statements if one["Action"] == "sagemaker:InvokeEndpoint"]
    assert [one["Action"] for one in statements] == [
        "sagemaker:InvokeInferenceRouter",
        "sagemaker:InvokeEndpoint",
    ]
    assert through[0]["Resource"] == [
        ARN,
        "arn:aws:sagemaker:us-east-1:222222222222:inference-component/chat-writer",
    ]
    assert through[0]["Condition"] == {
        "ArnEquals": {"sagemaker:SourceInferenceRouterArn": statements[0]["Resource"]}
    }


def test_components_are_updated_in_batches_of_copies() -> None:
    stack = Stack(App(), "S")
    shift = TrafficShift(strategy="rolling", step_copies=1, rollback_copies=2)
    policy = stack.resolve(shift.to_component_property([]))["rollingUpdatePolicy"]

    assert policy["maximumBatchSize"] == {"type": "COPY_COUNT", "value": 1}
    assert policy["rollbackMaximumBatchSize"] == {"type": "COPY_COUNT", "value": 2}
