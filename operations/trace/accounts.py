"""The accounts that a trace asks: the endpoint's, and those that own its models."""

from __future__ import annotations

from collections.abc import Iterable

from operations.account import Account, NotAnsweredError
from operations.errors import OperationError


class Accounts:
    """Finds the account that can answer questions about a resource.

    Args:
        endpoint: asks with the credentials at hand.
        owners: ask with the credentials of accounts that own models.

    Raises:
        OperationError: the credentials of an owner do not work.
    """

    def __init__(self, endpoint: Account, owners: Iterable[Account] = ()) -> None:
        self.endpoint = endpoint
        self._owners = {_account_id(one): one for one in owners}

    def of(self, arn: str, *, home: str) -> Account | None:
        """Return what asks about a resource; None if credentials of its account are missing.

        Args:
            arn: ARN of the resource.
            home: account of the endpoint.
        """
        owner = account_in(arn)
        return self.endpoint if owner == home else self._owners.get(owner)


def _account_id(account: Account) -> str:
    try:
        return str(account.ask("sts", "get_caller_identity")["Account"])
    except NotAnsweredError as error:
        raise OperationError(f"--owner-profile: {error}. Sign in with that profile") from None


def account_in(arn: str) -> str:
    """Return the account in an ARN."""
    return arn.split(":")[4]


def name_in(arn: str) -> str:
    """Return what is after the last slash of an ARN."""
    return arn.rpartition("/")[2]
