"""Grants that IAM or Lake Formation cannot honor are refused, with the key and the remedy."""

from pathlib import Path
from textwrap import dedent

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, check, write

LAYERS = """\
lakehouse:
  layers:
    - name: raw
    - name: curated
      ACCESS
      tags: {domain: sales}
      tables:
        - name: orders
          columns: [{name: id, type: long}, {name: country, type: string}]
        - name: prices
          columns: [{name: article, type: string}]
  table_buckets:
    - name: events
      namespaces: [{name: web, tables: [{name: clicks, columns: [{name: page, type: string}]}]}]
  catalog: {s3_tables: create}
"""
PERSONAS = """\
personas:
  analyst: {activities: [query_lakehouse]}
  loader: {activities: [write_lakehouse]}
  engineer: {activities: [query_lakehouse, write_lakehouse]}
"""
FILTER = "filters: [{name: de, layer: curated, table: orders, rows: \"country = 'DE'\"}]"


def text(permissions: str, *, access: str = "", more: str = "") -> str:
    """Return settings with permissions, access of the layer curated and further lines."""
    layers = LAYERS.replace("      ACCESS\n", f"      {access}\n" if access else "")
    lines = "".join(f"    {line}\n" for line in dedent(permissions).strip().splitlines())
    return f"{BASE}{layers}  permissions:\n    tags: {{domain: [sales]}}\n{lines}{more}{PERSONAS}"


def bad(id: str, permissions: str, path: str, got: str | None, right: str, **rest: str) -> Bad:
    return Bad(id, text(permissions, **rest), f"lakehouse.{path}", got, right)


CASES = [
    *(
        bad(
            f"access {access} of a layer that Lake Formation governs",
            "mode: lake_formation",
            "layers[1].access",
            f'"{access}"',
            right,
            access=f"access: {access} # HERE",
        )
        for access, right in (
            ("none", "has no effect in mode lake_formation, where only `permissions.grants` give"),
            ("read", "such as {personas: [data_scientist], layer: curated, access: read}"),
            ("read-write", "such as {personas: [data_scientist], layer: curated, access: write}"),
        )
    ),
    *(
        bad(
            f"hybrid shares of {what} with version 3",
            f"""
            mode: hybrid
            cross_account_version: 3 # HERE
            consumers: {{prod: "222222222222"}}
            shares: [{{consumers: [prod], {what}}}]
            """,
            "permissions.cross_account_version",
            "3",
            "must be 4 or 5 with shares in mode hybrid",
        )
        for what in ("layer: raw", "tags: {layer: [raw]}", "layer: curated, table: orders")
    ),
    bad(
        "defaults of the account in hybrid mode",
        """
        mode: hybrid
        close_account_defaults: true # HERE
        """,
        "permissions.close_account_defaults",
        "true",
        "has no effect in mode hybrid",
    ),
    *(
        bad(
            f"grant to a persona without an engine on {what}",
            f"grants: [{{personas: [loader], {what}}}] # HERE",
            "permissions.grants[0].personas[0]",
            '"loader"',
            "must be a persona with the activity query_lakehouse or run_glue_jobs",
        )
        for what in (
            "layer: raw",
            "layer: curated, table: orders, access: write",
            "tags: {domain: [sales]}",
        )
    ),
    bad(
        "filter that nothing uses",
        FILTER + " # HERE",
        "permissions.filters[0].name",
        '"de"',
        "must be used by a grant or a share. Add `filter: de` to one",
    ),
    bad(
        "filter that leaves no column",
        """
        filters: [{name: de, layer: curated, table: orders, excluded_columns: [id, country]}] # HERE
        grants: [{personas: [analyst], filter: de}]
        """,
        "permissions.filters[0].excluded_columns",
        '["id", "country"]',
        "must leave at least one column of orders. Remove a column",
    ),
    bad(
        "filter that names a column twice",
        """
        filters: [{name: de, layer: curated, table: orders, columns: [id, id]}] # HERE
        grants: [{personas: [analyst], filter: de}]
        """,
        "permissions.filters[0].columns",
        '["id", "id"]',
        "must name each column once",
    ),
    bad(
        "grant that leaves no column",
        """
        grants:
          - personas: [analyst]
            layer: curated
            table: prices
            excluded_columns: [article] # HERE
        """,
        "permissions.grants[0].excluded_columns",
        '["article"]',
        "must leave at least one column of prices. Remove a column",
    ),
    bad(
        "grant twice",
        """
        grants:
          - {personas: [analyst], layer: raw}
          - {personas: [analyst, loader], layer: raw, access: read} # HERE
        """,
        "permissions.grants[1].personas",
        '["analyst", "loader"]',
        "must not repeat an earlier grant to analyst. Remove analyst here",
    ),
    bad(
        "two consumers of one account",
        'consumers: {prod: "222222222222", live: "222222222222"} # HERE',
        "permissions.consumers.live",
        '"222222222222"',
        (
            "must differ from the account of prod, because Lake Formation supports one grant "
            "per account"
        ),
    ),
    *(
        bad(
            f"{what} for a persona that does not query",
            f"""
            {FILTER}
            grants:
              - {{personas: [analyst], filter: de}}
              - {{personas: [loader], {target}}} # HERE
            """,
            "permissions.grants[1].personas[0]",
            '"loader"',
            f"because only Athena honors {what}. Add the activity to loader",
        )
        for what, target in (
            ("filter", "filter: de"),
            ("columns", "layer: curated, table: orders, columns: [id]"),
            ("excluded_columns", "layer: curated, table: orders, excluded_columns: [id]"),
        )
    ),
    *(
        bad(
            f"filter next to {access} of {wide}",
            f"""
            {FILTER}
            grants:
              - {{personas: [analyst], {wide}, access: {access}}}
              - {{personas: [analyst], filter: de}} # HERE
            """,
            "permissions.grants[1].filter",
            '"de"',
            "does not limit analyst, because grants[0] gives analyst the whole table",
        )
        for access in ("read", "write")
        for wide in ("layer: curated", "layer: curated, table: orders", "tags: {domain: [sales]}")
    ),
    bad(
        "columns of a table bucket next to all of it",
        """
        grants:
          - personas: [analyst]
            table_bucket: events
            namespace: web
            table: clicks
            columns: [page] # HERE
          - {personas: [analyst], table_bucket: events}
        """,
        "permissions.grants[0].columns",
        '["page"]',
        "does not limit analyst, because grants[1] gives analyst the whole table",
    ),
    bad(
        "location without a database to create tables in",
        """
        locations: [{name: legacy, arn: "arn:aws:s3:::legacy"}]
        grants: [{personas: [engineer], location: legacy, access: write}] # HERE
        """,
        "permissions.grants[0].location",
        '"legacy"',
        "requires a database in which engineer may create tables. Add a grant",
    ),
    bad(
        "hybrid filter on a layer that IAM opens",
        f"""
        mode: hybrid
        {FILTER}
        grants: [{{personas: [analyst], filter: de}}] # HERE
        """,
        "permissions.grants[0].filter",
        '"de"',
        "by `access` of the layer. Set lakehouse.layers[1].access to none",
    ),
    bad(
        "hybrid filter for a persona that writes everywhere",
        f"""
        mode: hybrid
        {FILTER}
        grants: [{{personas: [engineer], filter: de}}] # HERE
        """,
        "permissions.grants[0].filter",
        '"de"',
        "by the activity write_lakehouse. Remove write_lakehouse from engineer",
        access="access: none",
    ),
    bad(
        "hybrid grant to describe what IAM lets read",
        """
        mode: hybrid
        grants: [{personas: [analyst], layer: curated, access: describe}] # HERE
        """,
        "permissions.grants[0].personas",
        '["analyst"]',
        "must not give analyst less than IAM does: in mode hybrid, analyst has read access",
        access="access: read",
    ),
    bad(
        "hybrid grant to read what IAM lets write",
        """
        mode: hybrid
        grants: [{personas: [analyst], layer: curated, table: orders}] # HERE
        """,
        "permissions.grants[0].personas",
        '["analyst"]',
        "analyst has write access to the files of curated",
        access="access: read-write",
    ),
    bad(
        "Spark of a persona with columns alone",
        "grants: [{personas: [analyst], layer: curated, table: orders, columns: [id]}]",
        "query.workgroups[0].engine",
        '"spark"',
        "requires a grant to analyst on whole tables",
        more="  query: {workgroups: [{name: w, personas: [analyst], engine: spark}]} # HERE\n",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_grant_that_does_not_mean_what_it_says(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


@pytest.mark.parametrize(
    ("permissions", "access"),
    [
        pytest.param(
            f"mode: hybrid\n{FILTER}\ngrants: [{{personas: [analyst], filter: de}}]",
            "access: none",
            id="hybrid filter on a layer that IAM keeps closed",
        ),
        pytest.param(
            "mode: hybrid\ngrants: [{personas: [analyst], layer: curated, access: write}]",
            "access: read",
            id="hybrid grant of more than IAM gives",
        ),
        pytest.param(
            f"{FILTER}\ngrants:\n- {{personas: [analyst], filter: de}}\n"
            "- {personas: [analyst], layer: curated, table: prices, access: write}",
            "",
            id="filter on one table and all of another",
        ),
        pytest.param(
            f"{FILTER}\ngrants:\n- {{personas: [analyst], filter: de}}\n"
            "- {personas: [analyst], layer: curated, access: describe}",
            "",
            id="filter on what is described",
        ),
        pytest.param("cross_account_version: 3", "", id="version 3 without shares"),
    ],
)
def test_grant_that_means_what_it_says(permissions: str, access: str, tmp_path: Path) -> None:
    file = write(tmp_path, text(permissions, access=access))

    assert load_environments(files=[file])
