"""Copies of endpoint configurations with a cap, against a fake of SageMaker."""

import datetime
from dataclasses import dataclass, field
from typing import Any

import pytest

from sagemaker_platform.custom_resources.capped_configuration import index
from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from tests.custom_resources.fake_aws import FakeAws, Item, failure

VARIANT: Item = {
    "VariantName": "AllTraffic",
    "ModelName": "m",
    "InitialInstanceCount": 2,
    "InstanceType": "ml.c7i.large",
}
CAP = {"MaxCrossRegionPercentPerEndpoint": "50", "MaxInvocationsPerSecondPerInstance": "40"}


@dataclass
class SageMaker(FakeAws):
    """Endpoint configurations."""

    configurations: dict[str, Item] = field(default_factory=dict)

    def describe_endpoint_config(self, EndpointConfigName: str) -> Item:  # noqa: N803
        if EndpointConfigName not in self.configurations:
            raise failure("ValidationException", "Could not find endpoint configuration")
        return {
            **{k: v for k, v in self.configurations[EndpointConfigName].items() if k != "Tags"},
            "EndpointConfigName": EndpointConfigName,
            "EndpointConfigArn": "arn:aws:sagemaker:eu-west-1:111111111111:endpoint-config/x",
            "CreationTime": datetime.datetime.now(datetime.UTC),
        }

    def create_endpoint_config(self, **given: Any) -> Item:
        self.configurations[given.pop("EndpointConfigName")] = given
        return {"EndpointConfigArn": "arn:aws:sagemaker:eu-west-1:111111111111:endpoint-config/x"}

    def delete_endpoint_config(self, EndpointConfigName: str) -> Item:  # noqa: N803
        if self.configurations.pop(EndpointConfigName, None) is None:
            raise failure("ValidationException", "Could not find endpoint configuration")
        return {}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> SageMaker:
    """One configuration that CloudFormation has made."""
    original = {"ProductionVariants": [VARIANT], "KmsKeyId": "k"}
    world = SageMaker(configurations={"original": original})
    world.install(monkeypatch)
    return world


def send(
    aws: SageMaker,
    request: str,
    original: str = "original",
    cap: dict[str, str] | None = None,
    physical_id: str = "",
) -> str:
    """Send a request, and return the physical ID."""
    event: Item = {
        "RequestType": request,
        "ResourceProperties": {
            "NamePrefix": "dev-chat",
            "EndpointConfigName": original,
            "Cap": cap or CAP,
        },
        **({"PhysicalResourceId": physical_id} if physical_id else {}),
    }
    event |= index.on_event(event, None)
    for _ in range(50):
        if index.is_complete(event, None)["IsComplete"]:
            return str(event["PhysicalResourceId"])
        aws.now += 10
    raise AssertionError("not done")


def test_copies_everything_and_adds_the_cap(aws: SageMaker) -> None:
    name = send(aws, "Create")
    copy = aws.configurations[name]
    assert copy["ProductionVariants"] == [VARIANT]
    assert copy["KmsKeyId"] == "k"
    assert copy["CrossRegionTrafficConfig"] == {
        "MaxCrossRegionPercentPerEndpoint": 50,
        "MaxInvocationsPerSecondPerInstance": 40,
    }
    send(aws, "Delete", physical_id=name)
    send(aws, "Delete", physical_id=name)
    assert list(aws.configurations) == ["original"]


def test_another_original_or_cap_is_another_copy(aws: SageMaker) -> None:
    aws.configurations["second"] = aws.configurations["original"]
    first = send(aws, "Create")
    names = {
        first,
        send(aws, "Update", "second", physical_id=first),
        send(aws, "Update", cap={**CAP, "MaxCrossRegionPercentPerEndpoint": "9"}),
    }
    assert len(names) == 3
    assert names <= {*aws.configurations}
    assert all(len(name) <= 63 and name.startswith("dev-chat-") for name in names)


def test_a_repeated_request_makes_no_second_copy(aws: SageMaker) -> None:
    assert send(aws, "Create") == send(aws, "Create")
    assert aws.calls.count("CreateEndpointConfig") == 1


@pytest.mark.parametrize("request_type", ["Create", "Delete"])
def test_goes_on_after_faults(aws: SageMaker, request_type: str) -> None:
    name = send(aws, "Create") if request_type == "Delete" else ""
    aws.order("*", failure("ThrottlingException"), times=3)
    name = send(aws, request_type, physical_id=name)
    assert (name in aws.configurations) is (request_type == "Create")


def test_says_that_the_original_does_not_exist(aws: SageMaker) -> None:
    with pytest.raises(CustomResourceError, match="missing does not exist"):
        send(aws, "Create", "missing")
