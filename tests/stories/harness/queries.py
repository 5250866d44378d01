"""What SQL reads and writes, as far as stories use it, for the facts of a query."""

import re
from collections.abc import Mapping
from typing import Any

_NAME = r'(?:"?[\w-]+"?\.)?"?\w+"?'
_READS = re.compile(rf"\b(?:FROM|JOIN)\s+({_NAME})", re.IGNORECASE)
_WRITES = re.compile(rf"\b(?:INSERT\s+INTO|UPDATE|MERGE\s+INTO)\s+({_NAME})", re.IGNORECASE)
_CREATES = re.compile(
    rf"\bCREATE\s+(?:EXTERNAL\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?({_NAME})", re.IGNORECASE
)
# Plain names of columns, of one table.
_COLUMNS = re.compile(r"^\s*SELECT\s+(\w+(?:\s*,\s*\w+)*)\s+FROM\s", re.IGNORECASE)


def facts_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of `StartQueryExecution`: tables by what the query does with them."""
    sql = parameters["QueryString"]
    database = parameters.get("QueryExecutionContext", {}).get("Database", "default")

    def tables(pattern: re.Pattern[str]) -> list[str]:
        found = [name.replace('"', "") for name in pattern.findall(sql)]
        return [name if "." in name else f"{database}.{name}" for name in found]

    facts: dict[str, Any] = {
        name: found
        for name, pattern in (("reads", _READS), ("writes", _WRITES), ("creates", _CREATES))
        if (found := tables(pattern))
    }
    if (columns := _COLUMNS.match(sql)) and len(facts.get("reads", ())) == 1:
        facts["columns"] = re.split(r"\s*,\s*", columns[1])
    if "ICEBERG" in sql.upper():
        facts["format"] = "iceberg"
    return facts
