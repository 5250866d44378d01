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


REFUSED = {
    "cron(0 3 * * *)": "six fields",
    "cron(0 3 * * * *)": "weekday",
    "cron(0 3 ? * ? *)": "weekday",
    "cron(0 3 1 * SUN *)": "weekday",
    "cron(garbage)": "six fields",
    "cron(60 3 * * ? *)": "minute",
    "cron(0 24 * * ? *)": "hour",
    "cron(0 3 32 * ? *)": "day of the month",
    "cron(0 3 0 * ? *)": "day of the month",
    "cron(0 3 1 13 ? *)": "month",
    "cron(0 3 1 FOO ? *)": "month",
    "cron(0 3 ? * 8 *)": "weekday",
    "cron(0 3 ? * FUN *)": "weekday",
    "cron(0 3 ? * MON#6 *)": "weekday",
    "cron(0 3 * * ? 1969)": "year",
    "cron(0 3 * * ? 2200)": "year",
    "cron(5-1 3 * * ? *)": "minute",
    "cron(*/0 3 * * ? *)": "minute",
    "cron(1,,2 3 * * ? *)": "minute",
    "cron(a b c d e f)": "minute",
    "cron(0 3 30 2 ? *)": "valid date",
    "cron(0 3 31 APR,JUN ? *)": "valid date",
    "cron(0 3 29 2 ? 2027)": "valid date",
    "cron(0  3 * * ? *)": "six fields",
    " cron(0 3 * * ? *)": "must be",
    "rate(banana)": "whole number",
    "rate(0 days)": "whole number",
    "rate(1.5 hours)": "whole number",
    "rate(5 weeks)": "whole number",
    "rate(1 days)": r"rate\(1 day\)",
    "rate(5 day)": r"rate\(5 days\)",
    "at(2027-02-30T03:00:00)": "exist",
    "at(2027-01-31T25:00:00)": "exist",
    "at(2027-01-31)": "exist",
    "daily": "must be",
}


@pytest.mark.parametrize("value", REFUSED)
def test_refuses_what_aws_refuses(value: str) -> None:
    with pytest.raises(ValidationError, match=REFUSED[value]):
        TypeAdapter(schedules.AnySchedule).validate_python(value)


@pytest.mark.parametrize(
    "value",
    [
        "cron(0/15 8-17 ? * MON-FRI *)",
        "cron(0 3 L * ? *)",
        "cron(0 3 LW * ? 2027-2030)",
        "cron(0 3 15W 1,7 ? *)",
        "cron(0 3 29 FEB ? *)",
        "cron(0 3 31 1-6 ? *)",
        "cron(0 3 ? jan-mar 6#3 *)",
        "cron(0 3 ? * FRIL *)",
        "cron(*/5 * * * ? *)",
        "rate(90 minutes)",
        "rate(1 hour)",
        "at(2028-02-29T23:59:59)",
    ],
)
def test_accepts_what_aws_documents(value: str) -> None:
    assert TypeAdapter(schedules.AnySchedule).validate_python(value) == value


@pytest.mark.parametrize("minutes", ["*", "0/4", "0,2", "0,58", "1-3"])
def test_crawler_runs_at_most_every_five_minutes(minutes: str) -> None:
    with pytest.raises(ValidationError, match="every 5 minutes"):
        TypeAdapter(schedules.CrawlerSchedule).validate_python(f"cron({minutes} * * * ? *)")


@pytest.mark.parametrize("times", ["0 *", "0/5 *", "0,58 3"])
def test_crawler_may_run_every_five_minutes(times: str) -> None:
    assert TypeAdapter(schedules.CrawlerSchedule).validate_python(f"cron({times} * * ? *)")
