"""Deletion of what people started by hand: endpoints, components and jobs in the VPC.

Their network interfaces are in the subnets and in the security group of the workload, which
CloudFormation cannot delete before (public reports: aws-cloudformation/cloudformation-coverage-
roadmap issue 1327).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..common import stacks
from ..common.calls import Caller, client
from ..common.waiting import Item

# Time-out of one call of the function.
CALL_TIMEOUT_SECONDS = 120.0
# Answers to a request to stop or delete what has ended, or ends, already.
_ENDED = ("ValidationException",)


@dataclass(frozen=True)
class _Kind:
    """A kind of jobs.

    Attributes:
        noun: noun of its operations.
        name: member with the name of a job.
        summaries: member of the answer with a list of jobs.
        networks: returns where a description says which network a job runs in.
        version: suffix of the operation that describes a job.
    """

    noun: str
    name: str
    summaries: str
    networks: Callable[[Item], list[Any]]
    version: str = ""

    def operation(self, verb: str) -> str:
        """Return the name of an operation of a client."""
        suffix = {"list": "s", "describe": self.version}.get(verb, "")
        return f"{verb}_{self.noun}{suffix}"


# Tuning comes before training, since it starts training jobs.
_JOBS = (
    _Kind(
        "auto_ml_job",
        "AutoMLJobName",
        "AutoMLJobSummaries",
        lambda job: [job.get("SecurityConfig", {}).get("VpcConfig")],
        "_v2",
    ),
    _Kind(
        "hyper_parameter_tuning_job",
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobSummaries",
        lambda job: [
            one.get("VpcConfig")
            for one in [
                job.get("TrainingJobDefinition", {}),
                *job.get("TrainingJobDefinitions", ()),
            ]
        ],
    ),
    _Kind(
        "training_job",
        "TrainingJobName",
        "TrainingJobSummaries",
        lambda job: [job.get("VpcConfig")],
    ),
    _Kind(
        "processing_job",
        "ProcessingJobName",
        "ProcessingJobSummaries",
        lambda job: [job.get("NetworkConfig", {}).get("VpcConfig")],
    ),
)


class WorkloadDeletion:
    """Stops and deletes what people started in one security group, as far as one call can.

    Args:
        security_group_id: security group of the jobs; others are not changed.
        prefix: beginning of the names of endpoints, models and configurations of people.
    """

    def __init__(self, security_group_id: str, prefix: str) -> None:
        self._group, self._prefix = security_group_id, prefix
        self._caller = Caller(security_group_id, CALL_TIMEOUT_SECONDS)
        self._sagemaker = client("sagemaker")

    def stack_stays(self, event: Mapping[str, Any]) -> bool:
        """Return whether the stack, and so the workload, stays although this resource goes."""
        return not stacks.is_deleted(self._caller, event["StackId"])

    def step(self) -> list[str]:
        """Stop and delete what can be; return what is left."""
        left = [*self._endpoints(), *self._jobs(), *self._transform_jobs()]
        if not left:
            self._delete_named("endpoint_config", "EndpointConfigs", "EndpointConfigName")
            self._delete_named("model", "Models", "ModelName")
            left = self._interfaces()
        return left

    def _endpoints(self) -> list[str]:
        left = []
        for endpoint in self._named("endpoints", "Endpoints", "EndpointName"):
            name = endpoint["EndpointName"]
            components = list(
                self._caller.list_all(
                    self._sagemaker.list_inference_components,
                    "InferenceComponents",
                    EndpointNameEquals=name,
                )
            )
            for component in components:
                self._end(
                    f"inference component {component['InferenceComponentName']}",
                    self._sagemaker.delete_inference_component,
                    InferenceComponentName=component["InferenceComponentName"],
                )
            # SageMaker refuses to delete an endpoint that has components.
            if not components and endpoint["EndpointStatus"] != "Deleting":
                self._end(f"endpoint {name}", self._sagemaker.delete_endpoint, EndpointName=name)
            left.append(f"endpoint {name}")
        return left

    def _jobs(self) -> Iterator[str]:
        for kind in _JOBS:
            describe = getattr(self._sagemaker, kind.operation("describe"))
            stop = getattr(self._sagemaker, kind.operation("stop"))
            for job in self._running(kind.operation("list"), kind.summaries):
                key = {kind.name: job[kind.name]}
                what = f"{kind.noun.replace('_', ' ')} {job[kind.name]}"
                found = self._caller.call(what, describe, _ENDED, **key) or {}
                if any(
                    self._group in (network or {}).get("SecurityGroupIds", ())
                    for network in kind.networks(found)
                ):
                    self._end(what, stop, **key)
                    yield what

    def _transform_jobs(self) -> Iterator[str]:
        """Stop batch transforms: the network is that of their model, which has the prefix."""
        for job in self._running("list_transform_jobs", "TransformJobSummaries"):
            key = {"TransformJobName": job["TransformJobName"]}
            what = f"transform job {job['TransformJobName']}"
            found = self._caller.call(what, self._sagemaker.describe_transform_job, _ENDED, **key)
            if found and found["ModelName"].startswith(self._prefix):
                self._end(what, self._sagemaker.stop_transform_job, **key)
                yield what

    def _running(self, operation: str, member: str) -> list[Item]:
        """List the jobs of the account that run, before any is stopped."""
        running = getattr(self._sagemaker, operation)
        return list(self._caller.list_all(running, member, StatusEquals="InProgress"))

    def _named(self, nouns: str, member: str, name: str) -> list[Item]:
        found = self._caller.list_all(
            getattr(self._sagemaker, f"list_{nouns}"), member, NameContains=self._prefix
        )
        return [one for one in found if one[name].startswith(self._prefix)]

    def _delete_named(self, noun: str, member: str, name: str) -> None:
        for one in self._named(f"{noun}s", member, name):
            delete = getattr(self._sagemaker, f"delete_{noun}")
            self._end(f"{noun} {one[name]}", delete, **{name: one[name]})

    def _interfaces(self) -> list[str]:
        """Return the network interfaces that are left, which services delete with a delay."""
        found = self._caller.list_all(
            client("ec2").describe_network_interfaces,
            "NetworkInterfaces",
            Filters=[{"Name": "group-id", "Values": [self._group]}],
        )
        return [f"network interface {one['NetworkInterfaceId']}" for one in found]

    def _end(self, what: str, operation: Callable[..., Any], **key: str) -> None:
        """Stop or delete something that may have ended already."""
        self._caller.call(what, operation, _ENDED, **key)
