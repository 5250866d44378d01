"""Settings of endpoints."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import HostingInstanceType, Name, Percentage, Settings, fault
from stacks.inference.models import ModelSettings


class AutoscalingSettings(Settings):
    """Target tracking on invocations."""

    min_instances: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Never fewer."""
    max_instances: Annotated[int, Field(ge=1, le=10_000)]
    """Never more."""
    invocations_per_instance: Annotated[int, Field(ge=1, le=1_000_000)]
    """What one instance should handle per minute."""
    scale_in_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """Wait after instances were removed."""
    scale_out_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    """Wait after instances were added."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min_instances > self.max_instances:
            raise fault(
                f"must be at most max_instances ({self.max_instances})",
                at="min_instances",
                value=self.min_instances,
            )
        return self


class DataCaptureSettings(Settings):
    """Keeping a sample of requests and responses, encrypted, in the environment."""

    sampling_percentage: Percentage = 100
    """Share of the requests that is kept."""


class AlarmSettings(Settings):
    """Thresholds beyond which an endpoint is unhealthy and an update is rolled back."""

    server_errors_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 5
    """Responses with status 5xx, in 2 of 3 minutes."""
    latency_ms: Annotated[int, Field(ge=1, le=60_000)] | None = None
    """99th percentile of the model's latency in milliseconds, for 3 minutes; absent,
    latency raises no alarm."""


class DeploymentSettings(Settings):
    """How an update moves the traffic to new instances."""

    strategy: Literal["all-at-once", "canary", "linear"] = "all-at-once"
    """All traffic together, a part of it first, or in equal steps."""
    step_percent: Annotated[int, Field(ge=5, le=50)] | None = None
    """Size of the canary, or of a step; absent: 10."""
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """How long the alarms are watched after each shift."""
    max_minutes: Annotated[int, Field(ge=10, le=480)] = 60
    """An update that takes longer is rolled back."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.strategy == "all-at-once" and self.step_percent is not None:
            raise fault(
                "belongs to strategy canary or linear: remove the line",
                at="step_percent",
                value=self.step_percent,
            )
        if self.strategy == "linear" and self.step_percent is not None and self.step_percent < 10:
            raise fault(
                "must be at least 10 with strategy linear",
                at="step_percent",
                value=self.step_percent,
            )
        # SageMaker waits after each step but the last, and before it removes the old instances.
        steps = math.ceil(100 / (self.step_percent or 10)) if self.strategy == "linear" else 2
        if steps * self.wait_seconds >= self.max_minutes * 60:
            key = "wait_seconds" if "wait_seconds" in self.model_fields_set else "max_minutes"
            raise fault(
                f"leaves no time to update: {steps} times wait_seconds ({self.wait_seconds}) must "
                f"be less than max_minutes ({self.max_minutes})",
                at=key,
                value=getattr(self, key),
            )
        return self


class EndpointSettings(ModelSettings):
    """A real-time endpoint of one model."""

    name: Annotated[Name, Field(max_length=42)]
    """Clients call the endpoint `<environment>-<name>`."""
    instance_type: HostingInstanceType
    """What the model runs on."""
    instance_count: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Instances at the first deployment."""
    autoscaling: AutoscalingSettings | None = None
    """Scaling with the load; absent, the number of instances is fixed."""
    data_capture: DataCaptureSettings | None = None
    """Keeping requests and responses; absent, they are not kept."""
    alarms: AlarmSettings = AlarmSettings()
    """When the endpoint is unhealthy."""
    deployment: DeploymentSettings = DeploymentSettings()
    """How an update moves the traffic."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.check_placement([self.instance_type])
        scaling = self.autoscaling
        if scaling and self.instance_type.startswith("ml.t"):
            raise fault(
                "is burstable, which SageMaker does not scale: choose another type, or remove "
                "autoscaling",
                at="instance_type",
                value=self.instance_type,
            )
        fewest = scaling.min_instances if scaling else self.instance_count
        if self.deployment.strategy != "all-at-once" and fewest < 2:
            raise fault(
                "needs at least 2 instances: a step is at most half of them",
                at="deployment.strategy",
                value=self.deployment.strategy,
            )
        if scaling and not scaling.min_instances <= self.instance_count <= scaling.max_instances:
            raise fault(
                f"must be from autoscaling.min_instances ({scaling.min_instances}) to "
                f"autoscaling.max_instances ({scaling.max_instances})",
                at="instance_count",
                value=self.instance_count,
            )
        return self


class InferenceSettings(Settings):
    """Endpoints that serve models."""

    endpoints: Annotated[list[EndpointSettings], Field(min_length=1, max_length=25)]
    """The endpoints."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        # Names of outputs have no hyphens.
        names = [endpoint.name.replace("-", "") for endpoint in self.endpoints]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise fault(
                    "is the name of an earlier endpoint, whatever the hyphens",
                    at=f"endpoints.{index}.name",
                    value=self.endpoints[index].name,
                )
        return self

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below ``inference``."""
        for index, endpoint in enumerate(self.endpoints):
            yield f"endpoints.{index}", endpoint
