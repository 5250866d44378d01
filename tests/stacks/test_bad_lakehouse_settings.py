"""Faults in the settings of the lakehouse."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.bad_settings import BASE, Bad, check, faults, write

KEY = "arn:aws:kms:eu-central-1:555555555555:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def lakehouse(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a lakehouse with nothing but these keys."""
    text = f"{BASE}lakehouse:\n{indent(dedent(lines).strip(), '  ')}\n"
    return Bad(id, text, f"lakehouse.{path}" if path else "lakehouse", got, right)


def layer(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a layer with a name and these keys."""
    block = "layers:\n  - name: raw\n" + indent(dedent(lines).strip(), "    ")
    return lakehouse(id, block, path=f"layers[0].{path}", got=got, right=right)


def table(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a table to a layer; without columns of its own it has three."""
    body = dedent(lines).strip()
    if "columns:" not in body.replace("added_columns:", ""):
        body += (
            "\ncolumns:\n  - {name: id, type: long}\n  - {name: at, type: timestamp}\n"
            "  - {name: amount, type: 'decimal(9, 2)'}"
        )
    if "name:" not in [line[:5] for line in body.splitlines()]:
        body = f"name: orders\n{body}"
    block = "tables:\n  -\n" + indent(body, "    ")
    return layer(id, block, path=f"tables[0].{path}", got=got, right=right)


def column(id: str, lines: str, *, key: str, got: str | None, right: str) -> Bad:
    """Add a table of one column."""
    return table(id, f"columns:\n  - {lines}", path=f"columns[0].{key}", got=got, right=right)


def s3_table(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a table bucket with one table of these keys."""
    block = (
        "permissions: {}\ncatalog: {s3_tables: create}\ntable_buckets:\n  - name: events\n"
        "    namespaces:\n      - name: web\n        tables:\n          - name: clicks\n"
    )
    at = f"table_buckets[0].namespaces[0].tables[0].{path}"
    block += indent(dedent(lines).strip(), " " * 12)
    return lakehouse(id, block, path=at, got=got, right=right)


def s3_column(id: str, type_name: str, *, right: str) -> Bad:
    """Add a table bucket with a table of one column."""
    lines = f'columns: [{{name: it, type: "{type_name}"}}] # HERE'
    return s3_table(id, lines, path="columns[0].type", got=f'"{type_name}"', right=right)


STORAGE = [
    layer(
        "archive without Intelligent-Tiering",
        "lifecycle: {archive_days: 90} # HERE",
        path="lifecycle.archive_days",
        got="90",
        right=(
            "requires intelligent_tiering_days, because it is a tier of Intelligent-Tiering. Add it"
        ),
    ),
    layer(
        "deep archive before the archive",
        """
        lifecycle:
          intelligent_tiering_days: 0
          archive_days: 365
          deep_archive_days: 180 # HERE
        """,
        path="lifecycle.deep_archive_days",
        got="180",
        right="must be more than archive_days (365)",
    ),
    layer(
        "two ways to move objects",
        """
        lifecycle:
          intelligent_tiering_days: 0
          infrequent_access_days: 30 # HERE
        """,
        path="lifecycle.infrequent_access_days",
        got="30",
        right=(
            "must not be combined with intelligent_tiering_days, which moves objects automatically"
        ),
    ),
    layer(
        "Standard-IA too early",
        "lifecycle: {infrequent_access_days: 29} # HERE",
        path="lifecycle.infrequent_access_days",
        got="29",
        right="must be at least 30",
    ),
    layer(
        "Glacier too soon after Standard-IA",
        """
        lifecycle:
          infrequent_access_days: 30
          glacier_instant_retrieval_days: 59 # HERE
        """,
        path="lifecycle.glacier_instant_retrieval_days",
        got="59",
        right="must be at least 60",
    ),
    layer(
        "moved after it is gone",
        """
        lifecycle:
          infrequent_access_days: 90 # HERE
          expiration_days: 90
        """,
        path="lifecycle.infrequent_access_days",
        got="90",
        right="must be less than expiration_days (90)",
    ),
    layer(
        "files that expire under a table",
        """
        lifecycle:
          expiration_days: 90 # HERE
        tables:
          - name: orders
            columns: [{name: id, type: long}]
        """,
        path="lifecycle.expiration_days",
        got="90",
        right=(
            "must be omitted in a layer with Iceberg tables, because it deletes their files "
            "and breaks them"
        ),
    ),
    layer(
        "files that are archived under a table",
        """
        lifecycle:
          intelligent_tiering_days: 0
          archive_days: 90 # HERE
        tables:
          - name: orders
            columns: [{name: id, type: long}]
        """,
        path="lifecycle.archive_days",
        got="90",
        right=(
            "must be omitted in a layer with Iceberg tables, because it deletes their files "
            "and breaks them"
        ),
    ),
    layer(
        "copies to the name of a bucket",
        f"""
        replication:
          bucket_arn: copies # HERE
          account: "555555555555"
          region: eu-central-1
          key_arn: {KEY}
        """,
        path="replication.bucket_arn",
        got='"copies"',
        right="must be the ARN of a bucket, such as arn:aws:s3:::prod-copies",
    ),
    layer(
        "copies with the key of another region",
        f"""
        replication:
          bucket_arn: arn:aws:s3:::copies
          account: "555555555555"
          region: eu-west-2
          key_arn: {KEY} # HERE
        """,
        path="replication.key_arn",
        got=f'"{KEY}"',
        right="must be in eu-west-2, the region of the copies",
    ),
]

TABLES = [
    table(
        "table with a hyphen",
        "name: web-orders # HERE",
        path="name",
        got='"web-orders"',
        right="lower-case letters, digits and underscores",
    ),
    table(
        "table that ends with an underscore",
        "name: orders_ # HERE",
        path="name",
        got='"orders_"',
        right="beginning and ending with a letter or digit",
    ),
    layer(
        "table twice",
        """
        tables:
          - name: orders
            columns: [{name: id, type: long}]
          - name: orders # HERE
            columns: [{name: id, type: long}]
        """,
        path="tables[1].name",
        got='"orders"',
        right="must be unique: an earlier table of the layer has the same name",
    ),
    table(
        "table without columns",
        "columns: [] # HERE",
        path="columns",
        got="[]",
        right="must have at least 1 entries",
    ),
    column(
        "column in upper case",
        "{name: orderId, type: long} # HERE",
        key="name",
        got='"orderId"',
        right=(
            "must be lower-case letters, digits and underscores, not beginning with a digit, "
            "because Glue and Lake Formation support only lower case"
        ),
    ),
    column(
        "column that Iceberg has itself",
        "{name: _file, type: string} # HERE",
        key="name",
        got='"_file"',
        right="is a metadata column of every Iceberg table",
    ),
    column(
        "type of SQL",
        "{name: id, type: bigint} # HERE",
        key="type",
        got='"bigint"',
        right="must be a type of Iceberg, which calls bigint long",
    ),
    column(
        "type of SQL with a length",
        "{name: id, type: varchar(20)} # HERE",
        key="type",
        got='"varchar(20)"',
        right="must be a type of Iceberg, which calls varchar string",
    ),
    column(
        "type with a typing error",
        "{name: id, type: timestmp} # HERE",
        key="type",
        got='"timestmp"',
        right="must be a type of Iceberg; did you mean timestamp",
    ),
    column(
        "nested type",
        "{name: items, type: list<string>} # HERE",
        key="type",
        got='"list<string>"',
        right=(
            "must not be a nested type, which CloudFormation supports only in tables of table "
            "buckets"
        ),
    ),
    column(
        "decimal without digits",
        "{name: amount, type: decimal} # HERE",
        key="type",
        got='"decimal"',
        right="must give precision and scale, such as decimal(12, 2)",
    ),
    column(
        "decimal with too many digits",
        "{name: amount, type: 'decimal(39, 2)'} # HERE",
        key="type",
        got='"decimal(39, 2)"',
        right="must have a precision from 1 to 38",
    ),
    column(
        "decimal that is all fraction",
        "{name: amount, type: 'decimal(4, 5)'} # HERE",
        key="type",
        got='"decimal(4, 5)"',
        right="must have a scale of at most the precision",
    ),
    table(
        "column twice",
        """
        columns:
          - {name: id, type: long}
          - {name: id, type: string} # HERE
        """,
        path="columns[1].name",
        got='"id"',
        right="must be unique: an earlier column has the same name",
    ),
    table(
        "added column that was there before",
        "added_columns: [channel, id] # HERE",
        path="added_columns[1]",
        got='"id"',
        right="must be unique: an earlier column has the same name",
    ),
    table(
        "partition by a column that is not there",
        "partition_by: [{column: att}] # HERE",
        path="partition_by[0].column",
        got='"att"',
        right="must be a column of orders; did you mean at?",
    ),
    table(
        "hours of a number",
        "partition_by: [{column: id, transform: hour}] # HERE",
        path="partition_by[0].transform",
        got='"hour"',
        right="must not have type long, because Iceberg applies hour to timestamp, timestamptz",
    ),
    table(
        "buckets without a number",
        "partition_by: [{column: id, transform: bucket}] # HERE",
        path="partition_by[0]",
        got='{"column": "id", "transform": "bucket"}',
        right="requires a width for bucket: the number of buckets, or the length of the prefix",
    ),
    table(
        "days with a width",
        "partition_by: [{column: at, transform: day, width: 2}] # HERE",
        path="partition_by[0].width",
        got="2",
        right="must be omitted with day. Remove the line",
    ),
    table(
        "partition twice",
        "partition_by: [{column: at, transform: day}, {column: at, transform: day}] # HERE",
        path="partition_by[1].column",
        got='"at"',
        right="must be unique: an earlier field partitions by at_day",
    ),
    table(
        "partition field like a column",
        """
        columns: [{name: at, type: date}, {name: at_day, type: date}]
        partition_by: [{column: at, transform: day}] # HERE
        """,
        path="partition_by[0].column",
        got='"at"',
        right="creates the partition field at_day, which is also a column",
    ),
    table(
        "order by a column that is not there",
        "sort_by: [{column: when}] # HERE",
        path="sort_by[0].column",
        got='"when"',
        right="must be a column of orders",
    ),
    table(
        "sorting without an order",
        "optimizers: {compaction: {strategy: z-order}} # HERE",
        path="optimizers.compaction.strategy",
        got='"z-order"',
        right="requires sort_by, the order of rows. Add it",
    ),
]

TABLE_BUCKETS = [
    lakehouse(
        "table bucket without a catalog",
        "table_buckets: [{name: events, namespaces: [{name: web}]}] # HERE",
        path="table_buckets",
        got='["events"]',
        right=(
            "requires catalog.s3_tables: `create` if this environment creates the account's "
            "s3tablescatalog, or `exists`"
        ),
    ),
    lakehouse(
        "catalog without a table bucket",
        "catalog: {s3_tables: create} # HERE",
        path="catalog",
        got=None,
        right="requires table_buckets",
    ),
    lakehouse(
        "role of a catalog that is made",
        """
        table_buckets: [{name: events, namespaces: [{name: web}]}]
        catalog:
          s3_tables: create
          s3_tables_role: theirs # HERE
        """,
        path="catalog.s3_tables_role",
        got='"theirs"',
        right=(
            "must be omitted, because the platform creates the role with the catalog. Remove "
            "the line"
        ),
    ),
    lakehouse(
        "catalog that exists, without its role",
        """
        table_buckets: [{name: events, namespaces: [{name: web}]}]
        catalog: {s3_tables: exists} # HERE
        """,
        path="catalog.s3_tables",
        got='"exists"',
        right=(
            "requires s3_tables_role, the role with which Lake Formation reads table buckets, "
            "so that it can use this environment's key"
        ),
    ),
    lakehouse(
        "namespace with a prefix of AWS",
        """
        catalog: {s3_tables: create}
        table_buckets:
          - name: events
            namespaces: [{name: aws_s3_metadata}] # HERE
        """,
        path="table_buckets[0].namespaces[0].name",
        got='"aws_s3_metadata"',
        right="must not begin with aws, which S3 Tables reserves",
    ),
    lakehouse(
        "namespace twice",
        """
        catalog: {s3_tables: create}
        table_buckets:
          - name: events
            namespaces: [{name: web}, {name: web}] # HERE
        """,
        path="table_buckets[0].namespaces[1].name",
        got='"web"',
        right="must be unique: an earlier namespace of the table bucket has the same name",
    ),
    lakehouse(
        "table bucket twice",
        """
        catalog: {s3_tables: create}
        table_buckets:
          - {name: events, namespaces: [{name: web}]}
          - {name: events, namespaces: [{name: web}]} # HERE
        """,
        path="table_buckets[1].name",
        got='"events"',
        right="must be unique: an earlier table bucket has the same name if hyphens are ignored",
    ),
    lakehouse(
        "files too small to compact to",
        """
        catalog: {s3_tables: create}
        table_buckets:
          - name: events
            namespaces:
              - name: web
                tables:
                  - name: clicks
                    columns: [{name: id, type: long}]
                    target_file_size_mib: 32 # HERE
        """,
        path="table_buckets[0].namespaces[0].tables[0].target_file_size_mib",
        got="32",
        right="must be at least 64",
    ),
]


REPLICA = "table_bucket_arn: arn:aws:s3tables:eu-central-1:555555555555:bucket/copies"


def replicas(id: str, *lines: str, path: str, got: str, right: str) -> Bad:
    """Add a table bucket with these replicas."""
    block = (
        "permissions: {}\ncatalog: {s3_tables: create}\ntable_buckets:\n  - name: events\n"
        "    namespaces: [{name: web}]\n    replicas:\n"
    )
    block += "\n".join(f"      - {{{line}}}" for line in lines) + " # HERE"
    at = f"table_buckets[0].replicas[{len(lines) - 1}].{path}"
    return lakehouse(id, block, path=at, got=got, right=right)


REPLICAS = [
    replicas(
        "replica in a bucket of another kind",
        f"table_bucket_arn: 'arn:aws:s3:::copies', key_arn: '{KEY}'",
        path="table_bucket_arn",
        got='"arn:aws:s3:::copies"',
        right="must be the ARN of a table bucket",
    ),
    replicas(
        "replica with a key of another region",
        f"{REPLICA}, key_arn: '{KEY.replace('eu-central-1', 'eu-west-1')}'",
        path="key_arn",
        got=f'"{KEY.replace("eu-central-1", "eu-west-1")}"',
        right="must be in eu-central-1, the region of the copies",
    ),
    replicas(
        "replica twice",
        f"{REPLICA}, key_arn: '{KEY}'",
        f"{REPLICA}, key_arn: '{KEY}'",
        path="table_bucket_arn",
        got='"arn:aws:s3tables:eu-central-1:555555555555:bucket/copies"',
        right="must be unique: an earlier replica has the same name",
    ),
]
NESTED = [
    s3_column("list of nothing", "list", right="must say what is within"),
    s3_column(
        "list of two types",
        "list<int, int>",
        right="must have 1 inner types, such as list<string>; got 2",
    ),
    s3_column("map without values", "map<string>", right="such as map<string, long>"),
    s3_column(
        "list of a type that is none",
        "list<strng>",
        right="must be a type of Iceberg; did you mean string",
    ),
    s3_column("array", "array<int>", right="which calls array list<...>"),
    s3_column(
        "struct as in Spark",
        "struct<Street string>",
        right="has a field 'Street string': fields of a struct are written name: type",
    ),
    s3_column(
        "field of a struct twice",
        "struct<x: int, y: list<int>, x: long>",
        right="has the field x twice",
    ),
    s3_column(
        "digits deep inside",
        "map<string, struct<amount: decimal(39, 2)>>",
        right="must have a precision from 1 to 38",
    ),
    s3_table(
        "partition by a list",
        """
        columns: [{name: tags, type: list<string>}]
        partition_by: [{column: tags}] # HERE
        """,
        path="partition_by[0].transform",
        got='"identity"',
        right=(
            "must not have type list, because Iceberg applies identity to boolean, int, long, "
            "float, double, date, time, timestamp, timestamptz, string, uuid, binary, decimal, "
            "fixed"
        ),
    ),
    s3_table(
        "order by a struct",
        """
        columns: [{name: at, type: "struct<x: int>"}]
        sort_by: [{column: at}] # HERE
        """,
        path="sort_by[0].column",
        got='"at"',
        right="must not be a struct, which has no order",
    ),
]


@pytest.mark.parametrize(
    "bad", [*STORAGE, *TABLES, *TABLE_BUCKETS, *REPLICAS, *NESTED], ids=lambda bad: bad.id
)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_two_environments_make_the_same_catalog(tmp_path: Path) -> None:
    """An account has one in a region, from any stack."""
    buckets = (
        "lakehouse:\n  catalog: {s3_tables: create}\n  permissions: {}\n"
        "  table_buckets: [{name: events, namespaces: [{name: web}]}]\n"
    )
    one = write(tmp_path, BASE.replace("base", "one") + buckets, "one")
    two = BASE.replace("base", "two").replace("10.0.", "10.1.") + buckets
    other = write(tmp_path, two, "two")

    layers = [message for message in faults(one, other) if "s3_tables" in message]

    assert layers == [
        f'{other}:11: lakehouse.catalog.s3_tables: got "create"; must be unique: {one} also '
        f"creates the catalog s3tablescatalog in the same account and region"
    ]
