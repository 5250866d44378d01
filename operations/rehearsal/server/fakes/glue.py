"""Glue: the resource policy of the Data Catalog, with its conditions on writing."""

import hashlib
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.fake import Fake, TypeFacts
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Records
from operations.rehearsal.server.store import Store

_OPERATIONS = ("DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy")
_NOUN = _NAME = "CatalogPolicy"


def _answer(
    operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner
) -> dict[str, Any]:
    """Return the output of a call.

    Raises:
        ApiError: there is no policy, or it is not the one that the caller read.
    """
    store = Store("glue", records, owner)
    found = store.get(_NOUN, _NAME)
    if found is None and (
        operation != "PutResourcePolicy" or arguments.get("PolicyExistsCondition") == "MUST_EXIST"
    ):
        raise ApiError("EntityNotFoundException", "Policy not found")
    if found is not None and arguments.get("PolicyExistsCondition") == "NOT_EXIST":
        raise ApiError("ConditionCheckFailureException", "A policy exists")
    condition = arguments.get("PolicyHashCondition")
    if found is not None and condition is not None and condition != found["PolicyHash"]:
        raise ApiError("ConditionCheckFailureException", "The policy has changed")
    if operation == "GetResourcePolicy":
        return dict(found or {})
    if operation == "DeleteResourcePolicy":
        store.remove(_NOUN, _NAME)
        return {}
    policy = arguments["PolicyInJson"]
    digest = hashlib.sha256(policy.encode()).hexdigest()
    store.put(_NOUN, _NAME, {"PolicyInJson": policy, "PolicyHash": digest})
    return {"PolicyHash": digest}


FAKE = Fake(
    service="glue",
    operations=_OPERATIONS,
    answer=_answer,
    types={
        "AWS::Glue::Database": TypeFacts(why_kept="describes data"),
        "AWS::Glue::Integration": TypeFacts(arn_separator=":"),
        "AWS::Glue::Table": TypeFacts(why_kept="describes data"),
    },
)
