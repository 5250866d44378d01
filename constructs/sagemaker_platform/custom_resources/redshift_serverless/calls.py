"""Calling AWS so that each error means one of three things: gone, later, or failed."""

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

Item = dict[str, Any]

_LATER = {
    "ConflictException",
    "InternalFailure",
    "InternalServerException",
    "InvalidClusterState",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


class LaterError(Exception):
    """Something that may work at the next call."""


@cache
def client(service: str) -> Any:
    """Return the client of a service, which gives up a call after some seconds."""
    config = Config(
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "max_attempts": 3},
    )
    return boto3.client(service, config=config)


def call(operation: Callable[..., Any], *, gone: tuple[str, ...] = (), **arguments: Any) -> Any:
    """Call AWS; return the answer, or None where the error says that the thing is gone.

    Raises:
        LaterError: the error may pass.
        ClientError: it will not.
    """
    try:
        return operation(**arguments)
    except (HTTPClientError, NoConnectionError) as error:
        raise LaterError(str(error)) from error
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in gone:
            return None
        if code in _LATER or status >= 500:
            raise LaterError(str(error)) from error
        raise
