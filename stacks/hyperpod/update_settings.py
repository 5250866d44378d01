"""Settings of updates of the software of nodes."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from stacks.fields import Settings, validation_error
from stacks.schedules import check_cron

_CRON = re.compile(
    r"cron\((?:[0-5][0-9]|[0-9]) (?:[01][0-9]|2[0-3]|[0-9])"
    r" (?:[1-9]|0[1-9]|[12][0-9]|3[01]|\?) (?:[1-9]|0[1-9]|1[0-2]|\*|\*/(?:[1-9]|1[0-2]))"
    r" (?:MON|TUE|WED|THU|FRI|SAT|SUN|[1-7]|\?|L|(?:[1-7]#[1-5])|(?:[1-7]L))"
    r" (?:20[2-9][0-9]|\*)\)"
)
_ROLLOUT_KEYS = ("max_batch_percent", "max_batch_count", "wait_seconds", "rollback_on_alarm")


class ScheduledUpdateSettings(Settings):
    """Updates to HyperPod's newest image, by a schedule.

    On EKS, a few instances at a time, and back on alarm. With Slurm, all instances of the group
    together.
    """

    schedule: str
    """When, in UTC, such as `cron(0 3 ? * SUN *)`: minute, hour, day of the month, month,
    weekday, year."""
    max_batch_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Maximum share of the group that is updated at a time, in percent."""
    max_batch_count: Annotated[int, Field(ge=1, le=6758)] | None = None
    """Maximum number of instances that are updated at a time. Defaults to 1 if
    `max_batch_percent` is omitted too."""
    wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """How long SageMaker watches the alarm on unhealthy nodes after a batch."""
    rollback_on_alarm: bool = True
    """Roll back when the alarm on unhealthy nodes goes off."""

    @property
    def rollout_keys(self) -> list[str]:
        """The keys of the rollout that the file has."""
        return [key for key in _ROLLOUT_KEYS if key in self.model_fields_set]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.max_batch_percent is not None and self.max_batch_count is not None:
            raise validation_error(
                "must not be combined with max_batch_percent. Remove one of them",
                at="max_batch_count",
                value=self.max_batch_count,
            )
        if self.rollback_on_alarm and self.wait_seconds == 0:
            raise validation_error(
                (
                    "must be more than 0, so that SageMaker can watch the alarm. Raise it, or "
                    "set rollback_on_alarm to false"
                ),
                at="wait_seconds",
                value=self.wait_seconds,
            )
        return self

    @field_validator("schedule")
    @classmethod
    def _check_schedule(cls, value: str) -> str:
        if not _CRON.fullmatch(value):
            raise validation_error(
                "must be a cron expression with one start time, such as cron(0 3 ? * SUN *)"
            )
        check_cron(value)
        return value


class AutomaticPatchingSettings(Settings):
    """Security patches as soon as AWS has them."""

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, value: Any) -> Any:
        for key in _ROLLOUT_KEYS:
            if isinstance(value, Mapping) and key in value:
                raise validation_error(
                    "applies only to scheduled_update on EKS, because SageMaker supports "
                    "batches and alarms only with a rolling strategy. Remove the line",
                    at=key,
                    value=value[key],
                )
        return value

    strategy: Literal["when_idle", "when_all_idle"]
    """Update each instance when it is idle, or all instances when all are idle. SageMaker
    supports neither batches nor alarms with these strategies."""
