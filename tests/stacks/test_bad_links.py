"""Resource links and grants on them that cannot work are refused, with the key and the remedy."""

from pathlib import Path
from textwrap import dedent

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, check, write
from tests.support import block_of

LINK = 'name: sales, account: "222222222222", database: prod_curated'
GRANT = "{personas: [analyst], resource_link: sales}"
PERSONAS = """\
personas:
  analyst: {activities: [query_lakehouse]}
  loader: {activities: [write_lakehouse]}
  engineer: {activities: [query_lakehouse, write_lakehouse]}
"""


def text(grants: str = GRANT, *, links: str = f"[{{{LINK}}}]", more: str = "") -> str:
    lines = "".join(f"      - {line}\n" for line in dedent(grants).strip().splitlines())
    return (
        f"{BASE}lakehouse:\n  resource_links: {links}\n  permissions:\n    grants:\n{lines}"
        f"{more}{PERSONAS}"
    )


def bad(id: str, path: str, got: str | None, right: str, **settings: str) -> Bad:
    return Bad(id, text(**settings), f"lakehouse.{path}", got, right)


def granted(id: str, grant: str, path: str, got: str, right: str) -> Bad:
    """A grant that is refused, after one that is right."""
    grants = f"{GRANT}\n{grant} # HERE" if "filter" in id else f"{grant} # HERE\n{GRANT}"
    number = 1 if "filter" in id else 0
    return bad(id, f"permissions.grants[{number}].{path}", got, right, grants=grants)


CASES = [
    bad(
        "own account",
        "resource_links[0].account",
        '"123456789012"',
        "must be another account, because links are for databases that other accounts share",
        links='[{name: sales, account: "123456789012", database: prod_curated}] # HERE',
    ),
    bad(
        "name of a layer",
        "resource_links[0].name",
        '"raw"',
        "must not be the name of the layer raw",
        links='[{name: raw, account: "222222222222", database: prod_curated}] # HERE',
        grants="{personas: [analyst], resource_link: raw}",
    ),
    bad(
        "name of a link, with a hyphen",
        "resource_links[1].name",
        '"sa-les"',
        "must differ from the earlier link sales",
        links=f'[{{{LINK}}}, {{name: sa-les, account: "222222222222", database: other}}] # HERE',
        grants=f"{GRANT}\n{{personas: [analyst], resource_link: sa-les}}",
    ),
    bad(
        "name of a link",
        "resource_links[1].name",
        '"sales"',
        "must differ from the earlier link sales",
        links=f'[{{{LINK}}}, {{name: sales, account: "222222222222", database: other}}] # HERE',
    ),
    bad(
        "database with a link",
        "resource_links[1].database",
        '"prod_curated"',
        "must be linked once, but sales is also a link to it",
        links=f"[{{{LINK}}}, {{{LINK.replace('sales', 'more')}}}] # HERE",
        grants=f"{GRANT}\n{{personas: [analyst], resource_link: more}}",
    ),
    bad(
        "link that no grant names",
        "resource_links[0].name",
        '"sales"',
        "must be in a grant, because otherwise no persona can query it",
        links=f"[{{{LINK}}}] # HERE",
        grants="{personas: [analyst], layer: raw}",
    ),
    Bad(
        "link without Lake Formation",
        f"{BASE}lakehouse:\n  resource_links: [{{{LINK}}}] # HERE\n",
        "lakehouse.resource_links",
        '["sales"]',
        "requires a `permissions` block, because only Lake Formation grants",
    ),
    granted(
        "unknown link",
        "{personas: [analyst], resource_link: sale}",
        "resource_link",
        '"sale"',
        "must be a resource link of the lakehouse",
    ),
    granted(
        "write",
        "{personas: [engineer], resource_link: sales, access: write}",
        "access",
        '"write"',
        "must be read or describe, because other accounts share no more",
    ),
    granted(
        "persona that does not query",
        "{personas: [loader], resource_link: sales}",
        "personas[0]",
        '"loader"',
        "because only Athena honors resource_link. Add the activity to loader",
    ),
    granted(
        "columns without a table",
        "{personas: [analyst], resource_link: sales, columns: [a]}",
        "columns",
        '["a"]',
        "requires table",
    ),
    granted(
        "filter without a table",
        "{personas: [engineer], resource_link: sales, filter: europe}",
        "filter",
        '"europe"',
        "requires table",
    ),
    granted(
        "filter with columns",
        "{personas: [engineer], resource_link: sales, table: t, filter: f, columns: [a]}",
        "filter",
        '"f"',
        "must not be combined with columns, because the filter has columns",
    ),
    granted(
        "filter of a table that another grant gives as a whole",
        "{personas: [analyst], resource_link: sales, table: orders, filter: europe}",
        "filter",
        '"europe"',
        "does not limit analyst, because grants[0] gives analyst the whole table",
    ),
    bad(
        "Spark of a persona that has only what other accounts share",
        "query.workgroups[0].engine",
        '"spark"',
        "requires a grant to analyst on whole tables of this account",
        more="  query:\n    workgroups:\n      - name: spark\n        personas: [analyst]\n"
        "        engine: spark # HERE\n",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_link_that_cannot_work_is_refused(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.parametrize("mode", ["lake_formation", "hybrid"])
def test_links_are_for_both_modes(mode: str, tmp_path: Path) -> None:
    grants = f"{GRANT}\n{{personas: [engineer], resource_link: sales, table: t, filter: f}}"
    file = write(tmp_path, text(grants, more=f"    mode: {mode}\n"))

    [settings] = load_environments(files=[file])

    assert [link.hybrid for link in block_of(settings, "lakehouse").resource_links] == [False]
