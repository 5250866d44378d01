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
        raise validation_error("must not begin with aws, which S3 Tables reserves")
    return value


def _column_name(value: str) -> str:
    if value in _METADATA_COLUMNS:
        raise validation_error("is a metadata column of every Iceberg table. Choose another name")
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,254}", value):
        raise validation_error(
            "must be lower-case letters, digits and underscores, not beginning with a "
            "digit, because Glue and Lake Formation support only lower case"
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
                f"must be unique: an earlier {what} has the same name",
                at=at.format(index),
                value=name,
            )


class ColumnSettings(Settings):
    """One column of an Iceberg table."""

    name: ColumnName
    """Name of the column, in lower case."""
    type: ColumnType
    """Iceberg type: boolean, int, long, float, double, decimal(12, 2), date, time, timestamp,
    timestamptz, string, uuid, fixed[16] or binary; in table buckets also struct<street: string,
    zip: string>, list<string> and map<string, long>."""
    required: bool = False
    """Whether every row must have a value."""
    description: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Description of the column."""


class PartitionSettings(Settings):
    """One field of a table's partition specification."""

    column: str
    """The column."""
    transform: Transform = "identity"
    """Transform of the partition: the value, its year, month, day or hour, a bucket of its hash,
    or its prefix."""
    width: Annotated[int, Field(ge=1, le=2_000_000_000)] | None = None
    """Number of buckets, or length of the prefix that `truncate` keeps."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        takes_width = self.transform in ("bucket", "truncate")
        if takes_width and self.width is None:
            raise validation_error(
                f"requires a width for {self.transform}: the number of buckets, or the "
                "length of the prefix"
            )
        if not takes_width and self.width is not None:
            raise validation_error(
                f"must be omitted with {self.transform}. Remove the line",
                at="width",
                value=self.width,
            )
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
    """Position of rows without a value."""


class TableSettings(Settings):
    """An Iceberg table. Columns, partitions and order are those it is created with.

    CloudFormation cannot change them afterwards: use ALTER TABLE, and name the columns it
    added in `added_columns`.
    """

    name: TableName
    """Name of the table."""
    description: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Description of the table."""
    columns: Annotated[list[ColumnSettings], Field(min_length=1, max_length=500)]
    """The columns."""
    added_columns: list[ColumnName] = []
    """Columns that ALTER TABLE added later. Grants and filters can name them."""
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
                raise validation_error(
                    "must be unique: an earlier column has the same name", at=at, value=name
                )
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
                    f"must not be a {types[field.column]}, which has no order",
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
                    f"must not have type {types[field.column]}, because Iceberg applies "
                    f"{field.transform} to {', '.join(takes)}",
                    at=f"{at}.transform",
                    value=field.transform,
                )
            if field.field_name in seen:
                raise validation_error(
                    f"must be unique: an earlier field partitions by {field.field_name}",
                    at=f"{at}.column",
                    value=field.column,
                )
            if field.transform != "identity" and field.field_name in types:
                raise validation_error(
                    f"creates the partition field {field.field_name}, which is also a "
                    "column. Rename the column",
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
    """Whether Glue runs this optimizer."""
    strategy: Literal["binpack", "sort", "z-order"] = "binpack"
    """Compaction strategy. `sort` and `z-order` require `sort_by`."""
    min_input_files: Annotated[int, Field(ge=2, le=1000)] = 100
    """Minimum number of small files in a partition for compaction."""
    delete_file_threshold: Annotated[int, Field(ge=1, le=1000)] = 1
    """Number of delete files at which a data file is rewritten."""


class RetentionSettings(Settings):
    """Glue's expiry of old snapshots."""

    enabled: bool = True
    """Whether Glue runs this optimizer."""
    snapshot_days: Annotated[int, Field(ge=1, le=3650)] = 5
    """Maximum age of snapshots. Time travel to expired snapshots is not possible."""
    snapshots_to_keep: Annotated[int, Field(ge=1, le=1000)] = 1
    """Minimum number of snapshots to keep, regardless of age."""
    clean_expired_files: bool = True
    """Whether files that only expired snapshots reference are deleted."""


class OrphanFileSettings(Settings):
    """Glue's deletion of files that no snapshot knows."""

    enabled: bool = True
    """Whether Glue runs this optimizer."""
    days: Annotated[int, Field(ge=1, le=3650)] = 3
    """Minimum age of orphan files, so that files of a running write are kept."""


class OptimizerSettings(Settings):
    """Maintenance of a table by Glue; all of it is on unless you switch it off."""

    compaction: CompactionSettings = CompactionSettings()
    """Compaction of small files."""
    retention: RetentionSettings = RetentionSettings()
    """Old snapshots go."""
    orphan_files: OrphanFileSettings = OrphanFileSettings()
    """Deletion of orphan files."""


class GlueColumnSettings(ColumnSettings):
    """One column of an Iceberg table in a layer."""

    tags: dict[str, str] = {}
    """LF-tags of this column, in place of what it inherits from its table."""


class GlueTableSettings(TableSettings):
    """An Iceberg table in a layer, described in Glue."""

    columns: Annotated[list[GlueColumnSettings], Field(min_length=1, max_length=500)]  # type: ignore[assignment] # no code appends to settings
    """The columns."""
    optimizers: OptimizerSettings = OptimizerSettings()
    """Compaction, snapshot retention and deletion of orphan files. All are on by default."""
    tags: dict[str, str] = {}
    """LF-tags of this table, in place of what it inherits from its layer."""

    @model_validator(mode="after")
    def _check_types(self) -> Self:
        for index, column in enumerate(self.columns):
            if word_of(column.type) in NESTED:
                raise validation_error(
                    "must not be a nested type, which CloudFormation supports only in "
                    "tables of table buckets. Declare the other columns, and add this one "
                    "with ALTER TABLE (see added_columns)",
                    at=f"columns.{index}.type",
                    value=column.type,
                )
        return self

    @model_validator(mode="after")
    def _check_strategy(self) -> Self:
        strategy = self.optimizers.compaction.strategy
        if strategy != "binpack" and not self.sort_by:
            raise validation_error(
                "requires sort_by, the order of rows. Add it",
                at="optimizers.compaction.strategy",
                value=strategy,
            )
        return self


class SnapshotSettings(Settings):
    """S3 Tables' expiry of old snapshots."""

    max_age_hours: Annotated[int, Field(ge=1, le=87_600)] = 120
    """Older snapshots go."""
    min_to_keep: Annotated[int, Field(ge=1, le=1000)] = 1
    """Minimum number of snapshots to keep, regardless of age."""


class S3TableSettings(TableSettings):
    """An Iceberg table in a table bucket, which S3 looks after."""

    target_file_size_mib: Annotated[int, Field(ge=64, le=512)] = 512
    """Target size of compacted files."""
    snapshots: SnapshotSettings = SnapshotSettings()
    """Expiry of old snapshots."""
    tags: dict[str, str] = {}
    """LF-tags of this table, in place of what it inherits from its namespace."""
