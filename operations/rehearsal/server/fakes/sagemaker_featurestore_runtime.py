"""SageMaker Feature Store Runtime: records of feature groups with an online store.

It refuses what the service refuses of a record: an unknown group or feature, a record without its
identifier or time, and a group without an online store. Tables of offline stores stay empty.
"""

from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.fake import Fake
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Records
from operations.rehearsal.server.store import Store, name_of

_NOUN = "FeatureRecord"
_GROUP = "AWS::SageMaker::FeatureGroup"


def _answer(
    operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner
) -> dict[str, Any]:
    """Return the output of a call.

    Raises:
        ApiError: the service refuses it.
    """
    store = Store("sagemaker-featurestore-runtime", records, owner)
    if operation == "BatchGetRecord":
        return {"Records": _batch(arguments, store), "Errors": [], "UnprocessedIdentifiers": []}
    name = arguments["FeatureGroupName"].rpartition("/")[2]
    group = records.get(owner.account, owner.region, _GROUP, name)
    if group is None:
        raise ApiError("ResourceNotFound", f"Resource Not Found: Feature group {name}")
    if "OnlineStoreConfig" not in group.properties:
        raise ApiError("ValidationError", f"{name} has no online store")
    if operation == "PutRecord":
        values = _checked(arguments["Record"], group.properties)
        identifier = values[group.properties["RecordIdentifierFeatureName"]]
        store.put(_NOUN, name_of(name, identifier), {"Record": arguments["Record"]})
        return {}
    key = name_of(name, arguments["RecordIdentifierValueAsString"])
    if operation == "DeleteRecord":
        store.remove(_NOUN, key)
        return {}
    return dict(store.get(_NOUN, key) or {})


def _batch(arguments: Mapping[str, Any], store: Store) -> list[dict[str, Any]]:
    found = []
    for asked in arguments["Identifiers"]:
        name = asked["FeatureGroupName"].rpartition("/")[2]
        for identifier in asked["RecordIdentifiersValueAsString"]:
            if values := store.get(_NOUN, name_of(name, identifier)):
                found.append(
                    {
                        "FeatureGroupName": name,
                        "RecordIdentifierValueAsString": identifier,
                        "Record": values["Record"],
                    }
                )
    return found


def _checked(record: list[dict[str, Any]], group: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a record by their features."""
    values = {one["FeatureName"]: one.get("ValueAsString") for one in record}
    known = [one["FeatureName"] for one in group["FeatureDefinitions"]]
    for name in values:
        if name not in known:
            raise ApiError("ValidationError", f"Feature {name} is not in the feature group")
    for key in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if group[key] not in values:
            raise ApiError("ValidationError", f"The record lacks {group[key]}")
    return values


FAKE = Fake(
    service="sagemaker-featurestore-runtime",
    operations=("BatchGetRecord", "DeleteRecord", "GetRecord", "PutRecord"),
    answer=_answer,
)
