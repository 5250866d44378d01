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
    """Responses with status 5xx, in 2 of 3 minutes; none: no alarm."""
    latency_ms: Annotated[int, Field(ge=1, le=60_000)] | Off = 30_000
    """99th percentile of the model's latency in milliseconds, for 3 minutes. SageMaker gives
    a request up after 60 seconds; none: no alarm."""


class InstanceAlarmSettings(AlarmSettings):
    """Thresholds of an endpoint that runs on instances."""

    accelerator_memory_percent: Percentage | Off = 95
    """Memory in use of NVIDIA GPUs, for 3 minutes; none: no alarm. Other types have no such
    alarm. It does not roll an update back."""


class ComponentAlarmSettings(InstanceAlarmSettings):
    """Thresholds of a component."""

    no_capacity: bool = True
    """Whether requests that find no copy are an alarm. It does not roll an update back."""


class DeploymentSettings(Settings):
    """How an update replaces what runs, while alarms are watched."""

    strategy: Literal["all-at-once", "canary", "linear", "rolling"] = "all-at-once"
    """All traffic together, a part of it first, or in equal steps, with all new instances
    next to the old; or in batches, each of which replaces as many old ones."""
    step_percent: Annotated[int, Field(ge=5, le=50)] | None = None
    """Size of the canary, of a step, or of a batch; if omitted: 10."""
    rollback_percent: Annotated[int, Field(ge=5, le=100)] | None = None
    """Batch in which a rolling update is taken back; if omitted, all at once."""
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """How long the alarms are watched after each shift."""
    max_minutes: Annotated[int, Field(ge=10, le=480)] | None = None
    """An update that takes longer is rolled back; if omitted, 60, or as long as the time-outs of
    the model and the waits take. A lower number causes a warning."""
    rollback_alarms: bool = True
    """Whether alarms roll an update back; false, to mend an endpoint whose alarms are on."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.strategy == "all-at-once" and self.step_percent is not None:
            raise validation_error(
                "belongs to strategy canary, linear or rolling: remove the line",
                at="step_percent",
                value=self.step_percent,
            )
        if self.strategy != "rolling" and self.rollback_percent is not None:
            raise validation_error(
                "belongs to strategy rolling: remove the line",
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
                f"leaves no time to update: {steps} times wait_seconds ({self.wait_seconds}) must "
                f"be less than max_minutes ({limit})",
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
    """Batch in which the update is taken back; if omitted, all at once."""
    step_copies: Annotated[int, Field(ge=1, le=500)] | None = None
    """Size of a batch in copies, in place of `step_percent`: 5 to 50 percent of the copies."""
    rollback_copies: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Batch in which the update is taken back in copies, in place of `rollback_percent`."""
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """How long the alarms are watched after each batch."""
    max_minutes: Annotated[int, Field(ge=10, le=480)] | None = None
    """An update that takes longer is rolled back; if omitted, 60, or as long as the time-outs of
    the model and the waits take. A lower number causes a warning."""
    rollback_alarms: bool = True
    """Whether alarms roll an update back; false, to mend an endpoint whose alarms are on."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for what in ("step", "rollback"):
            copies, percent = f"{what}_copies", f"{what}_percent"
            if getattr(self, copies) is not None and percent in self.model_fields_set:
                raise validation_error(
                    f"excludes {percent}. Give one of them",
                    at=copies,
                    value=getattr(self, copies),
                )
        steps = self._steps
        limit = self.max_minutes or _LONGEST_UPDATE
        if steps * self.wait_seconds >= limit * 60:
            key = "wait_seconds" if "wait_seconds" in self.model_fields_set else "max_minutes"
            raise validation_error(
                f"leaves no time to update: {steps} times wait_seconds ({self.wait_seconds}) must "
                f"be less than max_minutes ({limit})",
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
                f"must be 5 to 50 percent of the copies, of which there are {least} to {most}. "
                "Use step_percent, or another number",
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
    """What containers publish themselves, and each GPU."""
    publish_seconds: Literal[10, 30, 60, 120, 180, 240, 300] = 60
    """How often."""


class EndpointSettings(Settings):
    """What endpoints of all types have."""

    name: Annotated[Name, Field(max_length=42)]
    """Clients call the endpoint `<environment>-<name>`."""
    team: TagValue | None = None
    """Team that uses the endpoint: the tag `team`. If omitted, the team of the environment."""
    invokers: Annotated[list[InvokerSettings], Field(max_length=20)] = []
    """Who outside of the environment may call the endpoint."""
    dashboard: bool = True
    """Whether the endpoint has a dashboard in CloudWatch."""

    @model_validator(mode="after")
    def _check_invokers(self) -> Self:
        names = [invoker.name.replace("-", "") for invoker in self.invokers]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise validation_error(
                    "is the name of an earlier invoker, whatever the hyphens",
                    at=f"invokers.{index}.name",
                    value=self.invokers[index].name,
                )
        return self


class RoutedEndpointSettings(EndpointSettings):
    """What endpoints have that inference routers can call."""

    routers: Annotated[list[RouterArn], Field(max_length=20)] = []
    """Inference routers of other accounts that may call the endpoint. Routers of this account
    need no entry."""

    @model_validator(mode="after")
    def _check_routers(self) -> Self:
        for index, arn in enumerate(self.routers):
            if arn in self.routers[:index]:
                raise validation_error("must not be there twice", at=f"routers.{index}", value=arn)
        return self


class CappedEndpointSettings(RoutedEndpointSettings):
    """What endpoints have that answer routers at once."""

    cross_region_traffic: CrossRegionTrafficSettings | None = None
    """Cap on requests from routers of other regions. Defaults to no cap."""
