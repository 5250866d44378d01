"""A first look at a rule in DQDL, the language of Glue's data quality."""

from stacks.fields import close_to, validation_error

# AWS: "DQDL rule type reference".
_TYPES = (
    "AggregateMatch",
    "AllStatistics",
    "ColumnCorrelation",
    "ColumnCount",
    "ColumnDataType",
    "ColumnExists",
    "ColumnLength",
    "ColumnNamesMatchPattern",
    "ColumnValues",
    "Completeness",
    "CustomSql",
    "DataFreshness",
    "DatasetMatch",
    "DetectAnomalies",
    "DistinctValuesCount",
    "Entropy",
    "FileFreshness",
    "FileMatch",
    "FileSize",
    "FileUniqueness",
    "IsComplete",
    "IsPrimaryKey",
    "IsUnique",
    "Mean",
    "ReferentialIntegrity",
    "RowCount",
    "RowCountMatch",
    "SchemaMatch",
    "StandardDeviation",
    "Sum",
    "UniqueValueRatio",
    "Uniqueness",
)
_CLOSING = {")": "(", "]": "["}


def rule(value: str) -> str:
    """Check the name of a rule's type, its quotes and its brackets; Glue checks the rest."""
    if not value.strip():
        raise validation_error('must be a rule in DQDL, such as IsComplete "id"')
    outside, open_brackets = "", []
    for number, part in enumerate(value.split('"')):
        if number % 2 == 0:
            outside += part
    if value.count('"') % 2:
        raise validation_error('has a quote " that is not closed')
    for character in outside:
        if character in "([":
            open_brackets.append(character)
        elif character in _CLOSING and (
            not open_brackets or open_brackets.pop() != _CLOSING[character]
        ):
            raise validation_error(f"has a {character} that nothing opens")
    if open_brackets:
        raise validation_error(f"has a {open_brackets[-1]} that is not closed")
    first = value.lstrip("( ").split()[0] if value.strip("( ") else ""
    if first not in _TYPES:
        raise validation_error(
            f"must begin with a type of rule, such as IsComplete{close_to(first, _TYPES)}"
        )
    return value
