"""Resource policies of endpoints, against a fake of SageMaker."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.endpoint_policies import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

ARN = "arn:aws:sagemaker:eu-west-1:111111111111:endpoint/"


def policy(account: str = "222222222222", watched: str = "1") -> Item:
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "a", "Resource": "r"}
    return {"Statements": [statement], "Watched": {"Hash": watched}}


@dataclass
class SageMaker(FakeAws):
    """Endpoints with and without policies."""

    policies: dict[str, str | None] = field(default_factory=dict)

    def get_endpoint_policy(self, EndpointName: str) -> Item:  # noqa: N803
        found = self._policy(EndpointName)
        if found is None:
            raise failure("ValidationException", "The endpoint has no policy")
        return {"EndpointName": EndpointName, "ResourcePolicy": found}

    def put_endpoint_policy(self, EndpointName: str, ResourcePolicy: str) -> Item:  # noqa: N803
        self._policy(EndpointName)
        self.policies[EndpointName] = ResourcePolicy
        return {"EndpointArn": f"{ARN}{EndpointName}"}

    def delete_endpoint_policy(self, EndpointName: str) -> Item:  # noqa: N803
        self._policy(EndpointName)
        self.policies[EndpointName] = None
        return {}

    def _policy(self, name: str) -> str | None:
        if name not in self.policies:
            raise failure("ResourceNotFound", f"Could not find endpoint {name}")
        return self.policies[name]

    def statements(self, name: str) -> list[Item]:
        return list(json.loads(self.policies[name] or "{}").get("Statement", []))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> SageMaker:
    """Two endpoints without policies."""
    world = SageMaker(policies={"chat": None, "scorer": None})
    world.install(monkeypatch)
    return world


def send(
    aws: SageMaker, request: str, policies: dict[str, Any], old: dict[str, Any] | None = None
) -> None:
    event: Item = {
        "RequestType": request,
        "ResourceProperties": {"Name": "dev", "Policies": policies},
        **({} if old is None else {"OldResourceProperties": {"Policies": old}}),
        **({} if request == "Create" else {"PhysicalResourceId": "endpoint-policies-of-dev"}),
    }
    event |= index.on_event(event, None)
    assert event["PhysicalResourceId"] == "endpoint-policies-of-dev"
    for _ in range(200):
        if index.is_complete(event, None)["IsComplete"]:
            return
        aws.now += 10
    raise AssertionError("not done")


def test_attaches_exchanges_and_deletes_policies(aws: SageMaker) -> None:
    send(aws, "Create", {"chat": policy()})
    assert aws.statements("chat") == policy()["Statements"]
    send(aws, "Update", {"scorer": policy("333333333333")}, old={"chat": policy()})
    assert aws.policies["chat"] is None
    assert aws.statements("scorer") == policy("333333333333")["Statements"]
    send(aws, "Delete", {"scorer": policy()})
    assert aws.policies == {"chat": None, "scorer": None}


def test_attaches_the_policy_again_after_a_replacement(aws: SageMaker) -> None:
    send(aws, "Create", {"chat": policy()})
    # A new endpoint of the name has no policy.
    aws.policies["chat"] = None
    send(aws, "Update", {"chat": policy(watched="2")}, old={"chat": policy()})
    assert aws.statements("chat") == policy()["Statements"]


def test_writes_no_policy_that_is_there(aws: SageMaker) -> None:
    send(aws, "Create", {"chat": policy()})
    send(aws, "Update", {"chat": policy(watched="2")}, old={"chat": policy()})
    assert aws.calls.count("PutEndpointPolicy") == 1


def test_overwrites_what_was_changed_by_hand(aws: SageMaker) -> None:
    aws.policies["chat"] = json.dumps({"Statement": [{"Principal": "*"}]})
    send(aws, "Create", {"chat": policy()})
    assert aws.statements("chat") == policy()["Statements"]


def test_deletes_although_the_endpoint_is_gone(aws: SageMaker) -> None:
    send(aws, "Create", {"chat": policy()})
    del aws.policies["chat"]
    send(aws, "Delete", {"chat": policy()})
    send(aws, "Update", {"scorer": policy()}, old={"chat": policy()})


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("ConflictException"),
        ReadTimeoutError(endpoint_url="https://api.sagemaker.eu-west-1.amazonaws.com"),
    ],
    ids=["throttled", "in use", "silent"],
)
@pytest.mark.parametrize("request_type", ["Create", "Delete"])
def test_goes_on_after_faults(aws: SageMaker, error: Exception, request_type: str) -> None:
    if request_type == "Delete":
        send(aws, "Create", {"chat": policy()})
    aws.order("*", error, times=3)
    send(aws, request_type, {"chat": policy()})
    assert bool(aws.policies["chat"]) is (request_type == "Create")


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        ("PutEndpointPolicy", failure("ValidationException", "not ASCII"), "not ASCII"),
        ("PutEndpointPolicy", failure("ResourceNotFound", "Could not find"), "Could not find"),
        ("GetEndpointPolicy", failure("AccessDeniedException"), "AccessDenied"),
    ],
)
def test_a_refused_policy_fails(aws: SageMaker, call: str, error: Exception, reason: str) -> None:
    aws.order(call, error, times=9)
    with pytest.raises(CustomResourceError, match=reason):
        send(aws, "Create", {"chat": policy()})
