"""Schedules have one rule each, whatever the setting that takes them."""

import pytest
from pydantic import TypeAdapter, ValidationError

from stacks import schedules

CRON, RATE, AT = "cron(0 3 * * ? *)", "rate(1 day)", "at(2027-01-31T03:00:00)"


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("CronSchedule", {CRON}),
        ("CronOrRateSchedule", {CRON, RATE}),
        ("CronOrAtSchedule", {CRON, AT}),
        ("AnySchedule", {CRON, RATE, AT}),
    ],
)
def test_kinds_of_a_schedule(name: str, accepted: set[str]) -> None:
    adapter = TypeAdapter(getattr(schedules, name))

    for value in (CRON, RATE, AT):
        if value in accepted:
            assert adapter.validate_python(value) == value
        else:
            with pytest.raises(ValidationError, match=r"must be cron\(\.\.\.\) with six fields"):
                adapter.validate_python(value)


@pytest.mark.parametrize(
    "value",
    [
        "cron(0 3 * * *)",
        "cron(0 3 * * * *)",
        "cron(0 3 ? * ? *)",
        "cron(0 3 1 * SUN *)",
        "cron 0 3",
    ],
)
def test_cron_that_aws_refuses(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(schedules.AnySchedule).validate_python(value)
