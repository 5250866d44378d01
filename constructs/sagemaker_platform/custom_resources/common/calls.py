"""Calling AWS so that each error means one of three things: gone, later, or failed."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

Item = dict[str, Any]

_GONE = {
    "EntityNotFoundException",
    "FileSystemNotFound",
    "InvalidGroup.NotFound",
    "InvalidPermission.NotFound",
    "MountTargetNotFound",
    "NoSuchBucket",
    "NoSuchEntity",
    "ParameterNotFound",
    "ResourceNotFound",
    "ResourceNotFoundException",
}
# DeleteApp's answer for an app that is gone has the code ValidationException.
_GONE_MESSAGES = ("has already been deleted", "previously failed and was automatically deleted")
_BUSY = {
    "ConditionCheckFailureException",
    "ConflictException",
    "DependencyTimeout",
    "DependencyViolation",
    "FileSystemInUse",
    "IncorrectFileSystemLifeCycleState",
    "IncorrectMountTargetState",
    "InvalidGroup.InUse",
    "ResourceInUse",
    "ResourceInUseException",
}
_LATER = {
    "ConcurrentModificationException",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceException",
    "OperationTimeoutException",
    "OperationAborted",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "SlowDown",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
    "Unavailable",
}
# Seconds before each further attempt, where no later call of the function makes it.
PAUSES = (1, 2, 4, 8, 15, 15, 15, 15)
_CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}
)


class RefusedError(Exception):
    """What ends a deployment or a deletion, in words for the reader of the stack's events.

    Args:
        message: the words.
        code: of AWS's error, if it was AWS that refused.
        said: its message.
    """

    def __init__(self, message: str, code: str = "", said: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.said = said


class GoneError(RefusedError):
    """What a call is about does not exist."""


class LaterError(Exception):
    """The rest of the work has to wait for the next call."""


class BusyError(LaterError):
    """This one thing has to wait; others need not."""


@cache
def client(service: str) -> Any:
    """A client that gives up soon: what does not answer now is asked again in the next call."""
    return boto3.client(service, config=_CONFIG)


def pause(seconds: float) -> None:
    """Wait within a call of the function."""
    time.sleep(seconds)


class Caller:
    """Calls AWS for the sake of one thing, for a limited time.

    Args:
        about: what error messages name.
        seconds: how long it may be used.
        pauses: seconds to wait before each further attempt at a call that AWS puts off; empty
            where the next call of the function is the next attempt.
    """

    def __init__(self, about: str, seconds: float, pauses: Sequence[float] = ()) -> None:
        self._about = about
        self._until = time.monotonic() + seconds
        self._pauses = pauses

    def call(
        self, what: str, operation: Callable[..., Any], gone: Collection[str] = (), **arguments: Any
    ) -> Item | None:
        """Call AWS; None means that what the call is about does not exist.

        Args:
            what: what the call is about, for messages.
            operation: of a client.
            gone: codes of errors that say so for this call alone.
            arguments: of the operation.

        Raises:
            BusyError: if it is in use.
            LaterError: if AWS is throttling, failing or silent, or the time is used up.
            RefusedError: if AWS refuses for another reason.
        """
        try:
            return self.need(what, operation, gone, **arguments)
        except GoneError:
            return None

    def need(
        self, what: str, operation: Callable[..., Any], gone: Collection[str] = (), **arguments: Any
    ) -> Item:
        """Call AWS about something that has to exist, see `call`.

        Raises:
            BusyError: if it is in use.
            LaterError: if AWS is throttling, failing or silent, or the time is used up.
            GoneError: if it does not exist.
            RefusedError: if AWS refuses for another reason.
        """
        for seconds in self._pauses:
            try:
                return self._once(what, operation, gone, arguments)
            except LaterError:
                pause(seconds)
        return self._once(what, operation, gone, arguments)

    def _once(
        self, what: str, operation: Callable[..., Any], gone: Collection[str], arguments: Item
    ) -> Item:
        if time.monotonic() > self._until:
            raise LaterError(f"{what}: no time left in this call")
        try:
            answer: Item = operation(**arguments)
        except (HTTPClientError, NoConnectionError) as error:
            raise LaterError(f"{what}: {error}") from error
        except ClientError as error:
            code, message = (error.response["Error"].get(key, "") for key in ("Code", "Message"))
            told = f"{what} of {self._about}: {code}: {message}"
            if code in _GONE or code in gone or any(words in message for words in _GONE_MESSAGES):
                raise GoneError(told, code, message) from error
            if code in _BUSY:
                raise BusyError(f"{what}: {code}: {message}") from error
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code in _LATER or status >= 500:
                raise LaterError(f"{what}: {code}: {message}") from error
            raise RefusedError(told, code, message) from error
        return answer

    def delete(self, what: str, operation: Callable[..., Any], **arguments: Any) -> list[str]:
        """Delete something; return what is left of it: its name, why it is busy, or nothing."""
        try:
            return [] if self.call(what, operation, **arguments) is None else [what]
        except BusyError as error:
            return [str(error)]

    def pages(
        self,
        operation: Callable[..., Any],
        member: str,
        token: str = "NextToken",  # noqa: S107 - names of members
        next_token: str = "NextToken",  # noqa: S107
        **arguments: Any,
    ) -> Iterator[Item]:
        """List something, page by page; the names of the tokens differ between services."""
        more: Item = {}
        while True:
            answer = self.call(f"list of {member}", operation, **arguments, **more) or {}
            yield from answer.get(member, [])
            if not answer.get(next_token):
                return
            more = {token: answer[next_token]}
