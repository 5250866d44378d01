"""Changes Lake Formation as its administrator, for one environment.

CloudFormation's own types for Lake Formation act as the principal that deploys, who would have to
be an administrator of the whole account. They also replace what they change: the list of
administrators, so that other stacks lose theirs; a permission, by granting the new one and then
revoking the old one, which revokes what both have in common; and a filter, although two filters
cannot have one name. This handler updates each of them in place.

Every type of resource is idempotent: what exists is updated, and what does not exist counts as
deleted. A resource whose identity changes gets another physical id, and CloudFormation deletes the
old one afterwards.
"""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller
from ..common.errors import CustomResourceError, RetryableError
from ..common.waiting import Item, retry_advice
from . import administrators, filters, grants, tags
from .calls import CALL_TIMEOUT_SECONDS, new_caller
from .targets import fingerprint

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Create, update or delete one resource.

    Raises:
        CustomResourceError: Lake Formation refuses a call, or throttles until the time-out.
    """
    kind = event["ResourceType"].removeprefix("Custom::")
    properties: Item = event["ResourceProperties"]
    physical_id = _physical_id(kind, properties)
    _LOG.info("%s %s %s", event["RequestType"], kind, physical_id)
    about = f"{kind} {properties}"
    try:
        if event["RequestType"] == "Delete":
            _delete(kind, properties, new_caller(about))
            return {"PhysicalResourceId": event["PhysicalResourceId"]}
        same = event.get("PhysicalResourceId") == physical_id
        old: Item = event.get("OldResourceProperties", {}) if same else {}
        _put(kind, properties, old, new_caller(about))
    except RetryableError as error:
        raise CustomResourceError(
            f"{about} is not complete after {CALL_TIMEOUT_SECONDS:.0f} seconds: {error}. "
            f"{retry_advice(event)}"
        ) from error
    return {"PhysicalResourceId": physical_id}


def _put(kind: str, properties: Item, old: Item, caller: Caller) -> None:
    match kind:
        case "DataLakeAdministrators":
            administrators.put(properties, caller)
        case "LakeFormationTagValue":
            tags.put_value(properties, caller)
        case "LakeFormationTags":
            tags.put_assignment(properties, old, caller)
        case "DataCellsFilter":
            filters.put(properties, caller)
        case "DataGrant":
            grants.put(properties, old, caller)
        case "ClosedDatabase":
            grants.close(properties, caller)
        case _:
            raise CustomResourceError(
                f"got resource type {kind}; must be one that this function handles"
            )


def _delete(kind: str, properties: Item, caller: Caller) -> None:
    match kind:
        case "DataLakeAdministrators":
            administrators.remove(properties, caller)
        case "LakeFormationTagValue":
            tags.remove_value(properties, caller)
        case "LakeFormationTags":
            tags.remove_assignment(properties, caller)
        case "DataCellsFilter":
            filters.remove(properties, caller)
        case "DataGrant":
            grants.remove(properties, caller)
        case "ClosedDatabase":
            pass  # a closed database stays closed


def _physical_id(kind: str, properties: Item) -> str:
    """Return the physical id, a hash of the properties that identify the resource."""
    match kind:
        case "DataLakeAdministrators":
            of: tuple[Any, ...] = (properties["Parameter"],)
        case "LakeFormationTagValue":
            of = (properties["Key"], properties["Value"])
        case "LakeFormationTags":
            of = (properties["Target"],)
        case "DataCellsFilter":
            of = tuple(properties[key] for key in ("CatalogId", "Database", "Table", "Name"))
        case "DataGrant":
            of = (properties["Principal"], properties["Target"])
        case _:
            of = (properties["Database"],)
    return f"{kind}-{fingerprint(*of)}"
