"""Data cell filters: which rows and columns of a table somebody sees."""

from ..common.calls import Caller, Item, RefusedError, client


def put(properties: Item, caller: Caller) -> None:
    """Let a filter exist and be as it is described.

    Args:
        properties: `CatalogId`, `Database`, `Table` and `Name`; `Rows`, an expression, absent
            for all rows; and `Columns` or `ExcludedColumns`, absent for all columns.
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
        caller.need("filter", formation.create_data_cells_filter, TableData=data)
    except RefusedError as error:
        if error.code != "AlreadyExistsException":
            raise
        caller.need("filter", formation.update_data_cells_filter, TableData=data)


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
