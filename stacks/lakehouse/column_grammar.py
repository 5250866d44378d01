"""Types of Iceberg columns, as people write them and as Iceberg reads them."""

import re
from dataclasses import dataclass

from stacks.fields import close_to, validation_error


@dataclass(frozen=True)
class Nested:
    """A type with others within.

    Attributes:
        word: struct, list or map.
        within: the types; of a map its keys' and its values'.
        names: of the fields of a struct.
    """

    word: str
    within: "tuple[ColumnType, ...]"
    names: tuple[str, ...] = ()


ColumnType = str | Nested
"""A primitive type by its name, or a nested one."""

PRIMITIVES = (
    "boolean", "int", "long", "float", "double", "date", "time", "timestamp", "timestamptz",
    "string", "uuid", "binary",
)  # fmt: skip
NESTED = ("struct", "list", "map")
# What other engines call them.
_ALIASES = {
    "array": "list<...>",
    "bigint": "long",
    "bool": "boolean",
    "char": "string",
    "datetime": "timestamp",
    "integer": "int",
    "json": "string",
    "number": "decimal(38, 0)",
    "numeric": "decimal(38, 0)",
    "real": "float",
    "row": "struct<...>",
    "smallint": "int",
    "text": "string",
    "timestamp with time zone": "timestamptz",
    "tinyint": "int",
    "varbinary": "binary",
    "varchar": "string",
}
_DECIMAL = re.compile(r"decimal\((\d+), ?(\d+)\)")
_FIXED = re.compile(r"fixed\[(\d+)\]")


def word_of(type_name: str) -> str:
    """Return the word that a type begins with, such as ``decimal``."""
    return re.split(r"[(<\[]", type_name)[0].strip()


def normal(value: str) -> str:
    """Return a type in the one way of writing it.

    Raises:
        ValueError: if Iceberg has no such type; made by `validation_error`.
    """
    return _written(parse(value))


def parse(value: str) -> ColumnType:
    """Return the type of a text.

    Raises:
        ValueError: if Iceberg has no such type; made by `validation_error`.
    """
    text = value.strip()
    word, nested = word_of(text), text.endswith(">")
    if word not in NESTED or not nested:
        return _primitive(text, word.lower())
    parts = _parts(text[len(word) : -1].strip().removeprefix("<"))
    if word == "struct":
        return _struct(parts)
    wanted = {"list": 1, "map": 2}[word]
    if len(parts) != wanted:
        right = {"list": "list<string>", "map": "map<string, long>"}[word]
        raise validation_error(f"must have {wanted} inner types, such as {right}; got {len(parts)}")
    return Nested(word, tuple(parse(part) for part in parts))


def _struct(parts: list[str]) -> Nested:
    fields: dict[str, ColumnType] = {}
    for part in parts:
        name, colon, type_name = part.partition(":")
        name = name.strip()
        if not colon or not re.fullmatch(r"[a-z_][a-z0-9_]{0,254}", name):
            raise validation_error(
                f"has a field {part.strip()!r}: fields of a struct are written name: type, with "
                "lower-case letters, digits and underscores, such as "
                "struct<street: string, zip: string>"
            )
        if name in fields:
            raise validation_error(f"has the field {name} twice")
        fields[name] = parse(type_name)
    return Nested("struct", tuple(fields.values()), tuple(fields))


def _parts(text: str) -> list[str]:
    """Split at the commas that are within no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "<([") - (letter in ">)]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _primitive(value: str, word: str) -> str:
    if value in PRIMITIVES:
        return value
    if match := _DECIMAL.fullmatch(value):
        precision, scale = int(match[1]), int(match[2])
        if not 1 <= precision <= 38:
            raise validation_error("must have a precision from 1 to 38")
        if scale > precision:
            raise validation_error("must have a scale of at most the precision")
        return f"decimal({precision}, {scale})"
    if (match := _FIXED.fullmatch(value)) and int(match[1]) > 0:
        return value
    if word in NESTED:
        raise validation_error(
            f"must say what is within, such as struct<street: string, zip: string>, list<string> "
            f"or map<string, long>: {value!r} does not"
        )
    if word == "decimal":
        raise validation_error("must give precision and scale, such as decimal(12, 2)")
    if word in _ALIASES:
        raise validation_error(f"must be a type of Iceberg, which calls {word} {_ALIASES[word]}")
    raise validation_error(
        f"must be a type of Iceberg{close_to(word, PRIMITIVES)}; there are: "
        f"{', '.join(PRIMITIVES)}, decimal(12, 2), fixed[16], struct<...>, list<...> and map<...>"
    )


def _written(given: ColumnType) -> str:
    if isinstance(given, str):
        return given
    within = [_written(one) for one in given.within]
    if given.names:
        within = [f"{name}: {one}" for name, one in zip(given.names, within, strict=True)]
    return f"{given.word}<{', '.join(within)}>"
