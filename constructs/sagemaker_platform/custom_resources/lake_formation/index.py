"""What only a data lake administrator may do, done by one role for one environment.

CloudFormation's own types for Lake Formation act as whoever deploys, who would have to be an
administrator of the whole account, and replace what they change: the list of administrators, so
that others lose theirs; a permission, by giving the new and then taking the old, so that what both
have in common is lost; a filter, which cannot exist twice under one name. This function changes
each of them in place.

Every kind of resource is repeatable: what exists already is made as it should be, and what is gone
counts as removed. A kind whose name changes gets another physical id, and CloudFormation deletes
the old one afterwards.
"""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, Item, LaterError, RefusedError
from . import administrators, filters, grants, tags
from .calls import caller
from .targets import fingerprint

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Create, change or delete one resource.

    Raises:
        RefusedError: if it cannot be, in words for the reader of the stack's events.
    """
    kind = event["ResourceType"].removeprefix("Custom::")
    properties: Item = event["ResourceProperties"]
    physical_id = _physical_id(kind, properties)
    _LOG.info("%s %s %s", event["RequestType"], kind, physical_id)
    about = f"{kind} {properties}"
    try:
        if event["RequestType"] == "Delete":
            # Not of one whose properties are another's by now: it has another name.
            _delete(kind, properties, caller(about))
            return {"PhysicalResourceId": event["PhysicalResourceId"]}
        same = event.get("PhysicalResourceId") == physical_id
        old: Item = event.get("OldResourceProperties", {}) if same else {}
        _put(kind, properties, old, caller(about))
    except LaterError as error:
        raise RefusedError(f"{about}: not in time: {error}; deploy again") from error
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
            raise RefusedError(f"{kind} is none of the kinds of this function")


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
            pass  # what was closed stays closed


def _physical_id(kind: str, properties: Item) -> str:
    """Name what makes a resource itself: a change of anything else is an update of it."""
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
