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
    """Requests that failed, in 2 of 3 minutes. `none` turns the alarm off."""
    oldest_request_seconds: Annotated[int, Field(ge=60, le=21_600)] | Off = 3600
    """Age of the oldest waiting request, for 3 minutes. `none` turns the alarm off. SageMaker
    drops a request after 6 hours."""
    accelerator_memory_percent: Percentage | Off = 95
    """Memory in use of NVIDIA GPUs, for 3 minutes. `none` turns the alarm off. Other instance
    types have no such alarm."""
    no_capacity: bool = True
    """Whether requests that wait while there is no instance raise an alarm. An endpoint that
    scales to zero has no such alarm."""


class NotificationSettings(Settings):
    """Who is told that a result is there."""

    sns: bool = False
    """Whether to create two SNS topics, one for results and one for failures."""
    include_response: bool = False
    """Whether messages include results of up to 128 KB. Requires `sns`."""
    eventbridge: bool = False
    """Whether the bucket sends an event to EventBridge for each object, including results."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.include_response and not self.sns:
            raise validation_error("needs sns: true", at="include_response", value=True)
        if not (self.sns or self.eventbridge):
            raise validation_error(
                "must have sns or eventbridge. Set one to true, or remove the block"
            )
        return self


class AsynchronousSettings(
    UnmonitoredSettings, RoutedEndpointSettings, InstanceSettings, ModelSettings
):
    """An endpoint whose requests and answers are objects in S3."""

    unmonitored: ClassVar[str] = (
        "an asynchronous endpoint stores its requests and responses in S3 and supports no "
        "data capture"
    )

    type: Literal["asynchronous"]
    """An endpoint for large or long requests. Requests wait in a queue, and SageMaker writes
    responses to S3."""
    max_concurrent_invocations_per_instance: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Concurrent requests of an instance. Defaults to SageMaker's choice."""
    result_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long requests and responses are kept."""
    notifications: NotificationSettings | None = None
    """Notifications of results. Optional. If omitted, clients poll the bucket."""
    network_isolation: bool | None = None
    """Whether the container has no network access, not even to AWS. Defaults to the value of the
    model's hub, or to false."""
    autoscaling: BacklogScalingSettings | None = None
    """Autoscaling with the queue. Optional. If omitted, the number of instances is fixed."""
    alarms: AsynchronousAlarmSettings = AsynchronousAlarmSettings()
    """Alarms of the endpoint."""
    deployment: DeploymentSettings = DeploymentSettings()
    """How an update shifts the traffic."""
    metrics: MetricsSettings | None = None
    """Additional metrics. Optional."""
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
