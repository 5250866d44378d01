"""Schedules: one grammar for all settings.

Source: EventBridge Scheduler User Guide, "Schedule types on EventBridge Scheduler". Application
Auto Scaling and AWS Glue take the same six fields.
"""

import re
from calendar import isleap
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, WithJsonSchema

from stacks.fields import validation_error

Kind = Literal["cron", "rate", "at"]

_EXAMPLES: Mapping[Kind, str] = {
    "cron": "cron(...) with six fields, such as cron(0 3 * * ? *)",
    "rate": "rate(...), such as rate(1 day)",
    "at": "at(...), such as at(2027-01-31T03:00:00)",
}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _Field(NamedTuple):
    name: str
    first: int
    last: int
    words: tuple[str, ...] = ()
    special: str = ""
    """Regular expression of what a list may contain too."""

    def number(self, text: str) -> int | None:
        """Return the value of a number or a word; None if it is out of range."""
        if text.upper() in self.words:
            return self.words.index(text.upper()) + self.first
        if not re.fullmatch(r"[0-9]{1,4}", text):
            return None
        return int(text) if self.first <= int(text) <= self.last else None

    def accepts(self, item: str) -> bool:
        """Tell whether one item of a list is valid: a value, a range or a step."""
        if self.special and re.fullmatch(self.special, item, re.IGNORECASE):
            return True
        base, slash, step = item.partition("/")
        if slash and not (re.fullmatch(r"[0-9]{1,4}", step) and 1 <= int(step) <= self.last):
            return False
        if base == "*":
            return True
        first, dash, last = base.partition("-")
        low, high = self.number(first), self.number(last) if dash else None
        return low is not None and (not dash or (high is not None and low <= high))


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31, special=r"\?|L(W|-([1-9]|[12]\d|30))?|([1-9]|[12]\d|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field(
        "weekday", 1, 7, _WEEKDAYS,
        special=r"\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])",
    ),
    _Field("year", 1970, 2199),
)  # fmt: skip


def check_cron(expression: str) -> None:
    """Refuse a cron expression that EventBridge Scheduler refuses, or that has no date."""
    match = re.fullmatch(r"cron\(([^()]*)\)", expression)
    fields = match[1].split(" ") if match else []
    if len(fields) != len(_FIELDS):
        raise validation_error(f"must be {_EXAMPLES['cron']}")
    for field, text in zip(_FIELDS, fields, strict=True):
        items = text.split(",")
        alone = len(items) == 1 or not {"*", "?"} & set(items)
        if not alone or not all(field.accepts(item) for item in items):
            raise validation_error(
                f"must have a valid {field.name} in cron(...), from {field.first} to {field.last}, "
                f"got {text!r}"
            )
    _check_days(expression)
    _check_date(fields[2], fields[3], fields[5])


def _check_days(expression: str) -> None:
    """Refuse a cron expression that gives both or none of the day and the weekday.

    AWS requires ? for one of them.
    """
    _, _, day, _, weekday, _ = expression.split()
    if (day == "?") == (weekday == "?"):
        raise validation_error("must have ? for either the day of the month or the weekday")


def _check_date(day: str, month: str, year: str) -> None:
    """Refuse days that no month of the expression has, such as February 30."""
    days = [int(item) for item in day.split(",") if item.isdecimal()]
    months = [_FIELDS[3].number(item) for item in month.split(",")]
    known = [number for number in months if number is not None]
    if len(days) != len(day.split(",")) or len(known) != len(months):
        return
    longest = max(_LONGEST[number - 1] for number in known)
    years = [int(item) for item in year.split(",") if item.isdecimal()]
    if known == [2] and len(years) == len(year.split(",")) and not any(map(isleap, years)):
        longest = 28
    if min(days) > longest:
        raise validation_error("must be a valid date; none of the months has this day")


def _check_rate(expression: str) -> None:
    match = re.fullmatch(r"rate\(([1-9][0-9]{0,8}) (minute|hour|day)(s?)\)", expression)
    if match is None:
        raise validation_error(
            f"must be {_EXAMPLES['rate']}: a whole number of minutes, hours or days"
        )
    if (match[1] == "1") == bool(match[3]):
        unit = f"{match[2]}{'' if match[1] == '1' else 's'}"
        raise validation_error(f"must be rate({match[1]} {unit})")


def _check_at(expression: str) -> None:
    match = re.fullmatch(
        r"at\(([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\)", expression
    )
    try:
        datetime.fromisoformat(match[1] if match else "")
    except ValueError:
        raise validation_error(
            f"must be {_EXAMPLES['at']}, with a date and a time that exist"
        ) from None


_CHECKS = {"cron": check_cron, "rate": _check_rate, "at": _check_at}


def _schedule(*kinds: Kind, least_minutes: int = 1) -> Any:
    def check(value: str) -> str:
        kind = next((kind for kind in kinds if value.startswith(f"{kind}(")), None)
        if kind is None:
            raise validation_error(f"must be {', or '.join(_EXAMPLES[kind] for kind in kinds)}")
        _CHECKS[kind](value)
        if kind == "cron":
            _check_interval(value, least_minutes)
        return value

    return Annotated[str, AfterValidator(check), WithJsonSchema({"type": "string"})]


def _check_interval(expression: str, least_minutes: int) -> None:
    """Refuse a cron expression that runs more often than a service accepts."""
    minute, hour, *_ = expression.removeprefix("cron(").split(" ")
    minutes = sorted(_minutes(minute))
    if not hour.isdecimal():
        minutes.append(minutes[0] + 60)
    gaps = [after - before for before, after in pairwise(minutes)]
    if min(gaps, default=60) < least_minutes:
        raise validation_error(f"must run at most every {least_minutes} minutes")


def _minutes(text: str) -> set[int]:
    found: set[int] = set()
    for item in text.split(","):
        base, _, step = item.partition("/")
        first, dash, last = ("0", "-", "59") if base == "*" else base.partition("-")
        end = int(last) if dash else 59 if step else int(first)
        found.update(range(int(first), end + 1, int(step or 1)))
    return found


CronSchedule = _schedule("cron")
CronOrRateSchedule = _schedule("cron", "rate")
CronOrAtSchedule = _schedule("cron", "at")
AnySchedule = _schedule("cron", "rate", "at")
# "The minimum precision for a schedule is 5 minutes" (AWS Glue Developer Guide, "Time-based
# schedules for jobs and crawlers").
CrawlerSchedule = _schedule("cron", least_minutes=5)
