"""A user of a domain of Unified Studio: the profile is taken as it is found, and never deleted.

AWS has no API to delete a profile. A profile without access is `NOT_ASSIGNED` or `DEACTIVATED`,
which of both depends on whether the user ever signed in. `AWS::DataZone::UserProfile` refuses a
profile that exists, unless the template asks for the status that happens to follow
(aws-cloudformation/aws-cloudformation-resource-providers-datazone; awslabs MDAA issue 74).

The physical id says whether the profile had access before: then a deletion leaves the access.
"""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, RetryableError
from ..common.waiting import Item, retry_advice, wait_until

CALL_TIMEOUT_SECONDS = 240.0
# Time after which IAM and Amazon DataZone know a new role.
NEW_ROLE_SECONDS = 120.0

_WITH_ACCESS = {"NOT_ASSIGNED": "ASSIGNED", "DEACTIVATED": "ACTIVATED"}
_WITHOUT_ACCESS = {access: none for none, access in _WITH_ACCESS.items()}
_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Create the profile, give it access, or take the access away.

    Raises:
        CustomResourceError: Amazon DataZone refuses a call, or throttles until the time-out.
    """
    properties: Item = event["ResourceProperties"]
    about = f"user {properties['User']} of domain {properties['Domain']}"
    caller = Caller(about, CALL_TIMEOUT_SECONDS, retries=True)
    _LOG.info("%s %s", event["RequestType"], about)
    try:
        if event["RequestType"] == "Delete":
            _remove(event["PhysicalResourceId"], properties, caller)
            return {"PhysicalResourceId": event["PhysicalResourceId"]}
        profile, had_access = _put(properties, caller)
    except RetryableError as error:
        raise CustomResourceError(
            f"{about} is not complete after {CALL_TIMEOUT_SECONDS:.0f} seconds: {error}. "
            f"{retry_advice(event)}"
        ) from error
    identity = _identity(properties)
    known = str(event.get("PhysicalResourceId", ""))
    # On an update, the profile has the access that this resource gave it.
    physical_id = (
        known
        if known.partition("/")[2] == identity
        else f"{'found' if had_access else 'made'}/{identity}"
    )
    return {"PhysicalResourceId": physical_id, "Data": {"Id": profile["id"]}}


def _identity(properties: Item) -> str:
    return f"{properties['Domain']}/{properties['User']}"


def _put(properties: Item, caller: Caller) -> tuple[Item, bool]:
    """Return the profile, and whether it had access before."""
    found = wait_until(
        lambda: _get(properties, caller),
        timeout_seconds=NEW_ROLE_SECONDS,
        retry_if=_is_too_new,
    )
    if found is None:
        wait_until(
            lambda: _create(properties, caller),
            timeout_seconds=NEW_ROLE_SECONDS,
            retry_if=_is_too_new,
        )
        found = _get(properties, caller)
        if found is None:
            raise RetryableError("Amazon DataZone does not show the new profile yet")
        status, had_access = str(found.get("status", "")), False
    else:
        status = str(found.get("status", ""))
        had_access = status in _WITHOUT_ACCESS
    if status in _WITH_ACCESS:
        _set_status(_WITH_ACCESS[status], properties, caller)
    return found, had_access


def _remove(physical_id: str, properties: Item, caller: Caller) -> None:
    if physical_id.startswith("found/"):
        return
    found = _get(properties, caller)
    status = str((found or {}).get("status", ""))
    if status in _WITHOUT_ACCESS:
        _set_status(_WITHOUT_ACCESS[status], properties, caller)


def _get(properties: Item, caller: Caller) -> Item | None:
    return caller.call(
        "profile",
        client("datazone").get_user_profile,
        domainIdentifier=properties["Domain"],
        userIdentifier=properties["User"],
        type=_kind(properties),
    )


def _create(properties: Item, caller: Caller) -> None:
    try:
        caller.require(
            "profile",
            client("datazone").create_user_profile,
            domainIdentifier=properties["Domain"],
            userIdentifier=properties["User"],
            userType=properties["UserType"],
        )
    except CustomResourceError as error:
        # The user signed in meanwhile, or another stack was faster. The error has no own code.
        if "already exists" not in error.aws_message.lower():
            raise


def _set_status(status: str, properties: Item, caller: Caller) -> None:
    caller.call(
        "profile",
        client("datazone").update_user_profile,
        domainIdentifier=properties["Domain"],
        userIdentifier=properties["User"],
        type=_kind(properties),
        status=status,
    )


def _kind(properties: Item) -> str:
    return "SSO" if properties["UserType"] == "SSO_USER" else "IAM"


def _is_too_new(error: Exception) -> bool:
    """Whether the handler's own role, or the role of the user, may be too new."""
    return isinstance(error, CustomResourceError) and error.code in (
        "AccessDeniedException",
        "UnauthorizedException",
    )
