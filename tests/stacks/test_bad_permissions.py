"""Faults in who may do what on which data."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.bad_settings import BASE, Bad, check, faults, write

# What the faults are about.
LAKEHOUSE = """\
personas:
  data_scientist: {}
  quant: {activities: [run_studio_apps]}
lakehouse:
  layers:
    - name: raw
    - name: curated
      tables:
        - name: orders
          columns: [{name: id, type: long}, {name: country, type: string}]
          added_columns: [channel]
  table_buckets:
    - name: events
      namespaces:
        - name: web
          tables:
            - name: clicks
              columns: [{name: page, type: string}]
  catalog: {s3_tables: create}
  permissions:
    tags: {domain: [sales, hr]}
"""
ROLE = "arn:aws:iam::123456789012:role/a"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def permission(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add keys to permissions."""
    text = BASE + LAKEHOUSE + indent(dedent(lines).strip(), "    ") + "\n"
    return Bad(id, text, f"lakehouse.permissions.{path}", got, right)


def grant(id: str, target: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a grant to the data scientist."""
    line = f"grants: [{{personas: [data_scientist], {target}}}] # HERE"
    return permission(id, line, path=f"grants[0]{path and '.'}{path}", got=got, right=right)


def share(id: str, target: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a share with production."""
    lines = f"consumers: {{prod: '222222222222'}}\nshares: [{{consumers: [prod], {target}}}] # HERE"
    return permission(id, lines, path=f"shares[0].{path}", got=got, right=right)


def row_filter(id: str, keys: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a filter on orders."""
    line = f"filters: [{{name: some, layer: curated, table: orders, {keys}}}] # HERE"
    return permission(id, line, path=f"filters[0]{path and '.'}{path}", got=got, right=right)


def carrier(id: str, old: str, new: str, *, path: str, got: str | None, right: str) -> Bad:
    """Change what carries LF-tags."""
    assert LAKEHOUSE.count(old) == 1
    return Bad(id, BASE + LAKEHOUSE.replace(old, new), f"lakehouse.{path}", got, right)


PEOPLE = [
    permission(
        "grant to an unknown principal",
        "grants: [{personas: [data_scientst], layer: raw}] # HERE",
        path="grants[0].personas[0]",
        got='"data_scientst"',
        right="of Studio; did you mean data_scientist?",
    ),
    permission(
        "grant to a built-in persona without users",
        "grants: [{personas: [data_engineer], layer: raw}] # HERE",
        path="grants[0].personas[0]",
        got='"data_engineer"',
        right="or give it to a user of Studio",
    ),
    permission(
        "grant to a persona that cannot query",
        "grants: [{personas: [data_scientist, quant], layer: raw}] # HERE",
        path="grants[0].personas[1]",
        got='"quant"',
        right="must be a persona with the activity query_lakehouse or write_lakehouse",
    ),
    permission(
        "grant to a persona twice",
        "grants: [{personas: [data_scientist, data_scientist], layer: raw}] # HERE",
        path="grants[0].personas",
        got='["data_scientist", "data_scientist"]',
        right="must name each persona once",
    ),
    permission(
        "administrator that is no persona",
        "administrator_personas: [boss] # HERE",
        path="administrator_personas[0]",
        got='"boss"',
        right="must be a persona with a role here",
    ),
    permission(
        "administrator by name",
        "administrators: [data-steward] # HERE",
        path="administrators[0]",
        got='"data-steward"',
        right="must be the ARN of an IAM role or user",
    ),
    permission(
        "administrator twice",
        f"administrators: [{ROLE}, {ROLE}] # HERE",
        path="administrators",
        got=f'["{ROLE}", ',
        right="names one twice",
    ),
]

TAGS = [
    permission(
        "mode that is none",
        "mode: full # HERE",
        path="mode",
        got='"full"',
        right="must be one of lake_formation, hybrid",
    ),
    carrier(
        "LF-tag that there is of itself",
        "tags: {domain: [sales, hr]}",
        "tags: {layer: [raw]} # HERE",
        path="permissions.tags.layer",
        got='["raw"]',
        right="is reserved for the names of layers, and the platform adds it",
    ),
    carrier(
        "LF-tag in upper case",
        "tags: {domain: [sales, hr]}",
        "tags: {domain: [Sales]} # HERE",
        path="permissions.tags.domain[0]",
        got='"Sales"',
        right=(
            "must be 1 to 50 lower-case letters, digits, - and _, beginning with a letter or "
            "digit, because Lake Formation stores LF-tags in lower case"
        ),
    ),
    carrier(
        "LF-tag with a value twice",
        "tags: {domain: [sales, hr]}",
        "tags: {domain: [sales, sales]} # HERE",
        path="permissions.tags.domain",
        got='["sales", "sales"]',
        right="must have each value once",
    ),
    carrier(
        "namespace with an LF-tag that there is not",
        "        - name: web\n",
        "        - name: web\n          tags: {domains: sales} # HERE\n",
        path="table_buckets[0].namespaces[0].tags.domains",
        got='"domains"',
        right="must be a key of permissions.tags; did you mean domain?",
    ),
    carrier(
        "table of a table bucket with a value that no LF-tag has",
        "            - name: clicks\n",
        "            - name: clicks\n              tags: {domain: sale} # HERE\n",
        path="table_buckets[0].namespaces[0].tables[0].tags.domain",
        got='"sale"',
        right="must be a value of the LF-tag domain; did you mean sales?",
    ),
    carrier(
        "layer with an LF-tag that there is not",
        "    - name: raw\n",
        "    - name: raw\n      tags: {domains: sales} # HERE\n",
        path="layers[0].tags.domains",
        got='"domains"',
        right="must be a key of permissions.tags; did you mean domain?",
    ),
    carrier(
        "table with a value that there is not",
        "        - name: orders\n",
        "        - name: orders\n          tags: {domain: sale} # HERE\n",
        path="layers[1].tables[0].tags.domain",
        got='"sale"',
        right="must be a value of the LF-tag domain; did you mean sales?",
    ),
    carrier(
        "column with a value that there is not",
        "{name: country, type: string}]",
        "{name: country, type: string, tags: {domain: it}}] # HERE",
        path="layers[1].tables[0].columns[1].tags.domain",
        got='"it"',
        right="must be a value of the LF-tag domain; there are: sales, hr",
    ),
    Bad(
        "LF-tags without permissions",
        BASE + "lakehouse:\n  layers:\n    - name: raw\n      tags: {domain: sales} # HERE\n",
        "lakehouse.layers[0].tags",
        '{"domain": "sales"}',
        "are LF-tags, which require a `permissions` block",
    ),
    Bad(
        "table bucket without permissions",
        BASE
        + "lakehouse:\n  catalog: {s3_tables: create}\n  table_buckets: # HERE\n"
        + "    - {name: events, namespaces: [{name: web}]}\n",
        "lakehouse.table_buckets",
        '["events"]',
        "requires a `permissions` block: only Lake Formation grants access to s3tablescatalog",
    ),
]

TARGETS = [
    grant(
        "grant on nothing",
        "access: read",
        path="",
        got='{"personas": ["data_scientist"], "access": "read"}',
        right=(
            "must name data with exactly one of tags, layer, table_bucket, catalog, "
            "resource_link, location, filter"
        ),
    ),
    grant(
        "grant on two things",
        "layer: raw, table_bucket: events",
        path="",
        got='{"personas": ["data_scientist"], "layer": "raw"',
        right="there are layer and table_bucket",
    ),
    grant(
        "grant on a layer that there is not",
        "layer: row",
        path="layer",
        got='"row"',
        right="must be a layer of the lakehouse; did you mean raw?",
    ),
    grant(
        "grant on a table that is not declared",
        "layer: curated, table: order",
        path="table",
        got='"order"',
        right="must be a table that curated declares; did you mean orders?",
    ),
    grant(
        "grant on a column that there is not",
        "layer: curated, table: orders, columns: [id, county]",
        path="columns[1]",
        got='"county"',
        right="must be a column of orders; did you mean country?",
    ),
    grant(
        "columns of no table",
        "layer: curated, columns: [id]",
        path="columns",
        got='["id"]',
        right="requires table",
    ),
    grant(
        "columns to write",
        "layer: curated, table: orders, columns: [id], access: write",
        path="access",
        got='"write"',
        right="must be read or describe, because columns can only be read",
    ),
    grant(
        "columns and others",
        "layer: curated, table: orders, columns: [id], excluded_columns: [country]",
        path="excluded_columns",
        got='["country"]',
        right="must not be combined with columns. Remove one of them",
    ),
    grant(
        "grant on a namespace that there is not",
        "table_bucket: events, namespace: wep",
        path="namespace",
        got='"wep"',
        right="must be a namespace of the table bucket; did you mean web?",
    ),
    grant(
        "grant on a table bucket that there is not",
        "table_bucket: event",
        path="table_bucket",
        got='"event"',
        right="must be a table bucket of the lakehouse; did you mean events?",
    ),
    grant(
        "grant on a tag value that there is not",
        "tags: {domain: [sales, legal]}",
        path="tags.domain",
        got='["sales", "legal"]',
        right="must be a value of the LF-tag domain; there are: sales, hr",
    ),
    grant(
        "grant on a layer's tag that there is not",
        "tags: {layer: [gold]}",
        path="tags.layer",
        got='["gold"]',
        right="must be a value of the LF-tag layer; there are: raw, curated",
    ),
    grant(
        "grant of a filter that there is not",
        "filter: europe",
        path="filter",
        got='"europe"',
        right="must be a filter that is declared",
    ),
    grant(
        "reading a location",
        "location: legacy",
        path="access",
        got='"read"',
        right="must be write, because a location is for creating tables",
    ),
    grant(
        "grant on a catalog that there is not",
        "catalog: warehouse, database: public",
        path="catalog",
        got='"warehouse"',
        right="must be a catalog of the environment: name a connection of sources",
    ),
    grant(
        "grant on all of a catalog",
        "catalog: shop",
        path="catalog",
        got='"shop"',
        right="requires database, because the platform does not know the contents of the catalog",
    ),
    grant(
        "writing data elsewhere",
        "catalog: shop, database: public, access: write",
        path="access",
        got='"write"',
        right="must be read or describe",
    ),
    row_filter(
        "condition without a column",
        "rows: '*'",
        path="rows",
        got='"*"',
        right="must compare columns with constants",
    ),
    row_filter(
        "filter on a column that there is not",
        "rows: \"region = 'EMEA'\"",
        path="rows",
        got="\"region = 'EMEA'\"",
        right="names region, which is not a column of the table",
    ),
    row_filter(
        "filter that excludes a column that there is not",
        "excluded_columns: [email]",
        path="excluded_columns[0]",
        got='"email"',
        right="must be a column of orders",
    ),
    row_filter(
        "filter without a filter",
        "",
        path="",
        got='{"name": "some"',
        right="must have rows, columns or excluded_columns",
    ),
    permission(
        "filter twice",
        """
        filters:
          - {name: some, layer: curated, table: orders, columns: [id]}
          - {name: some, layer: curated, table: orders, columns: [id]} # HERE
        """,
        path="filters[1].name",
        got='"some"',
        right="must be unique: an earlier filter has the same name",
    ),
]

LOCATIONS = [
    permission(
        "locations that overlap",
        """
        locations:
          - {name: all, arn: "arn:aws:s3:::legacy"}
          - {name: some, arn: "arn:aws:s3:::legacy/2020"} # HERE
        """,
        path="locations[1].arn",
        got='"arn:aws:s3:::legacy/2020"',
        right="overlaps arn:aws:s3:::legacy of all",
    ),
    permission(
        "locations that overlap the other way",
        """
        locations:
          - {name: some, arn: "arn:aws:s3:::legacy/2020"}
          - {name: all, arn: "arn:aws:s3:::legacy"} # HERE
        """,
        path="locations[1].arn",
        got='"arn:aws:s3:::legacy"',
        right="overlaps arn:aws:s3:::legacy/2020 of some",
    ),
    permission(
        "location by its URI",
        "locations: [{name: legacy, arn: 's3://legacy/2020'}] # HERE",
        path="locations[0].arn",
        got='"s3://legacy/2020"',
        right="must be the ARN of a bucket, or of a folder in it without / at the end",
    ),
    permission(
        "location with the key of another region",
        f"locations: [{{name: legacy, arn: 'arn:aws:s3:::legacy', key_arn: '{KEY}'}}] # HERE",
        path="locations[0].key_arn",
        got=f'"{KEY}"',
        right="must be in eu-west-1, as the environment is",
    ),
]

SHARES = [
    permission(
        "share with an unknown principal",
        """
        consumers: {prod: "222222222222"}
        shares: [{consumers: [prd], layer: raw}] # HERE
        """,
        path="shares[0].consumers[0]",
        got='"prd"',
        right="must be a name in consumers; did you mean prod?",
    ),
    permission(
        "share with oneself",
        'consumers: {prod: "123456789012"} # HERE',
        path="consumers.prod",
        got='"123456789012"',
        right="must be another account. In this account, grant to personas",
    ),
    share(
        "share of a table bucket",
        "table_bucket: events",
        path="table_bucket",
        got=None,
        right="no such key",
    ),
    share(
        "share to write",
        "layer: raw, access: write",
        path="access",
        got='"write"',
        right="must be one of describe, read",
    ),
    permission(
        "version of sharing that there is not",
        "cross_account_version: 2 # HERE",
        path="cross_account_version",
        got="2",
        right="must be one of 3, 4, 5",
    ),
]


def workgroup(id: str, keys: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a workgroup."""
    given = keys if "personas" in keys else f"personas: [data_scientist], {keys}"
    text = f"{BASE}{LAKEHOUSE}  query: {{workgroups: [{{name: team, {given}}}]}} # HERE\n"
    return Bad(id, text, f"lakehouse.query.workgroups[0].{path}", got, right)


WORKGROUPS = [
    Bad(
        "writer of a table bucket without a workgroup",
        BASE
        + LAKEHOUSE.replace("personas:\n", "personas:\n  loader: {activities: [write_lakehouse]}\n")
        + "    grants:\n      - access: write\n        table_bucket: events\n"
        + "        personas: [loader] # HERE\n",
        "lakehouse.permissions.grants[0].personas[0]",
        '"loader"',
        "Add query_lakehouse to personas.loader.activities",
    ),
    workgroup(
        "workgroup of an unknown principal",
        "personas: [analyst]",
        path="personas[0]",
        got='"analyst"',
        right="must be a persona with a role here",
    ),
    workgroup(
        "workgroup of a persona that cannot query",
        "personas: [quant]",
        path="personas[0]",
        got='"quant"',
        right="must be a persona with the activity query_lakehouse or write_lakehouse",
    ),
    workgroup(
        "Spark of two personas",
        "engine: spark, personas: [data_scientist, quant]",
        path="personas",
        got='["data_scientist", "quant"]',
        right="must be one persona",
    ),
    workgroup(
        "results that two personas read",
        "personas: [data_scientist, quant]",
        path="personas",
        got='["data_scientist", "quant"]',
        right="the users of a workgroup read the results of all its queries",
    ),
    Bad(
        "workgroup with the name of a persona",
        BASE
        + LAKEHOUSE.replace("personas:\n", "personas:\n  reader: {activities: [query_lakehouse]}\n")
        + "  query:\n    workgroups:\n      - name: reader # HERE\n        personas: [reader]\n",
        "lakehouse.query.workgroups[0].name",
        '"reader"',
        "must not be the name of the workgroup of the persona reader, base-reader",
    ),
    workgroup(
        "limit of a scan by Spark",
        "engine: spark, scan_limit_gib: 10",
        path="scan_limit_gib",
        got="10",
        right="applies only to SQL, because Athena does not limit scans of Spark",
    ),
    workgroup(
        "Spark without a bucket",
        "engine: spark, results: managed",
        path="results",
        got='"managed"',
        right="applies only to SQL, because Spark needs a bucket",
    ),
    workgroup(
        "days of results that Athena keeps",
        "results: managed, result_days: 7",
        path="result_days",
        got="7",
        right=(
            "applies only to results in a bucket, because Athena's managed storage keeps "
            "results for a day"
        ),
    ),
    Bad(
        "workgroup twice",
        BASE
        + LAKEHOUSE
        + "  query:\n    workgroups:\n      - {name: a-b, personas: [data_scientist]}\n"
        + "      - {name: ab, personas: [data_scientist]} # HERE\n",
        "lakehouse.query.workgroups[1].name",
        '"ab"',
        "must be unique: an earlier workgroup has the same name if hyphens are ignored",
    ),
    Bad(
        "more workgroups than the policy of a persona takes",
        BASE
        + LAKEHOUSE
        + "  query:\n    workgroups:\n"
        + "".join(f"      - {{name: w{n}, personas: [data_scientist]}}\n" for n in range(5))
        + "      - {name: w5, personas: [data_scientist]} # HERE\n",
        "lakehouse.query.workgroups[5].personas",
        '["data_scientist"]',
        "must name a persona with at most 5 workgroups; data_scientist has that many already",
    ),
    Bad(
        "workgroup of a persona that has ten policies",
        BASE
        + LAKEHOUSE.replace(
            "personas:\n",
            "personas:\n  full: # HERE\n    activities: [query_lakehouse, write_lakehouse]\n"
            "    managed_policies: [a, b, c, d, e, f, g, h]\n",
        )
        + "  query: {workgroups: [{name: w, personas: [full]}]}\n",
        "personas.full",
        '"full"',
        "needs 11 managed policies",
    ),
]


@pytest.mark.parametrize(
    "bad", [*PEOPLE, *TAGS, *TARGETS, *LOCATIONS, *SHARES, *WORKGROUPS], ids=lambda bad: bad.id
)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_two_environments_make_the_same_workgroup(tmp_path: Path) -> None:
    """The parts of a name join to the same whole: ml + eu, and ml-eu itself."""
    of_ml = LAKEHOUSE[: LAKEHOUSE.index("  table_buckets:")] + (
        "  query: {workgroups: [{name: eu, personas: [data_scientist]}]}\n"
    )
    one = write(tmp_path, BASE.replace("base", "ml") + of_ml, "ml")
    two = BASE.replace("base", "ml-eu").replace("10.0.", "10.1.") + "lakehouse: {}\n"
    other = write(tmp_path, two, "ml-eu")

    assert faults(one, other) == [
        f'{other}:1: name: got "ml-eu"; must be unique: {one} also '
        f"creates the Athena workgroup ml-eu in the same account and region"
    ]


def test_two_environments_use_the_same_tag(tmp_path: Path) -> None:
    """A grant in one would hold in the other."""
    text = "lakehouse: {permissions: {tags: {TAG: [x]}}}\n"
    one = write(tmp_path, BASE.replace("base", "ml") + text.replace("TAG", "eu-domain"), "ml")
    two = BASE.replace("base", "ml-eu").replace("10.0.", "10.1.") + text.replace("TAG", "domain")
    other = write(tmp_path, two, "ml-eu")

    [fault] = faults(one, other)
    assert "creates the LF-tag ml-eu-domain in" in fault
