"""Errors of a rehearsal."""

from operations.errors import OperationError


class RehearsalError(OperationError):
    """The rehearsal cannot continue; the message says why and what to do."""


class Interrupted(BaseException):
    """A signal asked the rehearsal to stop."""
