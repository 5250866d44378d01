"""What a question gives."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "failed", "warning", "not checked"]


@dataclass(frozen=True)
class Answer:
    """One line of the report.

    Attributes:
        status: `failed` stops or breaks a deployment; a `warning` is for people to decide.
        subject: what was asked about, such as `quota ml.g5.xlarge for endpoint usage`.
        detail: what was found, and what to do.
    """

    status: Status
    subject: str
    detail: str


def passed(subject: str, detail: str) -> Answer:
    """Return an answer that lets the deployment go on."""
    return Answer("passed", subject, detail)


def failed(subject: str, detail: str) -> Answer:
    """Return an answer that a deployment would fail on."""
    return Answer("failed", subject, detail)


def warning(subject: str, detail: str) -> Answer:
    """Return an answer for people to decide on."""
    return Answer("warning", subject, detail)


def not_checked(subject: str, detail: str) -> Answer:
    """Return that a question has no answer, and why."""
    return Answer("not checked", subject, detail)
