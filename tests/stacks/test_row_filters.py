"""Row filters of Lake Formation: which conditions are accepted, and why others are refused."""

from pathlib import Path

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, faults, write

SETTINGS = """\
lakehouse:
  layers:
    - name: curated
      tables:
        - name: orders
          columns:
            - {name: id, type: long}
            - {name: country, type: string}
            - {name: amount, type: "decimal(12, 2)"}
            - {name: paid, type: boolean}
            - {name: ordered_on, type: date}
            - {name: value, type: int}
          added_columns: [channel]
  permissions:
    filters:
      - name: some
        layer: curated
        table: orders
        rows: >-
          ROWS
    grants: [{personas: [analyst], filter: some}]
personas:
  analyst: {activities: [query_lakehouse]}
"""


def settings(condition: str, folder: Path) -> str:
    return write(folder, BASE + SETTINGS.replace("ROWS", condition))


@pytest.mark.parametrize(
    "condition",
    [
        # Of AWS's guide, with other columns.
        "amount > 2010 and country != 'US'",
        "(amount > 2010 and country = 'US') or (id < 8 and id > 23)",
        "(country between 'Z' and 'U') and (id = 2018)",
        "(country like '%ited%') and (amount > 2000)",
        # Each operator, in other cases.
        "COUNTRY IN ('DE', 'FR')",
        "country NOT IN ('DE') AND NOT (paid = true)",
        "country not like 'D\\_%' escape '\\'",
        "country IS NOT NULL OR paid <> FALSE",
        "amount not between -1.5 and +2e3",
        "country = 'it''s (not) = a \"trap\" or id'",
        '"value" >= 3',
        "channel = 7 or channel = 'web'",
        "not country is null",
        "((id = 1))",
    ],
)
def test_a_condition_that_lake_formation_accepts(condition: str, tmp_path: Path) -> None:
    load_environments(files=[settings(condition, tmp_path)])


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("country = DE", "must compare country with a constant; got DE"),
        ('country = "DE"', "Put strings in single quotes"),
        ("country = channel", "Filters support neither other columns"),
        ("lower(country) = 'de'", "must not call functions; got lower"),
        ("country = lower('DE')", "got lower"),
        ("cast(id as int) = 1", "must not call functions; got cast"),
        ("'DE' = country", "must have the column on the left"),
        ("10 < amount", "must have the column on the left"),
        ("country = 'DE", "must end each string with a single quote"),
        ("country = 'DE' AND", "must have a column; got the end"),
        ("country = 'DE' country = 'FR'", "must join comparisons with AND or OR"),
        ("(country = 'DE'", "must have ); got the end"),
        ("country = 'DE')", "got ')' after a complete one"),
        ("country in 'DE'", "must have (; got"),
        ("country in ()", "must have a constant; got ')'"),
        ("country in ('DE',)", "must have a constant; got ')'"),
        ("country in (SELECT c FROM t)", "got SELECT"),
        ("id between 1", "must have AND; got the end"),
        ("country = null", "such as country IS NULL"),
        ("country is 'DE'", "must have NULL; got"),
        ("country not 'DE'", "must have IN, BETWEEN or LIKE after country"),
        ("country == 'DE'", "must have a constant; got '='"),
        ("country", "must have an operator such as =, IN or LIKE after country; got the end"),
        ("country = 5", "must compare country with a string, such as 'DE'; got 5"),
        ("id = '5'", "must compare id with a number, such as 10000; got '5'"),
        ("paid = 'yes'", "must compare paid with a boolean, such as true"),
        ("id like '1%'", "must use LIKE only with strings"),
        ("ordered_on > '2026-01-01'", "ordered_on is a date, which Lake Formation does not"),
        ("value = 3", 'must have "value" in double quotes'),
        ("counrty = 'DE'", "did you mean country"),
        ("id + 1 > 2", "is not part of such a condition"),
        ("country = 'DE'; drop table orders", "is not part of such a condition"),
        ("country = 'DE' -- all", "is not part of such a condition"),
        ("true", "names true, which is not a column"),
    ],
)
def test_a_condition_that_lake_formation_refuses(
    condition: str, message: str, tmp_path: Path
) -> None:
    [line] = faults(settings(condition, tmp_path))

    assert "permissions.filters[0].rows: got" in line
    assert message in line
