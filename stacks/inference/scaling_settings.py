"""Settings of scaling with the load."""

import re
from typing import Annotated, ClassVar, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from stacks.fields import Name, Settings, close_to, validation_error
from stacks.schedules import CronOrAtSchedule


def _time_zone(value: str) -> str:
    if not re.fullmatch(r"UTC|[A-Z][A-Za-z_]+(/[A-Za-z_+-]+){1,2}", value):
        raise validation_error("must be the name of a time zone, such as Europe/Dublin or UTC")
    # Empty on a machine that has no such table.
    known = available_timezones()
    if known and value not in known:
        raise validation_error(f"must be a time zone{close_to(value, sorted(known))}")
    return value


TimeZoneName = Annotated[str, AfterValidator(_time_zone)]
Cooldown = Annotated[int, Field(ge=0, le=3600)]
Count = Annotated[int, Field(ge=0, le=10_000)]


class MetricSettings(Settings):
    """A metric of CloudWatch."""

    namespace: Annotated[str, Field(min_length=1, max_length=255)]
    """Namespace of the metric."""
    name: Annotated[str, Field(min_length=1, max_length=255)]
    """Name of the metric."""
    dimensions: Annotated[
        dict[
            Annotated[str, Field(min_length=1, max_length=255)],
            Annotated[str, Field(min_length=1, max_length=1024)],
        ],
        Field(max_length=30),
    ] = {}
    """Dimensions of the metric."""
    statistic: Literal["Average", "Sum", "Maximum", "Minimum"] = "Average"
    """Statistic over a minute."""


class CustomTrackingSettings(Settings):
    """Target tracking of a custom metric."""

    metric: MetricSettings
    """The metric. It must decrease when capacity increases."""
    target: Annotated[float, Field(gt=0)]
    """Value to hold."""


class ScheduleSettings(Settings):
    """Other limits from a time on."""

    name: Name
    """Name of the schedule."""
    expression: CronOrAtSchedule
    """When: `cron(…)` with six fields, or `at(…)`."""
    time_zone: TimeZoneName | None = None
    """Time zone of the expression. Defaults to UTC."""
    min_capacity: Count
    """Minimum capacity from that time."""
    max_capacity: Count
    """Maximum capacity from that time."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min_capacity > self.max_capacity:
            raise validation_error(
                f"must be at most max_capacity ({self.max_capacity})",
                at="min_capacity",
                value=self.min_capacity,
            )
        return self


class StepSettings(Settings):
    """One step of step scaling."""

    above: Annotated[float, Field(ge=0)]
    """Distance of the metric from the threshold at which the step starts."""
    change: Annotated[int, Field(ge=1, le=1000)]
    """Capacity to add."""


class StepScalingSettings(Settings):
    """Adding capacity in steps while a metric is too high."""

    metric: MetricSettings
    """What is watched."""
    threshold: float
    """Threshold of the metric."""
    steps: Annotated[list[StepSettings], Field(min_length=1, max_length=20)]
    """The steps, in ascending order, the first at 0."""
    cooldown_seconds: Cooldown = 60
    """Cooldown after scaling out."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.steps[0].above != 0:
            raise validation_error(
                "must be 0 for the first step, so that it starts at the threshold",
                at="steps.0.above",
                value=self.steps[0].above,
            )
        for index, (step, following) in enumerate(
            zip(self.steps[:-1], self.steps[1:], strict=True), 1
        ):
            if step.above >= following.above:
                raise validation_error(
                    f"must be more than in the previous step ({step.above})",
                    at=f"steps.{index}.above",
                    value=following.above,
                )
        return self


class ScalingSettings(Settings):
    """What moves a capacity between its limits."""

    UNIT: ClassVar[str]
    """Unit of capacity. The limits are called `min_<unit>` and `max_<unit>`."""
    TRACKED: ClassVar[tuple[str, ...]]
    """Keys of SageMaker's predefined metrics for this unit."""
    NEVER_ZERO: ClassVar[str | None] = None
    """Why it cannot reach zero, if it cannot."""

    custom_metric: CustomTrackingSettings | None = None
    """Target tracking of a custom metric."""
    schedules: Annotated[list[ScheduleSettings], Field(max_length=20)] = []
    """Scheduled changes of the limits."""
    steps: StepScalingSettings | None = None
    """Step scaling."""
    scale_to_zero: bool = False
    """Whether capacity scales to zero while there are no requests. The first request starts it
    again, which takes minutes."""
    scale_in_cooldown_seconds: Cooldown = 300
    """Cooldown after scaling in."""
    scale_out_cooldown_seconds: Cooldown = 60
    """Cooldown after scaling out."""

    @property
    def least(self) -> int:
        """The least capacity."""
        least: int | None = getattr(self, f"min_{self.UNIT}")
        return (0 if self.scale_to_zero else 1) if least is None else least

    @property
    def most(self) -> int:
        """The greatest capacity."""
        most: int = getattr(self, f"max_{self.UNIT}")
        return most

    @model_validator(mode="after")
    def _check_scaling(self) -> Self:
        least, most = f"min_{self.UNIT}", f"max_{self.UNIT}"
        if self.least > self.most:
            raise validation_error(
                f"must be at most {most} ({self.most})", at=least, value=self.least
            )
        if self.scale_to_zero:
            self._check_zero()
        elif self.least == 0:
            raise validation_error(
                self.NEVER_ZERO
                or "requires scale_to_zero: true, because nothing else starts capacity again",
                at=least,
                value=0,
            )
        tracked = [name for name in self.TRACKED if getattr(self, name) is not None]
        if not (tracked or self.custom_metric or self.schedules or self.steps):
            raise validation_error(
                f"must have {' or '.join(self.TRACKED)}, custom_metric, steps or schedules"
            )
        if self.scale_to_zero and not (tracked or self.custom_metric):
            raise validation_error(
                "requires a metric to track, because steps only scale out. Add "
                f"{' or '.join(self.TRACKED)}, or custom_metric",
                at="scale_to_zero",
                value=True,
            )
        self._check_schedules()
        return self

    def _check_zero(self) -> None:
        if self.NEVER_ZERO is not None:
            raise validation_error(self.NEVER_ZERO, at="scale_to_zero", value=True)
        if self.least > 0:
            raise validation_error(
                "must not be combined with scale_to_zero. Remove one of them",
                at=f"min_{self.UNIT}",
                value=self.least,
            )

    def _check_schedules(self) -> None:
        names = [schedule.name for schedule in self.schedules]
        for index, schedule in enumerate(self.schedules):
            if schedule.name in names[:index]:
                raise validation_error(
                    "must be unique: an earlier schedule has the same name",
                    at=f"schedules.{index}.name",
                    value=schedule.name,
                )
            if schedule.min_capacity == 0 and not self.scale_to_zero:
                raise validation_error(
                    self.NEVER_ZERO
                    or "requires scale_to_zero: true, because nothing else starts capacity again",
                    at=f"schedules.{index}.min_capacity",
                    value=0,
                )


class AutoscalingSettings(ScalingSettings):
    """Scaling the instances of a variant."""

    UNIT = "instances"
    TRACKED = ("invocations_per_instance", "concurrent_requests_per_instance")
    NEVER_ZERO = (
        "must be false, because SageMaker keeps an instance of every variant. Only types "
        "inference_components and asynchronous scale to zero; serverless costs nothing "
        "when idle"
    )

    min_instances: Count | None = None
    """Minimum number. Defaults to 1."""
    max_instances: Annotated[int, Field(ge=1, le=10_000)]
    """Never more."""
    invocations_per_instance: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Target of requests per minute and instance."""
    concurrent_requests_per_instance: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Target of concurrent requests per instance. Measured every ten seconds, so it reacts
    faster than invocations."""


class BacklogScalingSettings(ScalingSettings):
    """Scaling the instances of an asynchronous endpoint."""

    UNIT = "instances"
    TRACKED = ("backlog_per_instance",)

    min_instances: Count | None = None
    """Minimum number. Defaults to 1, or to 0 with `scale_to_zero`."""
    max_instances: Annotated[int, Field(ge=1, le=10_000)]
    """Never more."""
    backlog_per_instance: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """Target of waiting requests per instance."""


class CopyScalingSettings(ScalingSettings):
    """Scaling the copies of an inference component."""

    UNIT = "copies"
    TRACKED = ("invocations_per_copy", "concurrent_requests_per_copy")

    min_copies: Count | None = None
    """Minimum number. Defaults to 1, or to 0 with `scale_to_zero`."""
    max_copies: Annotated[int, Field(ge=1, le=10_000)]
    """Never more."""
    invocations_per_copy: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Target of requests per minute and copy."""
    concurrent_requests_per_copy: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Target of concurrent requests per copy. Measured every ten seconds, so it reacts faster
    than invocations."""


class ConcurrencyScalingSettings(ScalingSettings):
    """Scaling the provisioned concurrency of a serverless endpoint."""

    UNIT = "concurrency"
    TRACKED = ("utilization_percent",)
    NEVER_ZERO = (
        "must be false, because provisioned concurrency is at least 1. Without "
        "provisioned_concurrency and autoscaling, an idle endpoint costs nothing"
    )

    min_concurrency: Count | None = None
    """Minimum. Defaults to 1."""
    max_concurrency: Annotated[int, Field(ge=1, le=200)]
    """Never more."""
    utilization_percent: Annotated[int, Field(ge=10, le=90)] | None = None
    """Target share of the provisioned concurrency in use."""


class ScaleInSettings(Settings):
    """Which instances go when there are too many."""

    strategy: Literal["idle_release", "consolidation"]
    """`idle`: remove instances without copies. Consolidation moves copies together first, so
    that more instances become idle."""
    max_step: Annotated[int, Field(ge=1, le=100)] | None = None
    """Maximum number of instances removed at a time. Only with consolidation. Defaults to 1."""
    cooldown_minutes: Annotated[int, Field(ge=5, le=1440)] | None = None
    """Wait after the last operation. Only with consolidation. Defaults to 20."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("max_step", "cooldown_minutes"):
            value = getattr(self, key)
            if value is not None and self.strategy != "consolidation":
                raise validation_error(
                    "applies only to strategy consolidation. Remove the line", at=key, value=value
                )
        return self


class InstanceScalingSettings(Settings):
    """Instances that come and go with the copies of the components."""

    min_instances: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Minimum number. Defaults to 0 if all components scale to zero, otherwise to 1."""
    max_instances: Annotated[int, Field(ge=1, le=10_000)]
    """Never more."""
    scale_in: ScaleInSettings | None = None
    """Which instances are removed. Defaults to SageMaker's choice."""
