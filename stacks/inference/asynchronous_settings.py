"""Settings of asynchronous endpoints."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import Percentage, Settings, validation_error
from stacks.inference.common_settings import (
    DeploymentSettings,
    MetricsSettings,
    Off,
    RoutedEndpointSettings,
)
from stacks.inference.host_settings import check_host, is_isolated
from stacks.inference.instance_settings import InstanceSettings
from stacks.inference.model_settings import ModelSettings
from stacks.inference.monitoring_settings import UnmonitoredSettings
from stacks.inference.real_time_settings import check_deployment
from stacks.inference.router_settings import RoutedDataSettings
from stacks.inference.scaling_settings import BacklogScalingSettings


class AsynchronousAlarmSettings(Settings):
    """Thresholds beyond which an asynchronous endpoint is unhealthy."""

    failures_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] | Off = 5
    """Requests that failed, in 2 of 3 minutes; none: no alarm."""
    oldest_request_seconds: Annotated[int, Field(ge=60, le=21_600)] | Off = 3600
    """How long a request may wait, for 3 minutes; none: no alarm. SageMaker gives it up after
    6 hours."""
    accelerator_memory_percent: Percentage | Off = 95
    """Memory in use of NVIDIA GPUs, for 3 minutes; none: no alarm. Other types have no such
    alarm."""
    no_capacity: bool = True
    """Whether requests that wait without any instance are an alarm, except for an endpoint that
    scales to zero."""


class NotificationSettings(Settings):
    """Who is told that a result is there."""

    sns: bool = False
    """Whether there are two SNS topics, one for results and one for failures."""
    include_response: bool = False
    """Whether results of up to 128 KB are in the message; with `sns`."""
    eventbridge: bool = False
    """Whether the bucket tells EventBridge of each object, results among them."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.include_response and not self.sns:
            raise validation_error("needs sns: true", at="include_response", value=True)
        if not (self.sns or self.eventbridge):
            raise validation_error(
                "sends no notification: set sns or eventbridge to true, or remove the block"
            )
        return self


class AsynchronousSettings(
    UnmonitoredSettings, RoutedEndpointSettings, InstanceSettings, ModelSettings
):
    """An endpoint whose requests and answers are objects in S3."""

    unmonitored: ClassVar[str] = (
        "an asynchronous endpoint keeps its requests and answers in S3 and captures none"
    )

    type: Literal["asynchronous"]
    """An endpoint for large or long requests: they wait in a queue, and answers come in S3."""
    max_concurrent_invocations_per_instance: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Requests that an instance works on at the same time; if omitted, SageMaker chooses."""
    result_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long requests and answers are kept."""
    notifications: NotificationSettings | None = None
    """Who is told of a result; if omitted, clients look into the bucket."""
    network_isolation: bool | None = None
    """Whether the container reaches nothing, not even AWS; if omitted, what the hub of the model
    says, or else false."""
    autoscaling: BacklogScalingSettings | None = None
    """Scaling with the queue; if omitted, the number of instances is fixed."""
    alarms: AsynchronousAlarmSettings = AsynchronousAlarmSettings()
    """When the endpoint is unhealthy."""
    deployment: DeploymentSettings = DeploymentSettings()
    """How an update moves the traffic."""
    metrics: MetricsSettings | None = None
    """Further metrics; if omitted, SageMaker's usual ones."""
    routed_data: Annotated[list[RoutedDataSettings], Field(max_length=20)] = []
    """Buckets of routers of other accounts or regions, whose requests the endpoint reads and whose
    results it writes."""

    @model_validator(mode="after")
    def _check_asynchronous(self) -> Self:
        isolated = is_isolated(self.network_isolation, self, [self])
        self.check_placement(self.instance_types, isolated=isolated)
        check_host(self, [self])
        scaling = self.autoscaling
        if scaling is not None and not scaling.least <= self.instance_count <= scaling.most:
            raise validation_error(
                f"must be from autoscaling.min_instances ({scaling.least}) to "
                f"autoscaling.max_instances ({scaling.most})",
                at="instance_count",
                value=self.instance_count,
            )
        check_deployment(
            self.deployment,
            fewest=scaling.least if scaling else self.instance_count,
            types=self.instance_types,
        )
        return self

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below the endpoint."""
        yield "", self
