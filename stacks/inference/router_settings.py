"""Settings of inference routers, and of what endpoints offer to routers."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.arns import (
    BucketArn,
    ComponentName,
    CopyKeyArn,
    EndpointArn,
    StandardTopicArn,
)
from stacks.fields import Name, Settings, validation_error
from stacks.inference.invoker_settings import InvokerSettings, refuse_repeated


class CrossRegionTrafficSettings(Settings):
    """The most that an endpoint serves for routers of other regions."""

    percent: Annotated[int, Field(ge=1, le=100)]
    """Share of the requests that the instances can answer. SageMaker throttles requests beyond it,
    and the router tries another destination."""
    requests_per_second_per_instance: Annotated[int, Field(ge=1, le=10_000)]
    """Requests that one instance can answer."""


class RoutedDataSettings(Settings):
    """Requests and results of a router of another account or region."""

    bucket_arn: BucketArn
    """Bucket of the router: output `<router>-bucket` of the environment that has it."""
    key_arn: CopyKeyArn
    """Key of the bucket."""


class DestinationSettings(Settings):
    """An endpoint that serves the model of a target; one of `endpoint` and `arn`."""

    endpoint: Name | None = None
    """An endpoint of this environment."""
    arn: EndpointArn | None = None
    """An endpoint of another environment, account or region."""
    component: ComponentName | None = None
    """Inference component of the endpoint: its name in this file, or with `arn` its full name.
    Defaults to the endpoint itself."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.endpoint is None) == (self.arn is None):
            raise validation_error(
                "must have one of endpoint and arn", at="endpoint", value=self.endpoint
            )
        return self


class AsynchronousRoutingSettings(Settings):
    """Requests and results in the bucket of the router."""

    result_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long requests and results are kept. The longest value of the router's targets applies."""
    max_backlog_seconds: Annotated[int, Field(ge=60, le=21_600)] = 900
    """A request that waits longer at a destination moves to another one."""
    success_topic_arn: StandardTopicArn | None = None
    """SNS topic for notices of results. Defaults to none."""
    error_topic_arn: StandardTopicArn | None = None
    """SNS topic for notices of failures. Defaults to none."""


class RoutingTargetSettings(Settings):
    """A model that clients name, and the endpoints that serve it."""

    name: Annotated[Name, Field(max_length=63)]
    """Name that clients use in `RoutingTargetName`."""
    destinations: Annotated[list[DestinationSettings], Field(min_length=1, max_length=10)]
    """Endpoints that serve the same model, with the same format of requests and responses."""
    asynchronous: AsynchronousRoutingSettings | None = None
    """For asynchronous endpoints. Defaults to requests in real time."""
    routing_preference: Literal["local_region_first", "instance_pool_order"] = "local_region_first"
    """How the router chooses. `instance_pool_order` prefers the first instance type of the
    endpoints' `instance_pools`, in any region; for asynchronous endpoints only."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        keys = [(one.endpoint, one.arn, one.component) for one in self.destinations]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                raise validation_error(
                    "must be unique",
                    at=f"destinations.{index}.{'arn' if key[1] else 'endpoint'}",
                    value=key[1] or key[0],
                )
        if self.asynchronous is None:
            if self.routing_preference == "instance_pool_order":
                raise validation_error(
                    "must be local_region_first: SageMaker orders by instance pools only for "
                    "asynchronous targets. Remove the line, or add asynchronous: {}",
                    at="routing_preference",
                    value=self.routing_preference,
                )
            return self
        for index, one in enumerate(self.destinations):
            if one.component is not None:
                raise validation_error(
                    "must be omitted in an asynchronous target, which supports endpoints "
                    "only. Remove the line",
                    at=f"destinations.{index}.component",
                    value=one.component,
                )
        return self


class RouterSettings(Settings):
    """A router: one name for models that several endpoints serve, in any account and region."""

    name: Annotated[Name, Field(max_length=42)]
    """Clients call the router `<environment>-<name>`."""
    targets: Annotated[list[RoutingTargetSettings], Field(min_length=1, max_length=20)]
    """Models that clients can choose."""
    invokers: Annotated[list[InvokerSettings], Field(max_length=20)] = []
    """Roles and accounts outside of the environment that can call the router and, through it,
    its destinations."""
    dashboard: bool = True
    """Whether the router has a dashboard in CloudWatch."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        refuse_repeated([one.name for one in self.targets], what="target", at="targets")
        refuse_repeated(
            [one.name.replace("-", "") for one in self.invokers], what="invoker", at="invokers"
        )
        return self
