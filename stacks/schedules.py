"""Schedules: one grammar for all settings."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, WithJsonSchema

from stacks.fields import validation_error

Kind = Literal["cron", "rate", "at"]

_PATTERNS: Mapping[Kind, str] = {
    "cron": r"cron\([^\s()]+( [^\s()]+){5}\)",
    "rate": r"rate\([1-9]\d* (minute|hour|day)s?\)",
    "at": r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)",
}
_EXAMPLES: Mapping[Kind, str] = {
    "cron": "cron(...) with six fields, such as cron(0 3 * * ? *)",
    "rate": "rate(...), such as rate(1 day)",
    "at": "at(...), such as at(2027-01-31T03:00:00)",
}


def check_days(expression: str) -> None:
    """Refuse a cron expression that gives both or none of the day and the weekday.

    AWS requires ? for one of them (EventBridge Scheduler: "Schedule types").
    """
    _, _, day, _, weekday, _ = expression.split()
    if (day == "?") == (weekday == "?"):
        raise validation_error("must give the day of the month or the weekday, and ? for the other")


def _schedule(*kinds: Kind) -> Any:
    def check(value: str) -> str:
        if not any(re.fullmatch(_PATTERNS[kind], value) for kind in kinds):
            raise validation_error(f"must be {', or '.join(_EXAMPLES[kind] for kind in kinds)}")
        if value.startswith("cron("):
            check_days(value)
        return value

    return Annotated[str, AfterValidator(check), WithJsonSchema({"type": "string"})]


CronSchedule = _schedule("cron")
CronOrRateSchedule = _schedule("cron", "rate")
CronOrAtSchedule = _schedule("cron", "at")
AnySchedule = _schedule("cron", "rate", "at")
