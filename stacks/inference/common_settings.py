"""Settings that endpoints of all types share."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.arns import RouterArn
from stacks.fields import Name, Percentage, Settings, TagValue, validation_error
from stacks.inference.invoker_settings import InvokerSettings
from stacks.inference.router_settings import CrossRegionTrafficSettings

# SageMaker's longest update (AWS: ``MaximumExecutionTimeoutInSeconds``), and what new instances
# take until they are there.
_LONGEST_UPDATE = 480
_LEAST_UPDATE = 60
_MINUTES_OF_INSTANCES = 15
_MOST_BATCHES = 20


Off = Literal["none"]
"""In place of a threshold: no alarm."""


class AlarmSettings(Settings):
    """Thresholds beyond which an endpoint is unhealthy and an update is rolled back."""

    server_errors_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] | Off = 5
    """Responses with status 5xx, in 2 of 3 minutes. `none` turns the alarm off."""
    latency_ms: Annotated[int, Field(ge=1, le=60_000)] | Off = 30_000
    """99th percentile of the model's latency in milliseconds, for 3 minutes. SageMaker times out
    requests after 60 seconds. `none` turns the alarm off."""


class InstanceAlarmSettings(AlarmSettings):
    """Thresholds of an endpoint that runs on instances."""

    accelerator_memory_percent: Percentage | Off = 95
    """Memory in use of NVIDIA GPUs, for 3 minutes. `none` turns the alarm off. Other types have
    no such alarm. It does not roll back updates."""


class ComponentAlarmSettings(InstanceAlarmSettings):
    """Thresholds of a component."""

    no_capacity: bool = True
    """Whether requests that find no copy raise an alarm. It does not roll back updates."""


class DeploymentSettings(Settings):
    """How an update replaces what runs, while alarms are watched."""

    strategy: Literal["all-at-once", "canary", "linear", "rolling"] = "all-at-once"
    """How traffic shifts. `all-at-once`, `canary` and `linear` start all new instances next to
    the old ones. `rolling` replaces instances in batches."""
    step_percent: Annotated[int, Field(ge=5, le=50)] | None = None
    """Size of the canary, the step, or the batch, in percent. Defaults to 10."""
    rollback_percent: Annotated[int, Field(ge=5, le=100)] | None = None
    """Batch size of a rollback of a rolling update. Defaults to all at once."""
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """How long SageMaker watches the alarms after each shift."""
    max_minutes: Annotated[int, Field(ge=10, le=480)] | None = None
    """SageMaker rolls back an update that takes longer. Defaults to 60, or to the sum of the
    model's timeouts and the waits if that is longer. A lower number causes a warning."""
    rollback_alarms: bool = True
    """Whether alarms roll back an update. Set it to false to repair an endpoint in alarm."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.strategy == "all-at-once" and self.step_percent is not None:
            raise validation_error(
                "applies only to strategy canary, linear or rolling. Remove the line",
                at="step_percent",
                value=self.step_percent,
            )
        if self.strategy != "rolling" and self.rollback_percent is not None:
            raise validation_error(
                "applies only to strategy rolling. Remove the line",
                at="rollback_percent",
                value=self.rollback_percent,
            )
        if self.strategy == "linear" and self.step_percent is not None and self.step_percent < 10:
            raise validation_error(
                "must be at least 10 with strategy linear",
                at="step_percent",
                value=self.step_percent,
            )
        self._check_time()
        return self

    def _check_time(self) -> None:
        steps = self._waits
        limit = self.max_minutes or _LONGEST_UPDATE
        if steps * self.wait_seconds >= limit * 60:
            key = "wait_seconds" if "wait_seconds" in self.model_fields_set else "max_minutes"
            raise validation_error(
                f"is too long: {steps} times wait_seconds ({self.wait_seconds}) must be "
                f"less than max_minutes ({limit})",
                at=key,
                value=getattr(self, key),
            )

    @property
    def _waits(self) -> int:
        # SageMaker waits after each step but the last, and before it removes the old instances.
        in_steps = self.strategy in ("linear", "rolling")
        return math.ceil(100 / (self.step_percent or 10)) if in_steps else 2

    def minutes(self, start_seconds: int) -> int:
        """Return how long an update may take.

        Args:
            start_seconds: time-outs of one start of the model: download and first health check.
        """
        return self.max_minutes or max(_LEAST_UPDATE, self.estimate(start_seconds))

    def estimate(self, start_seconds: int) -> int:
        """Return how many minutes an update takes if each start takes its time-outs."""
        starts = self._waits if self.strategy == "rolling" else 1
        return _minutes(starts * start_seconds + self._waits * self.wait_seconds)


class ComponentDeploymentSettings(Settings):
    """Batches in which an update of a component replaces its copies."""

    step_percent: Annotated[int, Field(ge=5, le=50)] = 50
    """Size of a batch."""
    rollback_percent: Annotated[int, Field(ge=5, le=100)] | None = None
    """Batch size of a rollback. Defaults to all at once."""
    step_copies: Annotated[int, Field(ge=1, le=500)] | None = None
    """Size of a batch in copies, in place of `step_percent`: 5 to 50 percent of the copies."""
    rollback_copies: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Batch size of a rollback in copies, in place of `rollback_percent`."""
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """How long SageMaker watches the alarms after each batch."""
    max_minutes: Annotated[int, Field(ge=10, le=480)] | None = None
    """SageMaker rolls back an update that takes longer. Defaults to 60, or to the sum of the
    model's timeouts and the waits if that is longer. A lower number causes a warning."""
    rollback_alarms: bool = True
    """Whether alarms roll back an update. Set it to false to repair an endpoint in alarm."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for what in ("step", "rollback"):
            copies, percent = f"{what}_copies", f"{what}_percent"
            if getattr(self, copies) is not None and percent in self.model_fields_set:
                raise validation_error(
                    f"must not be combined with {percent}. Remove one of them",
                    at=copies,
                    value=getattr(self, copies),
                )
        steps = self._steps
        limit = self.max_minutes or _LONGEST_UPDATE
        if steps * self.wait_seconds >= limit * 60:
            key = "wait_seconds" if "wait_seconds" in self.model_fields_set else "max_minutes"
            raise validation_error(
                f"is too long: {steps} times wait_seconds ({self.wait_seconds}) must be "
                f"less than max_minutes ({limit})",
                at=key,
                value=getattr(self, key),
            )
        return self

    @property
    def _steps(self) -> int:
        """The most batches that an update has: SageMaker takes none below 5 percent."""
        return _MOST_BATCHES if self.step_copies else math.ceil(100 / self.step_percent)

    def batch(self, copies: int) -> int:
        """Return the size of a batch of a number of copies."""
        return self.step_copies or max(1, -(-copies * self.step_percent // 100))

    def check_copies(self, least: int, most: int) -> None:
        """Refuse a batch that is not 5 to 50 percent of each number of copies.

        Source: SageMaker API, ``InferenceComponentRollingUpdatePolicy``.
        """
        step = self.step_copies
        if step is not None and not 2 * step <= least <= most <= _MOST_BATCHES * step:
            raise validation_error(
                f"must be 5 to 50 percent of the copies ({least} to {most}). Use "
                "step_percent, or another number",
                at="deployment.step_copies",
                value=step,
            )

    def minutes(self, start_seconds: int) -> int:
        """Return how long an update may take, with the time-outs of one start of a copy."""
        return self.max_minutes or max(_LEAST_UPDATE, self.estimate(start_seconds))

    def estimate(self, start_seconds: int) -> int:
        """Return how many minutes an update takes if each start takes its time-outs."""
        return _minutes(self._steps * (start_seconds + self.wait_seconds))


def _minutes(seconds: float) -> int:
    return min(_LONGEST_UPDATE, math.ceil(seconds / 60) + _MINUTES_OF_INSTANCES)


class MetricsSettings(Settings):
    """What SageMaker measures beyond its usual metrics, at the price of custom metrics."""

    enhanced: bool = True
    """Metrics of each instance, and of each copy of a component."""
    detailed: bool = False
    """Metrics that containers publish, and metrics of each GPU."""
    publish_seconds: Literal[10, 30, 60, 120, 180, 240, 300] = 60
    """How often."""


class EndpointSettings(Settings):
    """What endpoints of all types have."""

    name: Annotated[Name, Field(max_length=42)]
    """Name of the endpoint. Clients call it `<environment>-<name>`."""
    team: TagValue | None = None
    """Team that uses the endpoint: the tag `team`. If omitted, the team of the environment."""
    invokers: Annotated[list[InvokerSettings], Field(max_length=20)] = []
    """Roles and accounts outside of the environment that can call the endpoint."""
    dashboard: bool = True
    """Whether the endpoint has a dashboard in CloudWatch."""

    @model_validator(mode="after")
    def _check_invokers(self) -> Self:
        names = [invoker.name.replace("-", "") for invoker in self.invokers]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise validation_error(
                    ("must be unique: an earlier invoker has the same name if hyphens are ignored"),
                    at=f"invokers.{index}.name",
                    value=self.invokers[index].name,
                )
        return self


class RoutedEndpointSettings(EndpointSettings):
    """What endpoints have that inference routers can call."""

    routers: Annotated[list[RouterArn], Field(max_length=20)] = []
    """Inference routers of other accounts that can call the endpoint. Routers of this account
    need no entry."""

    @model_validator(mode="after")
    def _check_routers(self) -> Self:
        for index, arn in enumerate(self.routers):
            if arn in self.routers[:index]:
                raise validation_error("must be unique", at=f"routers.{index}", value=arn)
        return self


class CappedEndpointSettings(RoutedEndpointSettings):
    """What endpoints have that answer routers at once."""

    cross_region_traffic: CrossRegionTrafficSettings | None = None
    """Cap on requests from routers of other regions. Defaults to no cap."""
