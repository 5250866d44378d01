"""An inference router, against a fake of SageMaker."""

import datetime
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.inference_router import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

NAME, STACK = "dev-models", "arn:aws:cloudformation:eu-west-1:111111111111:stack/dev/1"
ARN = f"arn:aws:sagemaker:eu-west-1:111111111111:inference-router/{NAME}"
ASYNCHRONOUS: Item = {
    "OutputConfig": {"S3OutputPath": "s3://b/output", "S3FailurePath": "s3://b/failures"},
    # As CloudFormation writes numbers.
    "ClientConfig": {"MaxTimeInBacklogSeconds": "900"},
}


def target(name: str, *regions: str, **more: Any) -> Item:
    return {
        "Name": name,
        "RoutingPreference": "LocalRegionFirst",
        "Destinations": [
            {"ResourceArn": f"arn:aws:sagemaker:{region}:111111111111:endpoint/{name}"}
            for region in regions
        ],
        **more,
    }


@dataclass
class SageMaker(FakeAws):
    """Routers, each of whose changes takes some calls."""

    routers: dict[str, Item] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    steps: int = 0

    def create_inference_router(self, **given: Any) -> Item:
        if given["InferenceRouterName"] in self.routers:
            raise failure("ResourceAlreadyExists")
        self.tags = {one["Key"]: one["Value"] for one in given["Tags"]}
        self._change("Creating", given["RoutingTargets"])
        return {"InferenceRouterArn": ARN}

    def update_inference_router(self, **given: Any) -> Item:
        self._refuse_changing()
        self._change("Updating", given["RoutingTargets"])
        return {"InferenceRouterArn": ARN}

    def delete_inference_router(self, **given: Any) -> Item:
        self._refuse_changing()
        self._change("Deleting", self.routers[NAME]["RoutingTargets"])
        return {}

    def describe_inference_router(self, **given: Any) -> Item:
        if given["InferenceRouterName"] not in self.routers:
            raise failure("ResourceNotFound")
        router = self.routers[NAME]
        if router["Status"] in ("Creating", "Updating", "Deleting"):
            self.steps -= 1
            if self.steps < 0 and router["Status"] == "Deleting":
                del self.routers[NAME]
                raise failure("ResourceNotFound")
            if self.steps < 0:
                router["Status"] = "InService"
        return router

    def list_tags(self, **given: Any) -> Item:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}

    def add_tags(self, **given: Any) -> Item:
        self.tags |= {one["Key"]: one["Value"] for one in given["Tags"]}
        return {}

    def delete_tags(self, **given: Any) -> Item:
        for key in given["TagKeys"]:
            del self.tags[key]
        return {}

    def _refuse_changing(self) -> None:
        if self.routers[NAME]["Status"] != "InService":
            raise failure("ConflictException")

    def _change(self, status: str, targets: list[Item]) -> None:
        self.steps = 1
        time = datetime.datetime.fromtimestamp(self.now, datetime.UTC)
        described = [
            {
                **one,
                "Destinations": [
                    {**place, "RoutingStatus": "Unknown"} for place in one["Destinations"]
                ],
            }
            for one in targets
        ]
        self.routers[NAME] = {
            "InferenceRouterName": NAME,
            "InferenceRouterArn": ARN,
            "RoutingTargets": described,
            "Status": status,
            "CreationTime": time,
            "LastModifiedTime": time,
        }

    def names(self) -> list[str]:
        return [one["Name"] for one in self.routers[NAME]["RoutingTargets"]]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> SageMaker:
    """An account without routers."""
    world = SageMaker()
    world.install(monkeypatch)
    return world


def send(
    aws: SageMaker,
    request: str,
    *targets: Item,
    tags: dict[str, str] | None = None,
    old_tags: dict[str, str] | None = None,
    stack: str = STACK,
) -> Item:
    """Send a request, call until it is done, and return the last answer."""

    def written(given: dict[str, str] | None) -> list[Item]:
        return [{"Key": key, "Value": value} for key, value in (given or {}).items()]

    event: Item = {
        "RequestType": request,
        "StackId": stack,
        "ResourceProperties": {
            "InferenceRouterName": NAME,
            "RoutingTargets": list(targets),
            "Tags": written(tags),
        },
        "OldResourceProperties": {"Tags": written(old_tags)},
        **({} if request == "Create" else {"PhysicalResourceId": NAME}),
    }
    event |= index.on_event(event, None)
    assert event["PhysicalResourceId"] == NAME
    for _ in range(200):
        answer = index.is_complete(event, None)
        if answer["IsComplete"]:
            return answer
        aws.now += 30
    raise AssertionError("not done")


def test_creates_updates_and_deletes_a_router(aws: SageMaker) -> None:
    answer = send(aws, "Create", target("chat", "eu-west-1", "us-east-1"))
    assert answer["Data"] == {"Arn": ARN}
    assert aws.tags == {index.OWNER: STACK}
    send(aws, "Update", target("chat", "eu-west-1"), target("scorer", "eu-west-1"))
    assert aws.names() == ["chat", "scorer"]
    send(aws, "Delete", target("chat", "eu-west-1"))
    assert not aws.routers


def test_writes_nothing_that_is_right_already(aws: SageMaker) -> None:
    asynchronous = target("documents", "eu-west-1", AsyncInferenceConfig=ASYNCHRONOUS)
    send(aws, "Create", asynchronous)
    send(aws, "Update", asynchronous)
    send(aws, "Create", asynchronous)
    assert aws.calls.count("CreateInferenceRouter") == 1
    assert "UpdateInferenceRouter" not in aws.calls


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("eu-west-1", "us-east-1"), ("us-east-1", "eu-west-1")),
        (("eu-west-1", "us-east-1"), ("eu-west-1",)),
        (("eu-west-1",), ("eu-west-1", "us-east-1")),
    ],
)
def test_updates_whenever_destinations_differ(
    aws: SageMaker, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    send(aws, "Create", target("chat", *before))
    send(aws, "Update", target("chat", *after))
    [found] = aws.routers[NAME]["RoutingTargets"]
    assert [one["ResourceArn"].split(":")[3] for one in found["Destinations"]] == list(after)


def test_takes_an_asynchronous_configuration_away(aws: SageMaker) -> None:
    send(aws, "Create", target("chat", "eu-west-1", AsyncInferenceConfig=ASYNCHRONOUS))
    send(aws, "Update", target("chat", "eu-west-1"))
    assert "AsyncInferenceConfig" not in aws.routers[NAME]["RoutingTargets"][0]


def test_waits_while_another_update_runs(aws: SageMaker) -> None:
    send(aws, "Create", target("chat", "eu-west-1"))
    # Another caller's update begins between the look and the update.
    aws.order("UpdateInferenceRouter", failure("ConflictException"), times=3)
    send(aws, "Update", target("chat", "us-east-1"))
    assert aws.calls.count("UpdateInferenceRouter") == 4


def test_deletes_a_router_that_is_being_updated(aws: SageMaker) -> None:
    send(aws, "Create", target("chat", "eu-west-1"))
    aws.routers[NAME]["Status"], aws.steps = "Updating", 2
    send(aws, "Delete")
    assert not aws.routers


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("InternalFailure", status=500),
        ReadTimeoutError(endpoint_url="https://api.sagemaker.eu-west-1.amazonaws.com"),
    ],
    ids=["throttled", "failing", "silent"],
)
@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
def test_goes_on_after_faults(aws: SageMaker, error: Exception, request_type: str) -> None:
    if request_type != "Create":
        send(aws, "Create", target("chat", "eu-west-1"))
    aws.order("*", error, times=3)
    send(aws, request_type, target("chat", "us-east-1"))
    assert bool(aws.routers) is (request_type != "Delete")


def test_a_create_that_was_answered_too_late_is_no_failure(aws: SageMaker) -> None:
    made = aws.create_inference_router

    def create(**given: Any) -> Item:
        made(**given)
        raise ReadTimeoutError(endpoint_url="https://api.sagemaker")

    aws.create_inference_router = create  # type: ignore[method-assign]
    send(aws, "Create", target("chat", "eu-west-1"))
    assert aws.names() == ["chat"]


def test_leaves_the_router_of_another_stack(aws: SageMaker) -> None:
    send(aws, "Create", target("chat", "eu-west-1"))
    with pytest.raises(CustomResourceError, match="not of this stack"):
        send(aws, "Create", target("scorer", "eu-west-1"), stack=f"{STACK}2")
    # CloudFormation takes the failed creation back.
    send(aws, "Delete", target("scorer", "eu-west-1"), stack=f"{STACK}2")
    assert aws.names() == ["chat"]


def test_says_why_a_router_failed(aws: SageMaker) -> None:
    send(aws, "Create", target("chat", "eu-west-1"))
    aws.routers[NAME] |= {"Status": "Failed", "StatusReason": "no such thing"}
    with pytest.raises(CustomResourceError, match="no such thing"):
        send_now(aws, target("chat", "eu-west-1"))


def send_now(aws: SageMaker, *targets: Item) -> None:
    """Send an update that starts when the router was last modified."""
    aws.now = aws.routers[NAME]["LastModifiedTime"].timestamp()
    send(aws, "Update", *targets)


def test_mends_a_router_that_failed_earlier(aws: SageMaker) -> None:
    send(aws, "Create", target("chat", "eu-west-1"))
    aws.routers[NAME]["Status"] = "InService"
    refuse = aws._refuse_changing
    aws._refuse_changing = lambda: None  # type: ignore[method-assign]
    aws.routers[NAME] |= {"Status": "Failed"}
    aws.now += 60
    send(aws, "Update", target("chat", "eu-west-1"))
    aws._refuse_changing = refuse  # type: ignore[method-assign]
    assert aws.routers[NAME]["Status"] == "InService"


def test_refused_targets_fail_with_the_reason(aws: SageMaker) -> None:
    aws.order("CreateInferenceRouter", failure("ValidationException", "wrong mode of endpoint"))
    with pytest.raises(CustomResourceError, match="wrong mode of endpoint"):
        send(aws, "Create", target("chat", "eu-west-1"))


def test_gives_up_after_the_timeout(aws: SageMaker) -> None:
    aws.order("*", failure("ThrottlingException"), times=1000)
    with pytest.raises(CustomResourceError, match="not complete after 1800 seconds"):
        send(aws, "Create", target("chat", "eu-west-1"))


def test_keeps_tags_of_others(aws: SageMaker) -> None:
    send(aws, "Create", target("chat", "eu-west-1"), tags={"owner": "a", "old": "b"})
    aws.tags["hand-made"] = "yes"
    send(
        aws,
        "Update",
        target("chat", "eu-west-1"),
        tags={"owner": "c"},
        old_tags={"owner": "a", "old": "b"},
    )
    assert aws.tags == {index.OWNER: STACK, "owner": "c", "hand-made": "yes"}
