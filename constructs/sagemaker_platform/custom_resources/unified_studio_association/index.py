"""Waits until AWS RAM has associated an account with a share of a domain of Unified Studio.

CloudFormation takes a share for complete before the account is associated. Only then does Amazon
DataZone know the account. Within an organization, AWS accepts the share.
"""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item, poll, start_wait

TIMEOUT_SECONDS = 10 * 60.0
CALL_TIMEOUT_SECONDS = 60.0
_OVER = ("DISASSOCIATED", "DISASSOCIATING", "FAILED", "SUSPENDED")


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Return the physical id; `is_complete` does all work and can be repeated."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    properties = event["ResourceProperties"]
    return start_wait(f"{properties['Share']}/{properties['Account']}")


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Look once, and say whether the account is associated; the resource creates nothing."""
    caller = Caller(event["PhysicalResourceId"], CALL_TIMEOUT_SECONDS)

    def attempt() -> Item | None:
        if event["RequestType"] != "Delete":
            _look(event["ResourceProperties"], caller)
        return None

    return poll(event, attempt, timeout_seconds=TIMEOUT_SECONDS)


def _look(properties: Mapping[str, str], caller: Caller) -> None:
    account = properties["Account"]
    found = [
        one
        for one in caller.list_all(
            client("ram").get_resource_share_associations,
            "resourceShareAssociations",
            "nextToken",
            "nextToken",
            associationType="PRINCIPAL",
            resourceShareArns=[properties["Share"]],
        )
        if one["associatedEntity"] == account
    ]
    status = found[0]["status"] if found else "not there yet"
    if status in _OVER:
        reason = found[0].get("statusMessage") or "AWS RAM gives no reason"
        raise CustomResourceError(
            f"account {account}: the share of the domain is {status}: {reason}. The account must "
            "be in the organization of this one, with sharing enabled: aws ram "
            "enable-sharing-with-aws-organization. Then deploy again"
        )
    if status != "ASSOCIATED":
        raise PendingError([f"account {account} is {status}"])
