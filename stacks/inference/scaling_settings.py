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
    """How it is aggregated over a minute."""


class CustomTrackingSettings(Settings):
    """Holding a metric of your own at a value."""

    metric: MetricSettings
    """The metric: it must fall when capacity grows."""
    target: Annotated[float, Field(gt=0)]
    """Value to hold."""


class ScheduleSettings(Settings):
    """Other limits from a time on."""

    name: Name
    """Name of the schedule."""
    expression: CronOrAtSchedule
    """When: `cron(…)` with six fields, or `at(…)`."""
    time_zone: TimeZoneName | None = None
    """Time zone of the expression; if omitted, UTC."""
    min_capacity: Count
    """Never fewer from then on."""
    max_capacity: Count
    """Never more from then on."""

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
    """Distance of the metric from the threshold, at which the step begins."""
    change: Annotated[int, Field(ge=1, le=1000)]
    """How much capacity is added."""


class StepScalingSettings(Settings):
    """Adding capacity in steps while a metric is too high."""

    metric: MetricSettings
    """What is watched."""
    threshold: float
    """The steps begin here."""
    steps: Annotated[list[StepSettings], Field(min_length=1, max_length=20)]
    """The steps, in ascending order, the first at 0."""
    cooldown_seconds: Cooldown = 60
    """Wait after capacity was added."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.steps[0].above != 0:
            raise validation_error(
                "must be 0 for the first step, or nothing happens at the threshold",
                at="steps.0.above",
                value=self.steps[0].above,
            )
        for index, (step, following) in enumerate(
            zip(self.steps[:-1], self.steps[1:], strict=True), 1
        ):
            if step.above >= following.above:
                raise validation_error(
                    f"must be more than that of the step before ({step.above})",
                    at=f"steps.{index}.above",
                    value=following.above,
                )
        return self


class ScalingSettings(Settings):
    """What moves a capacity between its limits."""

    UNIT: ClassVar[str]
    """What is counted: the limits are called `min_<unit>` and `max_<unit>`."""
    TRACKED: ClassVar[tuple[str, ...]]
    """Keys of the metrics that SageMaker itself has for it."""
    NEVER_ZERO: ClassVar[str | None] = None
    """Why it cannot reach zero, if it cannot."""

    custom_metric: CustomTrackingSettings | None = None
    """Holding a metric of your own at a value."""
    schedules: Annotated[list[ScheduleSettings], Field(max_length=20)] = []
    """Other limits at given times."""
    steps: StepScalingSettings | None = None
    """Adding capacity in steps."""
    scale_to_zero: bool = False
    """Whether nothing runs while there are no requests; what this needs is created. The first
    request wakes it up, which takes minutes."""
    scale_in_cooldown_seconds: Cooldown = 300
    """Wait after capacity was removed."""
    scale_out_cooldown_seconds: Cooldown = 60
    """Wait after capacity was added."""

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
                self.NEVER_ZERO or "needs scale_to_zero: true, or nothing would wake it up",
                at=least,
                value=0,
            )
        tracked = [name for name in self.TRACKED if getattr(self, name) is not None]
        if not (tracked or self.custom_metric or self.schedules or self.steps):
            raise validation_error(
                f"has nothing to scale by: give {' or '.join(self.TRACKED)}, custom_metric, "
                "steps or schedules"
            )
        if self.scale_to_zero and not (tracked or self.custom_metric):
            raise validation_error(
                "needs a metric to track, or nothing would ever scale in: give "
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
                "contradicts scale_to_zero: remove one of them",
                at=f"min_{self.UNIT}",
                value=self.least,
            )

    def _check_schedules(self) -> None:
        names = [schedule.name for schedule in self.schedules]
        for index, schedule in enumerate(self.schedules):
            if schedule.name in names[:index]:
                raise validation_error(
                    "is the name of an earlier schedule",
                    at=f"schedules.{index}.name",
                    value=schedule.name,
                )
            if schedule.min_capacity == 0 and not self.scale_to_zero:
                raise validation_error(
                    self.NEVER_ZERO or "needs scale_to_zero: true, or nothing would wake it up",
                    at=f"schedules.{index}.min_capacity",
                    value=0,
                )


class AutoscalingSettings(ScalingSettings):
    """Scaling the instances of a variant."""

    UNIT = "instances"
    TRACKED = ("invocations_per_instance", "concurrent_requests_per_instance")
    NEVER_ZERO = (
        "cannot be: SageMaker keeps an instance of every variant. Only type "
        "inference_components and asynchronous reach zero; serverless costs nothing when idle"
    )

    min_instances: Count | None = None
    """Never fewer; if omitted, 1."""
    max_instances: Annotated[int, Field(ge=1, le=10_000)]
    """Never more."""
    invocations_per_instance: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """What one instance should handle per minute."""
    concurrent_requests_per_instance: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """How many requests one instance should work on at the same time; measured every ten
    seconds, and so faster than invocations."""


class BacklogScalingSettings(ScalingSettings):
    """Scaling the instances of an asynchronous endpoint."""

    UNIT = "instances"
    TRACKED = ("backlog_per_instance",)

    min_instances: Count | None = None
    """Never fewer; if omitted, 1, or 0 with `scale_to_zero`."""
    max_instances: Annotated[int, Field(ge=1, le=10_000)]
    """Never more."""
    backlog_per_instance: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """How many requests may wait for one instance."""


class CopyScalingSettings(ScalingSettings):
    """Scaling the copies of an inference component."""

    UNIT = "copies"
    TRACKED = ("invocations_per_copy", "concurrent_requests_per_copy")

    min_copies: Count | None = None
    """Never fewer; if omitted, 1, or 0 with `scale_to_zero`."""
    max_copies: Annotated[int, Field(ge=1, le=10_000)]
    """Never more."""
    invocations_per_copy: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """What one copy should handle per minute."""
    concurrent_requests_per_copy: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """How many requests one copy should work on at the same time; measured every ten
    seconds, and so faster than invocations."""


class ConcurrencyScalingSettings(ScalingSettings):
    """Scaling the provisioned concurrency of a serverless endpoint."""

    UNIT = "concurrency"
    TRACKED = ("utilization_percent",)
    NEVER_ZERO = (
        "cannot be: provisioned concurrency is at least 1. Leave provisioned_concurrency and "
        "autoscaling out, and costs nothing while there are no requests"
    )

    min_concurrency: Count | None = None
    """Never less; if omitted, 1."""
    max_concurrency: Annotated[int, Field(ge=1, le=200)]
    """Never more."""
    utilization_percent: Annotated[int, Field(ge=10, le=90)] | None = None
    """Share of the provisioned concurrency that should be in use."""


class ScaleInSettings(Settings):
    """Which instances go when there are too many."""

    strategy: Literal["idle_release", "consolidation"]
    """Those without copies; or copies are moved together first, so that more go."""
    max_step: Annotated[int, Field(ge=1, le=100)] | None = None
    """Instances removed at a time; with consolidation; if omitted: 1."""
    cooldown_minutes: Annotated[int, Field(ge=5, le=1440)] | None = None
    """Wait after the last operation; with consolidation; if omitted: 20."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("max_step", "cooldown_minutes"):
            value = getattr(self, key)
            if value is not None and self.strategy != "consolidation":
                raise validation_error(
                    "belongs to strategy consolidation: remove the line", at=key, value=value
                )
        return self


class InstanceScalingSettings(Settings):
    """Instances that come and go with the copies of the components."""

    min_instances: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Never fewer; if omitted, 0 if all components scale to zero, and 1 otherwise."""
    max_instances: Annotated[int, Field(ge=1, le=10_000)]
    """Never more."""
    scale_in: ScaleInSettings | None = None
    """Which instances go; if omitted, SageMaker's default."""
