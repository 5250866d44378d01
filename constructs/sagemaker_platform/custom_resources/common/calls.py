"""Calls of AWS whose errors mean one of three things: not found, retry, or failed."""

import os
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from .errors import CustomResourceError, InUseError, NotFoundError, RetryableError
from .waiting import Deadline, Item, wait_until

_NOT_FOUND = {
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
# DeleteApp answers with the code ValidationException for an app that does not exist.
_NOT_FOUND_MESSAGES = (
    "has already been deleted",
    "previously failed and was automatically deleted",
)
_IN_USE = {
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
_RETRYABLE = {
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
_CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}
)


# botocore merges what the runtime's own models lack. The variable is its list of folders.
_MODELS = str(Path(__file__).with_name("models"))
os.environ["AWS_DATA_PATH"] = os.pathsep.join(
    filter(None, [os.environ.get("AWS_DATA_PATH"), _MODELS])
)


@cache
def client(service: str, region: str | None = None) -> Any:
    """Return a client that gives up soon: the next call of the function asks again."""
    return boto3.client(service, region_name=region, config=_CONFIG)


class Caller:
    """Calls AWS on behalf of one resource, for a limited time.

    Args:
        about: the resource, for messages.
        timeout_seconds: no call starts later than this.
        retries: whether a call is repeated within this time when AWS throttles, fails or does
            not answer; else the next call of the function repeats it.
    """

    def __init__(self, about: str, timeout_seconds: float, *, retries: bool = False) -> None:
        self._about = about
        self._deadline = Deadline(timeout_seconds)
        self._retries = retries

    @property
    def remaining_seconds(self) -> float:
        """Seconds in which calls can start."""
        return max(self._deadline.remaining_seconds, 0.0)

    def call(
        self,
        subject: str,
        operation: Callable[..., Any],
        not_found: Collection[str] = (),
        **arguments: Any,
    ) -> Item | None:
        """Call AWS; None means that the subject of the call does not exist.

        Args:
            subject: the subject of the call, for messages.
            operation: of a client.
            not_found: further codes of errors that mean that the subject does not exist.
            arguments: of the operation.

        Raises:
            InUseError: the subject is in use.
            RetryableError: AWS throttles, fails or does not answer, or the time is used up.
            CustomResourceError: AWS refuses the call for another reason.
        """
        try:
            return self.require(subject, operation, not_found, **arguments)
        except NotFoundError:
            return None

    def require(
        self,
        subject: str,
        operation: Callable[..., Any],
        not_found: Collection[str] = (),
        **arguments: Any,
    ) -> Item:
        """Call AWS about a subject that has to exist; see `call`.

        Raises:
            InUseError: the subject is in use.
            RetryableError: AWS throttles, fails or does not answer, or the time is used up.
            NotFoundError: the subject does not exist.
            CustomResourceError: AWS refuses the call for another reason.
        """
        return wait_until(
            lambda: self._call(subject, operation, not_found, arguments),
            timeout_seconds=self.remaining_seconds if self._retries else 0.0,
        )

    def _call(
        self,
        subject: str,
        operation: Callable[..., Any],
        not_found: Collection[str],
        arguments: Item,
    ) -> Item:
        if self._deadline.remaining_seconds < 0:
            raise RetryableError(f"{subject}: no time left in this call of the function")
        try:
            answer: Item = operation(**arguments)
        except (HTTPClientError, NoConnectionError) as error:
            raise RetryableError(f"{subject}: {error}") from error
        except ClientError as error:
            code, message = (error.response["Error"].get(key, "") for key in ("Code", "Message"))
            reason = f"{subject} of {self._about}: {code}: {message}"
            if (
                code in _NOT_FOUND
                or code in not_found
                or any(words in message for words in _NOT_FOUND_MESSAGES)
            ):
                raise NotFoundError(reason, code, message) from error
            if code in _IN_USE:
                raise InUseError(f"{subject}: {code}: {message}") from error
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code in _RETRYABLE or status >= 500:
                raise RetryableError(f"{subject}: {code}: {message}") from error
            raise CustomResourceError(reason, code, message) from error
        return answer

    def delete(self, subject: str, operation: Callable[..., Any], **arguments: Any) -> list[str]:
        """Delete something; return what is waited for: its name, why it is in use, or nothing."""
        try:
            return [] if self.call(subject, operation, **arguments) is None else [subject]
        except InUseError as error:
            return [str(error)]

    def list_all(
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
