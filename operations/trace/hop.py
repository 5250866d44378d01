"""One step of the way from an endpoint to where its models come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from operations.account import NotAnsweredError, NotFoundInAccountError
from operations.errors import OperationError

T = TypeVar("T")


@dataclass(frozen=True)
class Hop:
    """One fact of a trace, or that it is unknown.

    Attributes:
        of: variant or component that it is about; empty for the endpoint itself.
        hop: what it is, such as `package`.
        value: ARN, URI, digest or name. None if it is unknown.
        detail: further facts; if the value is unknown, why.
        call: API call that answered, such as `sagemaker describe-endpoint`.
    """

    of: str
    hop: str
    value: str | None
    detail: str = ""
    call: str = ""


@dataclass(frozen=True)
class Reason:
    """Why something is unknown."""

    text: str


@dataclass(frozen=True)
class Hops:
    """Makes the hops of one variant or component.

    Attributes:
        of: its name.
    """

    of: str

    def known(self, hop: str, value: str, detail: str = "", *, call: str) -> Hop:
        """Return a hop that AWS told."""
        return Hop(self.of, hop, value, detail, call)

    def unknown(self, hop: str, reason: str, *, call: str = "") -> Hop:
        """Return a hop that is missing."""
        return Hop(self.of, hop, None, reason, call)

    def all_unknown(self, hops: Sequence[str], reason: str) -> list[Hop]:
        """Return hops that are missing for one reason."""
        return [self.unknown(one, reason) for one in hops]


def attempt(call: Callable[[], T], *, gone: str = "") -> T | Reason:
    """Return the answer of a call, or why there is none.

    Args:
        call: asks AWS.
        gone: what is said if the resource does not exist. Defaults to AWS's message.
    """
    try:
        return call()
    except NotFoundInAccountError as error:
        return Reason(gone or str(error))
    except NotAnsweredError as error:
        return Reason(str(error))


class NoEndpointError(OperationError):
    """There is no such endpoint, or it cannot be read."""
