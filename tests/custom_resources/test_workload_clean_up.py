"""Deleting what people started by hand, before the subnets that it is in."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.studio_clean_up import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure
from tests.custom_resources.studio_aws import STACK

GROUP, PREFIX = "sg-11111111", "dev-user-"
OTHER_GROUP = "sg-22222222"
THEN = datetime.fromtimestamp(0, UTC)
JOBS = {
    "auto_ml_job": "AutoMLJob",
    "hyper_parameter_tuning_job": "HyperParameterTuningJob",
    "training_job": "TrainingJob",
    "processing_job": "ProcessingJob",
    "transform_job": "TransformJob",
}


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:111111111111:{kind}/{name}"


@cache
def _model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sagemaker")


def complete(operation: str, answer: Item) -> Item:
    """Return an answer with all members that AWS always gives."""
    made: Item = _complete(_model().operation_model(operation).output_shape, answer)
    return made


def _complete(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        given: Item = value or {}
        wanted = {*shape.required_members, *given}
        return {name: _complete(shape.members[name], given.get(name)) for name in wanted}
    if shape.type_name == "list":
        least = [None] * shape.metadata.get("min", 0)
        return [_complete(shape.member, one) for one in (least if value is None else value)]
    made = {"integer": 1, "long": 1, "timestamp": THEN, "map": {}, "boolean": False}
    return value if value is not None else made.get(shape.type_name, "x" * 20)


@dataclass
class Aws(FakeAws):
    """Endpoints, components and jobs of this environment and of others.

    Attributes:
        slowness: half minutes that an end takes.
        jobs: names of running jobs by kind, with their security groups.
        endpoints: names of endpoints.
        components: names of components, with their endpoints.
        interfaces: network interfaces that services have not deleted yet.
    """

    slowness: int = 0
    stack_status: str = "DELETE_IN_PROGRESS"
    jobs: dict[str, dict[str, str]] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)
    components: dict[str, str] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    configurations: list[str] = field(default_factory=list)
    interfaces: list[str] = field(default_factory=list)
    ends: list[tuple[int, Item, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind in JOBS:
            self.jobs[kind] = {f"ours-{kind}": GROUP, f"theirs-{kind}": OTHER_GROUP}
        self.endpoints = {f"{PREFIX}churn": "InService", "dev-churn": "InService"}
        self.components = {"copy": f"{PREFIX}churn"}
        self.models = [f"{PREFIX}DataScientist-churn", "dev-churn"]
        self.configurations = [f"{PREFIX}churn", "dev-churn"]
        self.interfaces = ["eni-1"]

    def tick(self) -> None:
        """Half a minute passes; afterwards services have deleted their interfaces."""
        self.now += 30.0
        for wait, where, name in list(self.ends):
            self.ends.remove((wait, where, name))
            if wait > 1:
                self.ends.append((wait - 1, where, name))
            else:
                where.pop(name, None)
        if not self.ends:
            self.interfaces.clear()

    def _end(self, where: Item, name: str) -> Item:
        if name not in where:
            raise failure("ValidationException", f"{name} does not exist")
        if self.slowness:
            self.ends.append((self.slowness, where, name))
        else:
            del where[name]
        return {}

    def describe_stacks(self, StackName: str) -> Item:  # noqa: N803
        stack = {"StackName": StackName, "StackStatus": self.stack_status, "CreationTime": THEN}
        return {"Stacks": [stack]}

    def list_endpoints(self, NameContains: str) -> Item:  # noqa: N803
        return {
            "Endpoints": [
                {
                    "EndpointName": name,
                    "EndpointArn": arn("endpoint", name),
                    "CreationTime": THEN,
                    "LastModifiedTime": THEN,
                    "EndpointStatus": status,
                }
                for name, status in self.endpoints.items()
                if NameContains in name
            ]
        }

    def delete_endpoint(self, EndpointName: str) -> Item:  # noqa: N803
        if EndpointName in self.components.values():
            raise failure("ValidationException", "it has inference components")
        self.endpoints[EndpointName] = "Deleting"
        return self._end(self.endpoints, EndpointName)

    def list_inference_components(self, EndpointNameEquals: str) -> Item:  # noqa: N803
        return {
            "InferenceComponents": [
                {
                    "InferenceComponentName": name,
                    "InferenceComponentArn": arn("inference-component", name),
                    "CreationTime": THEN,
                    "LastModifiedTime": THEN,
                    "EndpointName": endpoint,
                    "EndpointArn": arn("endpoint", endpoint),
                    "VariantName": "AllTraffic",
                }
                for name, endpoint in self.components.items()
                if endpoint == EndpointNameEquals
            ]
        }

    def delete_inference_component(self, InferenceComponentName: str) -> Item:  # noqa: N803
        return self._end(self.components, InferenceComponentName)

    def list_endpoint_configs(self, NameContains: str) -> Item:  # noqa: N803
        return {
            "EndpointConfigs": [
                {
                    "EndpointConfigName": name,
                    "EndpointConfigArn": arn("endpoint-config", name),
                    "CreationTime": THEN,
                }
                for name in self.configurations
                if NameContains in name
            ]
        }

    def delete_endpoint_config(self, EndpointConfigName: str) -> Item:  # noqa: N803
        self.configurations.remove(EndpointConfigName)
        return {}

    def list_models(self, NameContains: str) -> Item:  # noqa: N803
        return {
            "Models": [
                {"ModelName": name, "ModelArn": arn("model", name), "CreationTime": THEN}
                for name in self.models
                if NameContains in name
            ]
        }

    def delete_model(self, ModelName: str) -> Item:  # noqa: N803
        self.models.remove(ModelName)
        return {}

    def describe_network_interfaces(self, Filters: list[Item]) -> Item:  # noqa: N803
        assert Filters == [{"Name": "group-id", "Values": [GROUP]}]
        return {"NetworkInterfaces": [{"NetworkInterfaceId": one} for one in self.interfaces]}

    def __getattr__(self, name: str) -> Any:
        verb, _, kind = name.partition("_")
        noun = kind.removesuffix("_v2")
        if verb == "list" and kind.removesuffix("s") in JOBS:
            return lambda **asked: self._list(kind.removesuffix("s"), **asked)
        if verb == "describe" and noun in JOBS:
            return lambda **key: self._describe(noun, *key.values())
        if verb == "stop" and kind in JOBS:
            return lambda **key: self._end(self.jobs[kind], *key.values())
        raise AttributeError(name)

    def _list(self, kind: str, StatusEquals: str) -> Item:  # noqa: N803
        assert StatusEquals == "InProgress"
        noun = JOBS[kind]
        jobs = [{f"{noun}Name": name} for name in self.jobs[kind]]
        return complete(f"List{noun}s", {f"{noun}Summaries": jobs})

    def _describe(self, kind: str, name: str) -> Item:
        network = {"SecurityGroupIds": [self.jobs[kind][name]], "Subnets": ["subnet-11111111"]}
        answers: dict[str, Item] = {
            "auto_ml_job": {"SecurityConfig": {"VpcConfig": network}},
            "hyper_parameter_tuning_job": {"TrainingJobDefinition": {"VpcConfig": network}},
            "training_job": {"VpcConfig": network},
            "processing_job": {"NetworkConfig": {"VpcConfig": network}},
            "transform_job": {"ModelName": f"{PREFIX if 'ours' in name else 'dev-'}churn"},
        }
        version = "V2" if kind == "auto_ml_job" else ""
        return complete(f"Describe{JOBS[kind]}{version}", answers[kind])


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    world = Aws()
    world.install(monkeypatch)
    yield world
    for kind in JOBS:
        assert f"theirs-{kind}" in world.jobs[kind], "a job of others was stopped"
    assert "dev-churn" in world.endpoints, "an endpoint of a template was deleted"
    assert "dev-churn" in world.models
    assert "dev-churn" in world.configurations


def run(aws: Aws, request: str = "Delete") -> int:
    """Call until it is done; return how many calls that took."""
    asked = {
        "RequestType": request,
        "StackId": STACK,
        "LogicalResourceId": "WorkloadCleanUp",
        "ResourceProperties": {"SecurityGroupId": GROUP, "Prefix": PREFIX},
        **({} if request == "Create" else {"PhysicalResourceId": f"clean-up-of-{GROUP}"}),
    }
    event = {**asked, **index.on_event(asked, None)}
    for step in range(1, 120):
        if index.is_complete(event, None)["IsComplete"]:
            return step
        aws.tick()
    raise AssertionError("not done after an hour")


@pytest.mark.parametrize("slowness", [0, 3])
def test_nothing_that_people_started_is_left(aws: Aws, slowness: int) -> None:
    aws.slowness = slowness

    run(aws)

    assert list(aws.endpoints) == aws.models == aws.configurations == ["dev-churn"]
    assert aws.components == {}
    assert {name for jobs in aws.jobs.values() for name in jobs} == {f"theirs-{k}" for k in JOBS}


def test_waits_until_services_have_deleted_their_interfaces(aws: Aws) -> None:
    calls = run(aws)

    assert calls > 1
    assert aws.interfaces == []


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"])
def test_nothing_ends_while_the_stack_stays(aws: Aws, status: str) -> None:
    aws.stack_status = status
    before = copy.deepcopy((aws.jobs, aws.endpoints, aws.models))

    assert run(aws) == 1
    assert (aws.jobs, aws.endpoints, aws.models) == before


def test_creation_and_update_do_nothing(aws: Aws) -> None:
    assert run(aws, "Create") == run(aws, "Update") == 1
    assert aws.calls == []


def test_denied_call_fails_with_its_reason(aws: Aws) -> None:
    aws.faults.append(("StopTrainingJob", failure("AccessDeniedException", "not allowed")))

    with pytest.raises(CustomResourceError, match=r"training job ours-training_job.*not allowed"):
        run(aws)
