"""Data cell filters: which rows and columns of a table somebody sees."""

from botocore.exceptions import ClientError

from .calls import Item, call, client, code_of, is_gone


def put(properties: Item) -> None:
    """Let a filter exist and be as it is described.

    Args:
        properties: `CatalogId`, `Database`, `Table` and `Name`; `Rows`, an expression, absent
            for all rows; and `Columns` or `ExcludedColumns`, absent for all columns.
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
        call(formation.create_data_cells_filter, TableData=data)
    except ClientError as error:
        if code_of(error) != "AlreadyExistsException":
            raise
        call(formation.update_data_cells_filter, TableData=data)


def remove(properties: Item) -> None:
    """Delete a filter."""
    try:
        call(client("lakeformation").delete_data_cells_filter, **_key(properties))
    except ClientError as error:
        if not is_gone(error):
            raise


def _key(properties: Item) -> Item:
    return {
        "TableCatalogId": properties["CatalogId"],
        "DatabaseName": properties["Database"],
        "TableName": properties["Table"],
        "Name": properties["Name"],
    }
