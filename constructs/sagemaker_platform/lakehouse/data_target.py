"""Some of a lakehouse's data, as Lake Formation tells it apart."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_platform.arguments import checks_types


@checks_types
@dataclass(frozen=True, kw_only=True)
class DataTarget:
    """What is tagged or granted. Made by one of the methods below.

    Two targets that name the same data are equal, regardless of order.

    Args:
        type: kind of target, as the handler of the custom resources knows it.
        names: what it names, key by key.
        lists: what it lists, key by key.
        arn: of a location.
    """

    type: str
    names: tuple[tuple[str, str], ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    arn: str | None = None

    @classmethod
    def catalog(cls) -> "DataTarget":
        """The account's catalog, to create others in it."""
        return cls(type="Catalog")

    @classmethod
    def database(cls, name: str, *, catalog_id: str | None = None) -> "DataTarget":
        """A database, but not its tables."""
        return cls(type="Database", names=_names(catalog_id, Database=name))

    @classmethod
    def tables(cls, database: str, *, catalog_id: str | None = None) -> "DataTarget":
        """All tables of a database."""
        return cls(type="Tables", names=_names(catalog_id, Database=database))

    @classmethod
    def table(cls, database: str, name: str, *, catalog_id: str | None = None) -> "DataTarget":
        """One table."""
        return cls(type="Table", names=_names(catalog_id, Database=database, Table=name))

    @classmethod
    def columns(
        cls,
        database: str,
        table: str,
        *,
        columns: Sequence[str] = (),
        excluded_columns: Sequence[str] = (),
        catalog_id: str | None = None,
    ) -> "DataTarget":
        """Some columns of a table, or all but some."""
        key = "Columns" if columns else "ExcludedColumns"
        return cls(
            type="Columns",
            names=_names(catalog_id, Database=database, Table=table),
            lists=((key, tuple(sorted(columns or excluded_columns))),),
        )

    @classmethod
    def filter(cls, database: str, table: str, name: str, *, account: str) -> "DataTarget":
        """The rows and columns that a filter lets through."""
        return cls(
            type="Filter", names=_names(account, Database=database, Table=table, Filter=name)
        )

    @classmethod
    def location(cls, name: str, arn: str) -> "DataTarget":
        """A place in S3, to create tables over it."""
        return cls(type="Location", names=(("Name", name),), arn=arn)

    @classmethod
    def tagged(cls, kind: str, expression: Mapping[str, Sequence[str]]) -> "DataTarget":
        """Databases or tables that carry one of the values, for every key.

        Args:
            kind: ``TaggedDatabases`` or ``TaggedTables``.
            expression: LF-tags and values.
        """
        return cls(
            type=kind,
            lists=tuple((key, tuple(sorted(set(expression[key])))) for key in sorted(expression)),
        )

    @property
    def id(self) -> str:
        """A construct id: readable, the same for the same data, and free of tokens."""
        words = [value for key, value in self.names if key != "CatalogId"]
        words += ["-".join([key, *values]) for key, values in self.lists]
        readable = "-".join(words).replace("/", "-")
        catalogs = [value.split("/")[-1] for key, value in self.names if key == "CatalogId"]
        if self.type == "Filter":
            catalogs = []
        text = repr((self.type, words, catalogs))
        return f"{self.type}-{readable[:100]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"

    def to_api(self) -> dict[str, Any]:
        """Return the target as the handler of the custom resources takes it."""
        found: dict[str, Any] = {"Type": self.type, **dict(self.names)}
        lists = {key: list(values) for key, values in self.lists}
        if self.type.startswith("Tagged"):
            found["Expression"] = lists
        else:
            found.update(lists)
        if self.arn is not None:
            found["Arn"] = self.arn
        return found


def _names(catalog_id: str | None, **names: str) -> tuple[tuple[str, str], ...]:
    given = {"CatalogId": catalog_id, **names} if catalog_id else names
    return tuple((key, str(value)) for key, value in given.items())
