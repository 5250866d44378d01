"""Errors of the handlers; CloudFormation shows those that end a request to its users."""

from collections.abc import Sequence

# Reasons that one message names; more would not fit into an event of a stack.
_NAMED = 10


class CustomResourceError(Exception):
    """Fails the request; CloudFormation shows the message as the reason.

    Args:
        message: the reason.
        code: code of AWS's error, if AWS refused a call.
        aws_message: message of AWS's error.
    """

    def __init__(self, message: str, code: str = "", aws_message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.aws_message = aws_message


class NotFoundError(CustomResourceError):
    """The subject of a call does not exist."""


class WaitTimeoutError(CustomResourceError):
    """The request was not fulfilled within its time-out."""


class RetryableError(Exception):
    """The rest of the work waits: AWS throttles, fails or does not answer, or time is used up."""


class InUseError(RetryableError):
    """The subject of one call is in use; other calls can continue."""


class PendingError(RetryableError):
    """What was asked for is not there yet.

    Args:
        pending: what is waited for.
    """

    def __init__(self, pending: Sequence[str]) -> None:
        more = len(pending) - _NAMED
        named = "; ".join(pending[:_NAMED])
        super().__init__(f"{named}; and {more} more" if more > 0 else named)
