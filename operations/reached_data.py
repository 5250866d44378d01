"""Which databases, tables and columns a grant of Lake Formation reaches in the templates."""

from collections.abc import Iterator

from operations.assembly import Json
from operations.templates import Templates

# Stands for a table that users create.
_NEW_TABLE = "a_table"
_TABLE_BUCKETS = "s3tablescatalog/"


def reached_data(templates: Templates, target: Json) -> Iterator[tuple[tuple[str, str], str]]:
    """Return databases and tables that a grant reaches, and what the list calls them.

    A database of another catalog is named after the path of that catalog and a dot.
    """
    match target["Type"]:
        case "Catalog":
            return
        case "TaggedDatabases":
            for name in _databases_with(templates, target["Expression"]):
                yield (name, ""), _called(name)
        case "TaggedTables":
            yield from _tables_with(templates, target["Expression"])
        case "Location":
            yield ("", ""), ""
        case kind:
            table = "" if kind == "Database" else target.get("Table", _NEW_TABLE)
            yield (f"{_path_of(templates, target)}{target['Database']}", table), ""


def catalog_of(templates: Templates, target: Json) -> str:
    """Return what a database's name begins with: nothing in the account's own catalog.

    That of a table bucket is called as the bucket is, that of another account as the account.
    """
    return _called(_path_of(templates, target))


def _called(database: str) -> str:
    return database.removeprefix(_TABLE_BUCKETS)


def _path_of(templates: Templates, target: Json) -> str:
    """Return the path of a database's catalog and a dot; nothing in the account's own catalog.

    The catalog of a table bucket is called account:s3tablescatalog/bucket, others account:name.
    """
    account, _, catalog = target.get("CatalogId", "").partition(":")
    if not catalog and account != templates.account:
        catalog = account
    return f"{catalog}." if catalog else ""


def _databases_with(templates: Templates, expression: Json) -> Iterator[str]:
    for (database, table, _), tags in _tags(templates).items():
        if not table and _fits(tags, expression):
            yield database


def _tables_with(templates: Templates, expression: Json) -> Iterator[tuple[tuple[str, str], str]]:
    """Return the tables and columns that fit, as they inherit tags or carry their own."""
    tags = _tags(templates)
    declared = dict(_declared(templates))
    for database in sorted({key[0] for key in tags}):
        of_database = tags.get((database, "", ""), {})
        if _fits(of_database, expression):
            which = "others" if any(name == database for name, _ in declared) else "all"
            yield (database, _NEW_TABLE), f"{which} of {_called(database)}"
        for (_, table), columns in ((k, v) for k, v in declared.items() if k[0] == database):
            of_table = {**of_database, **tags.get((database, table, ""), {})}
            fitting = [
                name
                for name in columns
                if _fits({**of_table, **tags.get((database, table, name), {})}, expression)
            ]
            if fitting == columns:
                yield (database, table), f"{_called(database)}.{table}"
            elif fitting:
                yield (database, table), f"{_called(database)}.{table} ({', '.join(fitting)})"


def _declared(templates: Templates) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Return the columns of tables that the templates make, by database and table."""
    for _, _, table in templates.of_type("AWS::Glue::Table"):
        if "OpenTableFormatInput" in table:
            iceberg = table["OpenTableFormatInput"]["IcebergInput"]["IcebergTableInput"]
            columns = [field["Name"] for field in iceberg["Schema"]["Fields"]]
            yield (table["DatabaseName"], table["Name"]), columns
    buckets = {
        (stack, logical_id): bucket["TableBucketName"]
        for stack, logical_id, bucket in templates.of_type("AWS::S3Tables::TableBucket")
    }
    for stack, _, table in templates.of_type("AWS::S3Tables::Table"):
        bucket = buckets[stack, table["TableBucketARN"]["Fn::GetAtt"][0]]
        schema = table["IcebergMetadata"]["IcebergSchemaV2"]["SchemaV2FieldList"]
        columns = [field["Name"] for field in schema]
        yield (f"{_TABLE_BUCKETS}{bucket}.{table['Namespace']}", table["TableName"]), columns


def _tags(templates: Templates) -> dict[tuple[str, str, str], Json]:
    """Return LF-tags by database, table and column; an empty name where they are not below."""
    found: dict[tuple[str, str, str], Json] = {}
    for _, _, properties in templates.of_type("Custom::LakeFormationTags"):
        target = properties["Target"]
        for column in target.get("Columns", [""]):
            database = f"{_path_of(templates, target)}{target['Database']}"
            found[database, target.get("Table", ""), column] = properties["Tags"]
    return found


def _fits(tags: Json, expression: Json) -> bool:
    return all(tags.get(key) in values for key, values in expression.items())
