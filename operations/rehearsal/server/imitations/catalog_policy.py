"""The resource policy of an account's Glue Data Catalog, with its conditions on writing."""

import hashlib
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.identifiers import Owner
from operations.rehearsal.server.imitations.kept import Kept
from operations.rehearsal.server.records import Records

OPERATIONS = ("DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy")
_NOUN = _NAME = "CatalogPolicy"


def answer(
    operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner
) -> dict[str, Any]:
    """Return the output of a call.

    Raises:
        ApiError: if there is no policy, or it is not the one that the caller has read.
    """
    kept = Kept("glue", records, owner)
    found = kept.get(_NOUN, _NAME)
    if found is None and (
        operation != "PutResourcePolicy" or arguments.get("PolicyExistsCondition") == "MUST_EXIST"
    ):
        raise ApiError("EntityNotFoundException", "Policy not found")
    if found is not None and arguments.get("PolicyExistsCondition") == "NOT_EXIST":
        raise ApiError("ConditionCheckFailureException", "There is a policy")
    condition = arguments.get("PolicyHashCondition")
    if found is not None and condition is not None and condition != found["PolicyHash"]:
        raise ApiError("ConditionCheckFailureException", "The policy is another by now")
    if operation == "GetResourcePolicy":
        return dict(found or {})
    if operation == "DeleteResourcePolicy":
        kept.remove(_NOUN, _NAME)
        return {}
    policy = arguments["PolicyInJson"]
    digest = hashlib.sha256(policy.encode()).hexdigest()
    kept.put(_NOUN, _NAME, {"PolicyInJson": policy, "PolicyHash": digest})
    return {"PolicyHash": digest}
