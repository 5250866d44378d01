"""Resources of tags and grants: their form in templates, and in calls of Lake Formation."""

import hashlib
import json
from typing import Any

from ..common.waiting import Item


def resource_of(target: Item) -> Item:
    """Return the resource of a call.

    Args:
        target: `Type`, with the names that it requires: ``Catalog`` (of the account),
            ``Database``, ``Tables`` (all of a database), ``Table``, ``Columns``, ``Filter``,
            ``Location``, or ``TaggedDatabases`` and ``TaggedTables``, with the `Expression` that
            their LF-tags match.
    """
    catalog = {"CatalogId": target["CatalogId"]} if target.get("CatalogId") else {}
    match target["Type"]:
        case "Catalog":
            return {"Catalog": {}}
        case "Database":
            return {"Database": {**catalog, "Name": target["Database"]}}
        case "Tables":
            of = {"DatabaseName": target["Database"], "TableWildcard": {}}
            return {"Table": {**catalog, **of}}
        case "Table":
            of = {"DatabaseName": target["Database"], "Name": target["Table"]}
            return {"Table": {**catalog, **of}}
        case "Columns":
            columns: Item = {"DatabaseName": target["Database"], "Name": target["Table"]}
            if target.get("Columns"):
                columns["ColumnNames"] = target["Columns"]
            else:
                columns["ColumnWildcard"] = {"ExcludedColumnNames": target["ExcludedColumns"]}
            return {"TableWithColumns": {**catalog, **columns}}
        case "Filter":
            return {
                "DataCellsFilter": {
                    "TableCatalogId": target["CatalogId"],
                    "DatabaseName": target["Database"],
                    "TableName": target["Table"],
                    "Name": target["Filter"],
                }
            }
        case "Location":
            return {"DataLocation": {**catalog, "ResourceArn": target["Arn"]}}
        case "TaggedDatabases" | "TaggedTables" as kind:
            expression = [
                {"TagKey": key, "TagValues": values}
                for key, values in sorted(target["Expression"].items())
            ]
            of_kind = "DATABASE" if kind == "TaggedDatabases" else "TABLE"
            return {"LFTagPolicy": {**catalog, "ResourceType": of_kind, "Expression": expression}}
    raise ValueError(f"got target type {target['Type']}; must be one of the types above")


def fingerprint(*parts: Any) -> str:
    """Return a short hash of the properties that identify a resource."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
