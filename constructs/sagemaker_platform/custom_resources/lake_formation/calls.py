"""Calling Lake Formation, which answers many calls at once with "later"."""

import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

Item = dict[str, Any]

# Seconds before each further attempt: Lake Formation changes one thing of a kind at a time, and
# CloudFormation orders all of them at once.
PAUSES = (1, 2, 4, 8, 15, 15, 15, 15)
_LATER = {
    "ConcurrentModificationException",
    "InternalServiceException",
    "OperationTimeoutException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
}
_GONE = {"EntityNotFoundException", "NoSuchEntity", "ParameterNotFound"}
_CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}
)


class LakeFormationError(Exception):
    """What ends the work, in words for the reader of the stack's events."""


@cache
def client(service: str) -> Any:
    """A client of a service."""
    return boto3.client(service, config=_CONFIG)


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def code_of(error: ClientError) -> str:
    """The code of an error."""
    return str(error.response["Error"].get("Code", ""))


def message_of(error: ClientError) -> str:
    """The message of an error."""
    return str(error.response["Error"].get("Message", ""))


def is_gone(error: ClientError) -> bool:
    """Whether what a call is about does not exist."""
    return code_of(error) in _GONE


def call(operation: Callable[..., Any], **arguments: Any) -> Item:
    """Call AWS, again and again as long as it says "later".

    Raises:
        ClientError: any other error, or the last of them.
    """
    for seconds in PAUSES:
        try:
            answer: Item = operation(**arguments)
            return answer
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code_of(error) not in _LATER and status < 500:
                raise
            pause(seconds)
    answer = operation(**arguments)
    return answer


def call_for_somebody_new(operation: Callable[..., Any], **arguments: Any) -> Item:
    """Call Lake Formation about a principal that it may not have heard of yet."""
    for seconds in PAUSES[:5]:
        try:
            return call(operation, **arguments)
        except ClientError as error:
            if "invalid principal" not in message_of(error).lower():
                raise
            pause(seconds)
    return call(operation, **arguments)


def pages(operation: Callable[..., Any], member: str, **arguments: Any) -> Iterator[Item]:
    """List something, page by page."""
    token: Item = {}
    while True:
        answer = call(operation, **arguments, **token)
        yield from answer.get(member, [])
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}
