"""DataZone: users of domains, and the form of IDs.

The fake refuses what the service refuses, as far as the order of a deployment or a deletion
depends on it: calls for a domain that does not exist, and the creation of a profile that exists.
A profile is never deleted. A status that does not follow on the current one is refused.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.fake import Fake, TypeFacts
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Records
from operations.rehearsal.server.store import Store

Item = dict[str, Any]

_OPERATIONS = ("CreateUserProfile", "GetUserProfile", "UpdateUserProfile")
_FOLLOWING = {
    "ASSIGNED": "NOT_ASSIGNED",
    "NOT_ASSIGNED": "ASSIGNED",
    "ACTIVATED": "DEACTIVATED",
    "DEACTIVATED": "ACTIVATED",
}


def _answer(operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner) -> Item:
    """Return the output of a call.

    Raises:
        ApiError: if DataZone refuses it.
    """
    domain, user = arguments["domainIdentifier"], arguments["userIdentifier"]
    if records.get(owner.account, owner.region, "AWS::DataZone::Domain", domain) is None:
        raise ApiError("ResourceNotFoundException", f"Domain {domain} was not found")
    store, name = Store("datazone", records, owner), f"{domain}/{user}"
    found = store.get("Profile", name)
    if operation == "CreateUserProfile":
        if found is not None:
            raise ApiError("ValidationException", "User profile already exists")
        kind = "SSO" if arguments["userType"] == "SSO_USER" else "IAM"
        made = {
            "domainId": domain,
            "id": hashlib.sha256(name.encode()).hexdigest()[:32],
            "status": "ASSIGNED" if kind == "SSO" else "ACTIVATED",
            "type": kind,
        }
        store.put("Profile", name, made)
        return made
    if found is None:
        raise ApiError("ResourceNotFoundException", f"User {user} was not found")
    if operation == "UpdateUserProfile":
        if _FOLLOWING[found["status"]] != arguments["status"]:
            raise ApiError("ValidationException", f"The profile is {found['status']}")
        found = {**found, "status": arguments["status"]}
        store.put("Profile", name, found)
    return dict(found)


FAKE = Fake(
    service="datazone",
    operations=_OPERATIONS,
    answer=_answer,
    types={
        "AWS::DataZone::Domain": TypeFacts(id_prefix="dzd-", why_kept="holds projects"),
        "AWS::DataZone::DomainUnit": TypeFacts(why_kept="belongs to a domain that is kept"),
        **{
            f"AWS::DataZone::{noun}": TypeFacts(why_kept="belongs to a domain that is kept")
            for noun in ("EnvironmentBlueprintConfiguration", "ProjectProfile")
        },
    },
)
