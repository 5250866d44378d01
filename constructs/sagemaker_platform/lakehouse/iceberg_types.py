"""Types of Iceberg columns, including nested types."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_platform.arguments import checks_types


@checks_types
@dataclass(frozen=True, kw_only=True)
class IcebergStruct:
    """Named fields, all optional.

    Args:
        fields: name and type of each.
    """

    fields: "Sequence[tuple[str, IcebergType]]"


@checks_types
@dataclass(frozen=True, kw_only=True)
class IcebergList:
    """Any number of values of one type.

    Args:
        element: their type.
    """

    element: "IcebergType"


@checks_types
@dataclass(frozen=True, kw_only=True)
class IcebergMap:
    """Values by keys.

    Args:
        key: type of the keys.
        value: type of the values.
    """

    key: "IcebergType"
    value: "IcebergType"


IcebergType = str | IcebergStruct | IcebergList | IcebergMap
"""A primitive type as Iceberg calls it, such as ``long`` or ``decimal(12, 2)``, or a nested one."""


def as_json(given: IcebergType, ids: Iterator[int]) -> Any:
    """Return a type as Iceberg's specification writes it in JSON ("Appendix C").

    Args:
        given: the type.
        ids: numbers for the fields within; fields of one level come before those below them.
    """
    match given:
        case IcebergStruct(fields=fields):
            numbers = [next(ids) for _ in fields]
            return {
                "type": "struct",
                "fields": [
                    {"id": number, "name": name, "required": False, "type": as_json(type_, ids)}
                    for number, (name, type_) in zip(numbers, fields, strict=True)
                ],
            }
        case IcebergList(element=element):
            number = next(ids)
            return {
                "type": "list",
                "element-id": number,
                "element": as_json(element, ids),
                "element-required": False,
            }
        case IcebergMap(key=key, value=value):
            key_number, value_number = next(ids), next(ids)
            return {
                "type": "map",
                "key-id": key_number,
                "key": as_json(key, ids),
                "value-id": value_number,
                "value": as_json(value, ids),
                "value-required": False,
            }
        case primitive:
            return primitive
