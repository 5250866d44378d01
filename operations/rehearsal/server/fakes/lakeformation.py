"""Lake Formation: administrators, LF-tags, filters, grants and opt-ins of an account.

The fake refuses what the service refuses, as far as the order of a deployment or a deletion
depends on it: any call without an administrator, a value of an LF-tag that does not exist or that
a resource still has, a grant by LF-tags or on a filter that do not exist, and a revocation of a
permission that is not granted. It does not check databases, tables and principals.
"""

from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.fake import Fake, TypeFacts
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Records
from operations.rehearsal.server.store import Store, name_of

Item = dict[str, Any]

_OPERATIONS = (
    "AddLFTagsToResource",
    "CreateDataCellsFilter",
    "CreateLFTag",
    "CreateLakeFormationOptIn",
    "DeleteDataCellsFilter",
    "DeleteLFTag",
    "DeleteLakeFormationOptIn",
    "GetDataLakeSettings",
    "GetLFTag",
    "GetResourceLFTags",
    "GrantPermissions",
    "ListDataCellsFilter",
    "ListLakeFormationOptIns",
    "ListPermissions",
    "PutDataLakeSettings",
    "RemoveLFTagsFromResource",
    "RevokePermissions",
    "UpdateDataCellsFilter",
    "UpdateLFTag",
)
_SETTINGS = "DataLakeSettings"


def _answer(
    operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner
) -> dict[str, Any]:
    """Return the output of a call.

    Raises:
        ApiError: if Lake Formation refuses it.
    """
    store = Store("lakeformation", records, owner)
    return _Account(store, owner.account).answer(operation, dict(arguments))


class _Account:
    def __init__(self, store: Store, account: str) -> None:
        self._store, self._account = store, account

    def answer(self, operation: str, given: Item) -> Item:
        match operation:
            case "GetDataLakeSettings":
                return {_SETTINGS: self._settings()}
            case "PutDataLakeSettings":
                self._store.put(_SETTINGS, _SETTINGS, given[_SETTINGS])
                return {}
        if not self._settings().get("DataLakeAdmins"):
            raise ApiError("AccessDeniedException", "Insufficient Lake Formation permission(s)")
        if "LFTags" in given:
            return self._carry(given, adds=operation.startswith("Add"))
        if "LFTag" in operation:
            return self._tag(operation, given)
        if "Filter" in operation:
            return self._filter(operation, given)
        if "OptIn" in operation:
            return self._opt_in(operation, given)
        return self._permissions(operation, given)

    def _settings(self) -> Item:
        return self._store.get(_SETTINGS, _SETTINGS) or {}

    def _tag(self, operation: str, given: Item) -> Item:
        if operation == "GetResourceLFTags":
            carried = self._store.get("CarriedTags", name_of(given["Resource"])) or {}
            [level] = given["Resource"]
            return {
                "LFTagOnDatabase" if level == "Database" else "LFTagsOnTable": [
                    {"TagKey": key, "TagValues": [value]}
                    for key, value in carried.get("Tags", {}).items()
                ]
            }
        key = given["TagKey"]
        found = self._store.get("LFTag", key)
        if operation == "CreateLFTag":
            if found is not None:
                raise ApiError("InvalidInputException", "Tag key already exists")
            self._store.put("LFTag", key, given)
            return {}
        if found is None:
            raise ApiError("EntityNotFoundException", f"Tag {key} does not exist")
        if operation == "GetLFTag":
            return found
        if operation == "DeleteLFTag":
            self._check_unused(key, found["TagValues"])
            self._store.remove("LFTag", key)
            return {}
        lost = given.get("TagValuesToDelete", [])
        self._check_unused(key, lost)
        values = [value for value in found["TagValues"] if value not in lost]
        values += given.get("TagValuesToAdd", [])
        if not values:
            raise ApiError("InvalidInputException", "A tag must have a value")
        self._store.put("LFTag", key, {**found, "TagValues": values})
        return {}

    def _check_unused(self, key: str, values: list[str]) -> None:
        for carried in self._store.all("CarriedTags"):
            if carried["Tags"].get(key) in values:
                raise ApiError("InvalidInputException", f"{key} is carried: {carried['Resource']}")

    def _carry(self, given: Item, *, adds: bool) -> Item:
        name = name_of(given["Resource"])
        found = self._store.get("CarriedTags", name) or {"Tags": {}}
        tags: dict[str, str] = dict(found["Tags"])
        failures = []
        for pair in given["LFTags"]:
            key, [value] = pair["TagKey"], pair["TagValues"]
            known = (self._store.get("LFTag", key) or {}).get("TagValues", [])
            if value not in known or (not adds and key not in tags):
                error = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "not there"}
                failures.append({"LFTag": pair, "Error": error})
            elif adds:
                tags[key] = value
            else:
                del tags[key]
        if tags:
            self._store.put("CarriedTags", name, {"Resource": given["Resource"], "Tags": tags})
        else:
            self._store.remove("CarriedTags", name)
        return {"Failures": failures}

    def _filter(self, operation: str, given: Item) -> Item:
        if operation == "ListDataCellsFilter":
            return {"DataCellsFilters": self._store.all("DataCellsFilter")}
        data = given.get("TableData", given)
        name = _filter_name(data)
        found = self._store.get("DataCellsFilter", name)
        if operation == "CreateDataCellsFilter" and found is not None:
            raise ApiError("AlreadyExistsException", f"{name} exists already")
        if operation != "CreateDataCellsFilter" and found is None:
            raise ApiError("EntityNotFoundException", f"{name} does not exist")
        if operation == "DeleteDataCellsFilter":
            self._store.remove("DataCellsFilter", name)
        else:
            self._store.put("DataCellsFilter", name, data)
        return {}

    def _opt_in(self, operation: str, given: Item) -> Item:
        if operation == "ListLakeFormationOptIns":
            return {"LakeFormationOptInsInfoList": _fitting(self._store.all("OptIn"), given)}
        name = name_of(given["Principal"], given["Resource"])
        if operation == "CreateLakeFormationOptIn":
            if self._store.get("OptIn", name) is not None:
                raise ApiError("InvalidInputException", "Opt-in exists already")
            self._store.put("OptIn", name, given)
        elif not self._store.remove("OptIn", name):
            raise ApiError("EntityNotFoundException", "Opt-in does not exist")
        return {}

    def _permissions(self, operation: str, given: Item) -> Item:
        if operation == "ListPermissions":
            found = _fitting(self._store.all("Permissions"), given)
            return {"PrincipalResourcePermissions": found}
        self._check_granted(given["Resource"])
        name = name_of(given["Principal"], given["Resource"])
        held = self._store.get("Permissions", name) or {}
        permissions = set(held.get("Permissions", []))
        passed_on = set(held.get("PermissionsWithGrantOption", []))
        asked = set(given["Permissions"])
        asked_to_pass_on = set(given.get("PermissionsWithGrantOption", []))
        if operation == "GrantPermissions":
            permissions |= asked
            passed_on |= asked_to_pass_on
        elif not permissions & asked:
            raise ApiError("InvalidInputException", "No permissions revoked. Grantee has none.")
        else:
            permissions -= asked
            passed_on -= asked
        if permissions:
            values = {
                "Principal": given["Principal"],
                "Resource": given["Resource"],
                "Permissions": sorted(permissions),
                "PermissionsWithGrantOption": sorted(passed_on),
            }
            self._store.put("Permissions", name, values)
        else:
            self._store.remove("Permissions", name)
        return {}

    def _check_granted(self, resource: Item) -> None:
        for pair in resource.get("LFTagPolicy", {}).get("Expression", []):
            known = (self._store.get("LFTag", pair["TagKey"]) or {}).get("TagValues", [])
            if not set(pair["TagValues"]) <= set(known):
                raise ApiError("EntityNotFoundException", f"{pair} is no LF-tag")
        data = resource.get("DataCellsFilter")
        # What other accounts share is taken at its word.
        if data is None or data["TableCatalogId"] != self._account:
            return
        if self._store.get("DataCellsFilter", _filter_name(data)) is None:
            raise ApiError("EntityNotFoundException", f"{_filter_name(data)} does not exist")


def _filter_name(data: Item) -> str:
    return "/".join(data[key] for key in ("TableCatalogId", "DatabaseName", "TableName", "Name"))


def _fitting(found: list[Item], given: Item) -> list[Item]:
    """Return what is about the principal and the resource that a list asks for.

    All tables of a database stand for each of them.
    """
    principal, resource = given.get("Principal"), given.get("Resource")
    every_table = "TableWildcard" in (resource or {}).get("Table", {})
    return [
        one
        for one in found
        if principal in (None, one["Principal"])
        and (
            resource in (None, one["Resource"])
            or (every_table and _table_of(one["Resource"], resource))
        )
    ]


def _table_of(resource: Item, tables: Item | None) -> bool:
    of = (tables or {})["Table"]["DatabaseName"]
    return bool(resource.get("Table", {}).get("DatabaseName") == of)


FAKE = Fake(
    service="lakeformation",
    operations=_OPERATIONS,
    answer=_answer,
    types={
        "Custom::DataGrant": TypeFacts(
            why_kept="is deleted with its database, which it must be able to delete"
        ),
    },
)
