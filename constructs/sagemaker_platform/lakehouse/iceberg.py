"""An Iceberg table, as CloudFormation is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.lakehouse.iceberg_types import IcebergType, as_json


@checks_types
@dataclass(frozen=True, kw_only=True)
class IcebergColumn:
    """A column.

    Args:
        name: lower-case name.
        type: primitive type as Iceberg calls it, such as ``long`` or ``decimal(12, 2)``; or,
            in a table bucket, a nested one.
        required: whether every row must have a value.
        description: meaning of the column. Defaults to no description.
    """

    name: str
    type: IcebergType
    required: bool = False
    description: str | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class IcebergPartition:
    """A field of a partition specification.

    Args:
        column: the column it is made from.
        transform: as Iceberg writes it, such as ``day`` or ``bucket[16]``.
        name: name of the field.
    """

    column: str
    transform: str
    name: str


@checks_types
@dataclass(frozen=True, kw_only=True)
class IcebergSort:
    """A field of a sort order.

    Args:
        column: the column.
        descending: whether the largest comes first.
        nulls_first: whether rows without a value come first.
    """

    column: str
    descending: bool = False
    nulls_first: bool = True


@checks_types
@dataclass(frozen=True, kw_only=True)
class IcebergTable:
    """What a table is created with. Neither Glue nor S3 Tables changes it afterwards.

    Ids are given, so that partitions and order can refer to columns: Iceberg counts columns
    from 1 and partition fields from 1000.

    Args:
        name: name of the table.
        columns: its columns.
        partitions: partition specification; empty, the table has no partitions.
        order: sort order of files; empty, there is none.
        description: content of the table. Defaults to no description.

    Raises:
        ValueError: if a partition or the order names a column that is not there.
    """

    name: str
    columns: Sequence[IcebergColumn]
    partitions: Sequence[IcebergPartition] = ()
    order: Sequence[IcebergSort] = ()
    description: str | None = None

    def __post_init__(self) -> None:
        require_each("columns", self.columns, IcebergColumn)
        require_each("partitions", self.partitions, IcebergPartition)
        require_each("order", self.order, IcebergSort)
        known = {column.name for column in self.columns}
        named = {field.column for field in self.partitions} | {f.column for f in self.order}
        if named - known:
            raise ValueError(f"{self.name}: {sorted(named - known)} are not among {sorted(known)}")

    def fields(self) -> list[dict[str, Any]]:
        """Return the columns, in the form that both services share.

        What is within nested types is numbered after all columns, as Iceberg's own engines do.
        """
        within = count(len(self.columns) + 1)
        return [
            {
                "id": number,
                "name": column.name,
                "type": as_json(column.type, within),
                "required": column.required,
                **({"doc": column.description} if column.description else {}),
            }
            for number, column in enumerate(self.columns, 1)
        ]

    @property
    def nested(self) -> list[str]:
        """Names of the columns whose type is not primitive."""
        return [column.name for column in self.columns if not isinstance(column.type, str)]

    def partition_spec(self) -> dict[str, Any] | None:
        """Return the partition specification, None without partitions."""
        fields = [
            {
                "sourceId": self._id(field.column),
                "transform": field.transform,
                "name": field.name,
                "fieldId": number,
            }
            for number, field in enumerate(self.partitions, 1000)
        ]
        return {"specId": 0, "fields": fields} if fields else None

    def sort_order(self) -> dict[str, Any] | None:
        """Return the sort order, None without one. Order 0 is Iceberg's "unsorted"."""
        fields = [
            {
                "sourceId": self._id(field.column),
                "transform": "identity",
                "direction": "desc" if field.descending else "asc",
                "nullOrder": "nulls-first" if field.nulls_first else "nulls-last",
            }
            for field in self.order
        ]
        return {"orderId": 1, "fields": fields} if fields else None

    def _id(self, name: str) -> int:
        return [column.name for column in self.columns].index(name) + 1
