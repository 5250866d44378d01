"""Settings of Iceberg tables: columns, partitions, and what keeps them small.

What Iceberg knows is its specification's, version 2; what Glue and S3 Tables add (names in
lower case) is AWS's.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from stacks.fields import Settings, close_to, validation_error
from stacks.lakehouse.column_grammar import NESTED, PRIMITIVES, normal, word_of

# Columns of their own that engines add to every Iceberg table.
_METADATA_COLUMNS = (
    "_change_type", "_change_ordinal", "_commit_snapshot_id", "_deleted", "_file",
    "_last_updated_sequence_number", "_partition", "_pos", "_row_id", "_spec_id",
)  # fmt: skip


def _table_name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9_]{0,253}[a-z0-9])?", value):
        raise validation_error(
            "must be a name that Iceberg tables have in AWS: lower-case letters, digits and "
            "underscores, beginning and ending with a letter or digit; no hyphens"
        )
    return value


def _namespace_name(value: str) -> str:
    _table_name(value)
    if value.startswith("aws"):
        raise validation_error("begins with aws, which S3 Tables keeps for itself")
    return value


def _column_name(value: str) -> str:
    if value in _METADATA_COLUMNS:
        raise validation_error("is a column that Iceberg has in every table: choose another name")
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,254}", value):
        raise validation_error(
            "must be lower-case letters, digits and underscores, not first a digit: Glue and "
            "Lake Formation know no upper case"
        )
    return value


TableName = Annotated[str, AfterValidator(_table_name), WithJsonSchema({"type": "string"})]
NamespaceName = Annotated[str, AfterValidator(_namespace_name), WithJsonSchema({"type": "string"})]
ColumnName = Annotated[str, AfterValidator(_column_name), WithJsonSchema({"type": "string"})]
ColumnType = Annotated[str, AfterValidator(normal), WithJsonSchema({"type": "string"})]

Transform = Literal["identity", "year", "month", "day", "hour", "bucket", "truncate"]
_DATES = ("date", "timestamp", "timestamptz")
_EVERY_TYPE = (*PRIMITIVES, "decimal", "fixed")
_TAKES = {
    "year": _DATES,
    "month": _DATES,
    "day": _DATES,
    "hour": ("timestamp", "timestamptz"),
    "truncate": ("int", "long", "decimal", "string", "binary"),
    "bucket": (
        "int", "long", "decimal", "date", "time", "timestamp", "timestamptz", "string", "uuid",
        "fixed", "binary",
    ),
}  # fmt: skip


def unique(names: list[str], at: str, what: str) -> None:
    """Refuse a name that comes twice.

    Args:
        names: the names, in order.
        at: where each of them is, with ``{}`` for its index.
        what: what an earlier one is.
    """
    for index, name in enumerate(names):
        if name in names[:index]:
            raise validation_error(
                f"is the name of an earlier {what}", at=at.format(index), value=name
            )


class ColumnSettings(Settings):
    """One column of an Iceberg table."""

    name: ColumnName
    """Name of the column, in lower case."""
    type: ColumnType
    """Type as Iceberg calls it: boolean, int, long, float, double, decimal(12, 2), date, time,
    timestamp, timestamptz, string, uuid, fixed[16] or binary; in table buckets also
    struct<street: string, zip: string>, list<string> and map<string, long>."""
    required: bool = False
    """Whether every row must have a value."""
    description: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """What the column means."""


class PartitionSettings(Settings):
    """One field of a table's partition specification."""

    column: str
    """The column."""
    transform: Transform = "identity"
    """What partitions are made of: the value itself, the year, month, day or hour of it, a
    bucket of its hash, or the beginning of it."""
    width: Annotated[int, Field(ge=1, le=2_000_000_000)] | None = None
    """Number of buckets, or length of what `truncate` leaves."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        takes_width = self.transform in ("bucket", "truncate")
        if takes_width and self.width is None:
            raise validation_error(
                f"needs a width: how many buckets, or how long; {self.transform} has none"
            )
        if not takes_width and self.width is not None:
            raise validation_error(f"is nothing to {self.transform}", at="width", value=self.width)
        return self

    @property
    def expression(self) -> str:
        """The transform as Iceberg writes it."""
        return self.transform if self.width is None else f"{self.transform}[{self.width}]"

    @property
    def field_name(self) -> str:
        """The name of the partition field, as Iceberg's own engines derive it."""
        if self.transform == "identity":
            return self.column
        return f"{self.column}_{'trunc' if self.transform == 'truncate' else self.transform}"


class SortSettings(Settings):
    """One field of a table's sort order."""

    column: str
    """The column."""
    direction: Literal["asc", "desc"] = "asc"
    """Ascending or descending."""
    nulls: Literal["first", "last"] = "first"
    """Where rows without a value go."""


class TableSettings(Settings):
    """An Iceberg table. Columns, partitions and order are those it is created with.

    CloudFormation cannot change them afterwards: use ALTER TABLE, and name the columns it
    added in `added_columns`.
    """

    name: TableName
    """Name of the table."""
    description: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """What the table holds."""
    columns: Annotated[list[ColumnSettings], Field(min_length=1, max_length=500)]
    """The columns."""
    added_columns: list[ColumnName] = []
    """Columns that ALTER TABLE has added since: grants and filters may name them."""
    partition_by: list[PartitionSettings] = []
    """The partition specification, outermost first."""
    sort_by: list[SortSettings] = []
    """The order in which engines write rows within a file."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [column.name for column in self.columns]
        unique(names, "columns.{}.name", "column")
        for index, name in enumerate(self.added_columns):
            if name in [*names, *self.added_columns[:index]]:
                at = f"added_columns.{index}"
                raise validation_error("is the name of an earlier column", at=at, value=name)
        types = {column.name: word_of(column.type) for column in self.columns}
        self._check_partitions(types)
        for index, field in enumerate(self.sort_by):
            if field.column not in types:
                raise validation_error(
                    f"must be a column of {self.name}{close_to(field.column, names)}",
                    at=f"sort_by.{index}.column",
                    value=field.column,
                )
            if types[field.column] in NESTED:
                raise validation_error(
                    f"is a {types[field.column]}, which has no order",
                    at=f"sort_by.{index}.column",
                    value=field.column,
                )
        return self

    def _check_partitions(self, types: dict[str, str]) -> None:
        seen: list[str] = []
        for index, field in enumerate(self.partition_by):
            at = f"partition_by.{index}"
            if field.column not in types:
                raise validation_error(
                    f"must be a column of {self.name}{close_to(field.column, list(types))}",
                    at=f"{at}.column",
                    value=field.column,
                )
            takes: tuple[str, ...] = _TAKES.get(field.transform, _EVERY_TYPE)
            if types[field.column] not in takes:
                raise validation_error(
                    f"takes no {types[field.column]}: Iceberg applies {field.transform} to "
                    f"{', '.join(takes)}",
                    at=f"{at}.transform",
                    value=field.transform,
                )
            if field.field_name in seen:
                raise validation_error(
                    f"partitions by {field.field_name} a second time",
                    at=f"{at}.column",
                    value=field.column,
                )
            if field.transform != "identity" and field.field_name in types:
                raise validation_error(
                    f"makes the partition field {field.field_name}, which is a column: rename "
                    "the column",
                    at=f"{at}.column",
                    value=field.column,
                )
            seen.append(field.field_name)

    @property
    def all_columns(self) -> list[str]:
        """The columns that the table has by now."""
        return [*(column.name for column in self.columns), *self.added_columns]


class CompactionSettings(Settings):
    """Glue's compaction of small files."""

    enabled: bool = True
    """Whether Glue does it."""
    strategy: Literal["binpack", "sort", "z-order"] = "binpack"
    """How files are put together; sort and z-order need `sort_by`."""
    min_input_files: Annotated[int, Field(ge=2, le=1000)] = 100
    """A partition with fewer small files is left alone."""
    delete_file_threshold: Annotated[int, Field(ge=1, le=1000)] = 1
    """A file with so many delete files is written anew."""


class RetentionSettings(Settings):
    """Glue's expiry of old snapshots."""

    enabled: bool = True
    """Whether Glue does it."""
    snapshot_days: Annotated[int, Field(ge=1, le=3650)] = 5
    """Older snapshots go, and with them the way back to them."""
    snapshots_to_keep: Annotated[int, Field(ge=1, le=1000)] = 1
    """So many are kept, however old."""
    clean_expired_files: bool = True
    """Whether files that only expired snapshots used are deleted too."""


class OrphanFileSettings(Settings):
    """Glue's deletion of files that no snapshot knows."""

    enabled: bool = True
    """Whether Glue does it."""
    days: Annotated[int, Field(ge=1, le=3650)] = 3
    """Younger files are left alone: a write may still be under way."""


class OptimizerSettings(Settings):
    """Maintenance of a table by Glue; all of it is on unless you switch it off."""

    compaction: CompactionSettings = CompactionSettings()
    """Small files become large ones."""
    retention: RetentionSettings = RetentionSettings()
    """Old snapshots go."""
    orphan_files: OrphanFileSettings = OrphanFileSettings()
    """Files that no snapshot knows go."""


class GlueColumnSettings(ColumnSettings):
    """One column of an Iceberg table in a layer."""

    tags: dict[str, str] = {}
    """LF-tags of this column, in place of what it inherits from its table."""


class GlueTableSettings(TableSettings):
    """An Iceberg table in a layer, described in Glue."""

    columns: Annotated[list[GlueColumnSettings], Field(min_length=1, max_length=500)]  # type: ignore[assignment] # no code appends to settings
    """The columns."""
    optimizers: OptimizerSettings = OptimizerSettings()
    """Compaction, snapshot retention and deletion of orphan files; all on by default."""
    tags: dict[str, str] = {}
    """LF-tags of this table, in place of what it inherits from its layer."""

    @model_validator(mode="after")
    def _check_types(self) -> Self:
        for index, column in enumerate(self.columns):
            if word_of(column.type) in NESTED:
                raise validation_error(
                    "is a nested type, which CloudFormation takes for tables of table buckets "
                    "only: declare the other columns, and add this one with ALTER TABLE (see "
                    "added_columns)",
                    at=f"columns.{index}.type",
                    value=column.type,
                )
        return self

    @model_validator(mode="after")
    def _check_strategy(self) -> Self:
        strategy = self.optimizers.compaction.strategy
        if strategy != "binpack" and not self.sort_by:
            raise validation_error(
                "needs sort_by: it has no order to put rows in",
                at="optimizers.compaction.strategy",
                value=strategy,
            )
        return self


class SnapshotSettings(Settings):
    """S3 Tables' expiry of old snapshots."""

    max_age_hours: Annotated[int, Field(ge=1, le=87_600)] = 120
    """Older snapshots go."""
    min_to_keep: Annotated[int, Field(ge=1, le=1000)] = 1
    """So many are kept, however old."""


class S3TableSettings(TableSettings):
    """An Iceberg table in a table bucket, which S3 looks after."""

    target_file_size_mib: Annotated[int, Field(ge=64, le=512)] = 512
    """Compaction makes files of this size."""
    snapshots: SnapshotSettings = SnapshotSettings()
    """Expiry of old snapshots."""
    tags: dict[str, str] = {}
    """LF-tags of this table, in place of what it inherits from its namespace."""
