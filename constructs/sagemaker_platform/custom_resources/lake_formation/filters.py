"""Data cell filters: the rows and columns of a table that a grant includes."""

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError
from ..common.waiting import Item


def put(properties: Item, caller: Caller) -> None:
    """Create a filter, or update the one that exists.

    Args:
        properties: `CatalogId`, `Database`, `Table` and `Name`; `Rows`, an expression, optional,
            defaults to all rows; `Columns` or `ExcludedColumns`, optional, default to all
            columns.
        caller: calls AWS.
    """
    data: Item = {
        **_key(properties),
        "RowFilter": (
            {"FilterExpression": properties["Rows"]}
            if properties.get("Rows")
            else {"AllRowsWildcard": {}}
        ),
    }
    if properties.get("Columns"):
        data["ColumnNames"] = properties["Columns"]
    else:
        excluded = properties.get("ExcludedColumns")
        data["ColumnWildcard"] = {"ExcludedColumnNames": excluded} if excluded else {}
    formation = client("lakeformation")
    try:
        caller.require("filter", formation.create_data_cells_filter, TableData=data)
    except CustomResourceError as error:
        if error.code != "AlreadyExistsException":
            raise
        caller.require("filter", formation.update_data_cells_filter, TableData=data)


def remove(properties: Item, caller: Caller) -> None:
    """Delete a filter."""
    caller.call("filter", client("lakeformation").delete_data_cells_filter, **_key(properties))


def _key(properties: Item) -> Item:
    return {
        "TableCatalogId": properties["CatalogId"],
        "DatabaseName": properties["Database"],
        "TableName": properties["Table"],
        "Name": properties["Name"],
    }
