"""Read-only calls to an account: one way to ask, and one way to fail."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from operations.assembly import Json

_DENIED = re.compile(r"AccessDenied|Unauthorized|AuthorizationError|NotAuthorized")
_NOT_FOUND = re.compile(r"NotFound|NoSuch|^404$|DoesNotExist|UnknownEntity")
# SageMaker and CloudFormation say it with the code of a wrong parameter.
_MISSING = re.compile(r"does not exist|could not find|cannot find|was not found", re.IGNORECASE)
_THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown")


class NotAnsweredError(Exception):
    """AWS gave no answer: a permission is missing, AWS throttles, or cannot be reached."""


class NotFoundInAccountError(Exception):
    """What was asked for is not there."""


class Session(Protocol):
    """What makes clients, such as `boto3.Session`."""

    def client(self, service: str, *, config: Config) -> Any:
        """Return a client of a service."""


class Account:
    """Asks one account in one region.

    Args:
        session: with the credentials; `deploy` and plain `cdk deploy` use the same.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client = cache(self._new_client)

    def _new_client(self, service: str) -> Any:
        # Service Quotas and IAM throttle early; botocore waits longer from try to try.
        retries = Config(retries={"mode": "standard", "total_max_attempts": 8})
        return self._session.client(service, config=retries)

    def ask(self, service: str, operation: str, **parameters: Any) -> Json:
        """Return the answer of one call.

        Raises:
            NotFoundInAccountError: there is no such thing.
            NotAnsweredError: AWS does not say.
        """
        try:
            answer: Json = getattr(self._client(service), operation)(**parameters)
        except ClientError as error:
            raise _error_of(error, service, operation) from None
        except BotoCoreError as error:
            raise _unreachable(error) from None
        return answer

    def every(self, service: str, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
        """Yield the items of all pages of an answer.

        Args:
            service: such as `ec2`.
            operation: a method of its client that boto3 can paginate.
            key: where the items are in an answer.
            **parameters: of the call.

        Raises:
            NotFoundInAccountError: there is no such thing.
            NotAnsweredError: AWS does not say.
        """
        try:
            for page in self._client(service).get_paginator(operation).paginate(**parameters):
                yield from page.get(key, [])
        except ClientError as error:
            raise _error_of(error, service, operation) from None
        except BotoCoreError as error:
            raise _unreachable(error) from None


def _unreachable(error: BotoCoreError) -> NotAnsweredError:
    if isinstance(error, NoRegionError):
        return NotAnsweredError(
            "no AWS region is configured. Fix: set AWS_REGION, or a region in the profile"
        )
    if isinstance(error, NoCredentialsError):
        return NotAnsweredError(
            "no AWS credentials were found. Fix: sign in, for example with `aws sso login`, or "
            "set AWS_PROFILE"
        )
    return NotAnsweredError(f"AWS cannot be reached: {error}")


def refused_credentials(account: str, error: Exception) -> str:
    """Return what to say if AWS accepts no credentials for an account."""
    return (
        f"no credentials that AWS accepts: {str(error).rstrip('.')}. Fix: sign in to account "
        f"{account}, for example with `aws sso login`, or set AWS_PROFILE"
    )


def _error_of(error: ClientError, service: str, operation: str) -> Exception:
    code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    call = f"{service} {operation.replace('_', '-')}"
    if _DENIED.search(code):
        return NotAnsweredError(f"the credentials may not call `aws {call}`")
    if _THROTTLED.search(code):
        return NotAnsweredError(f"AWS throttles `aws {call}`; try again later")
    if _NOT_FOUND.search(code) or _MISSING.search(text):
        return NotFoundInAccountError(text)
    return NotAnsweredError(f"`aws {call}` failed: {code}: {text}")
