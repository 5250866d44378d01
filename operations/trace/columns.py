"""The columns of the table or feature group that data is of.

A database of the catalog says where its files are, and so does each of its tables. So a table is
found by the place of the data, whatever its bucket is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from operations.account import Account
from operations.assembly import Json
from operations.trace.hop import Hop, Hops, Reason, attempt
from operations.trace.tables import feature_group_of, table_of

_TABLES = "glue get-tables"
_GROUP = "sagemaker describe-feature-group"
# Amazon EMR and Apache Hive write other names of the same scheme.
_SCHEME = re.compile(r"^s3[an]?://")


class Columns:
    """Tells tables and columns of data.

    Args:
        account: where the data, its catalog and its feature groups are.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._tables: dict[str, list[Json] | Reason] = {}

    def hops(self, hops: Hops, uri: str, *, call: str) -> Iterator[Hop]:
        """Yield the table that data is of, and its columns; nothing for data of no table.

        Args:
            hops: of the variant or component.
            uri: where the data is.
            call: API call that told the place.
        """
        if not _SCHEME.match(uri):
            return
        named = table_of(uri)
        if named is not None:
            yield hops.known("table", *named, call=call)
        if group := feature_group_of(uri):
            yield self._of_group(hops, group)
            return
        database = self._database(uri)
        if isinstance(database, Reason):
            yield hops.unknown("columns", database.text, call="glue get-databases")
            return
        table = self._table(database, uri) if database else None
        if isinstance(table, Reason):
            yield hops.unknown("columns", table.text, call=_TABLES)
        elif table is not None:
            name = f"{database}.{table['Name']}"
            where = f"of the table {name} in the Glue Data Catalog, by its location"
            if named is None:
                yield hops.known("table", name, where, call=_TABLES)
            yield _columns(hops, table, where)
        elif named is not None and "." in named[0]:
            yield hops.unknown(
                "columns",
                "the Glue Data Catalog shows no table at that place: there is none, or Lake "
                "Formation does not let the credentials describe it",
                call=_TABLES,
            )

    def _of_group(self, hops: Hops, name: str) -> Hop:
        group = attempt(
            lambda: self._account.ask("sagemaker", "describe_feature_group", FeatureGroupName=name),
            gone="the feature group was deleted",
        )
        if isinstance(group, Reason):
            return hops.unknown("columns", group.text, call=_GROUP)
        keys = {
            group["RecordIdentifierFeatureName"]: "record identifier",
            group["EventTimeFeatureName"]: "event time",
        }
        shown = [
            _shown(name, one["FeatureType"], keys.get(name, ""))
            for one in group["FeatureDefinitions"]
            if (name := one["FeatureName"])
        ]
        detail = f"features of the feature group {group['FeatureGroupName']}"
        return hops.known("columns", ", ".join(shown), detail, call=_GROUP)

    @cached_property
    def _databases(self) -> list[Json] | Reason:
        return attempt(lambda: list(self._account.every("glue", "get_databases", "DatabaseList")))

    def _database(self, uri: str) -> str | Reason | None:
        found = self._databases
        if isinstance(found, Reason):
            return found
        nearest = _nearest(uri, [(one.get("LocationUri", ""), one) for one in found])
        return str(nearest["Name"]) if nearest else None

    def _table(self, database: str, uri: str) -> Json | Reason | None:
        if database not in self._tables:
            self._tables[database] = attempt(
                lambda: list(
                    self._account.every("glue", "get_tables", "TableList", DatabaseName=database)
                )
            )
        found = self._tables[database]
        if isinstance(found, Reason):
            return found
        return _nearest(
            uri, [(one.get("StorageDescriptor", {}).get("Location", ""), one) for one in found]
        )


def _nearest(uri: str, places: list[tuple[str, Json]]) -> Json | None:
    """Return what is at the longest of the places that a URI is in."""
    wanted = f"{_path(uri)}/"
    inside = [
        (path, one)
        for place, one in places
        if (path := _path(place)) and wanted.startswith(f"{path}/")
    ]
    return max(inside, key=lambda one: len(one[0]))[1] if inside else None


def _path(uri: str) -> str:
    return _SCHEME.sub("", uri).rstrip("/") if _SCHEME.match(uri) else ""


def _columns(hops: Hops, table: Json, where: str) -> Hop:
    keys = {one["Name"] for one in table.get("PartitionKeys", [])}
    columns = [
        *table.get("StorageDescriptor", {}).get("Columns", []),
        *table.get("PartitionKeys", []),
    ]
    # A dropped column of an Iceberg table stays in the catalog and says so (Apache Iceberg,
    # `GlueTableInput`: `iceberg.field.current`).
    shown = {
        one["Name"]: _shown(
            one["Name"], one.get("Type", ""), "partition" if one["Name"] in keys else ""
        )
        for one in columns
        if one.get("Parameters", {}).get("iceberg.field.current") != "false"
    }
    if not shown:
        return hops.unknown("columns", f"{where}, which tells none", call=_TABLES)
    return hops.known("columns", ", ".join(shown.values()), where, call=_TABLES)


def _shown(name: str, kind: str, role: str) -> str:
    return f"{name} {kind}{f' ({role})' if role else ''}"
