"""Settings of sources with one fault each."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.bad_settings import BASE, Bad, check

THREE = BASE.replace("eu-west-1b]", "eu-west-1b, eu-west-1c]")
SECRET = "arn:aws:secretsmanager:{}:123456789012:secret:reader-a1B2c3"
TABLE = "arn:aws:dynamodb:{}:123456789012:table/orders"
CLUSTER = "arn:aws:rds:eu-west-1:{}:cluster:orders"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def sources(
    id: str, lines: str, *, path: str, got: str | None, right: str, before: str = BASE
) -> Bad:
    """Add sources."""
    text = f"{before}sources:\n{indent(dedent(lines).strip(), '  ')}\n"
    return Bad(id, text, f"sources.{path}", got, right)


def connection(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a connection; the lines replace its defaults or come after them."""
    extra = dedent(lines).strip().splitlines()
    given = {line.split(":")[0] for line in extra}
    defaults = {
        "name": "sales",
        "type": "POSTGRESQL",
        "host": "db.example.com",
        "database": "sales",
        "secret_arn": SECRET.format("eu-west-1"),
    }
    without = {line.removeprefix("-") for line in extra if line.startswith("-")}
    body = [
        f"{key}: {value}"
        for key, value in defaults.items()
        if key not in given and key not in without
    ]
    body += [line for line in extra if not line.startswith("-")]
    text = f"{BASE}sources:\n  connections:\n    -\n" + "".join(f"      {x}\n" for x in body)
    return Bad(id, text, f"sources.connections[0].{path}", got, right)


def integration(
    id: str, lines: str, *, path: str, got: str | None, right: str, before: str = BASE
) -> Bad:
    text = f"zero_etl:\n  - name: orders\n{indent(dedent(lines).strip(), '    ')}"
    return sources(id, text, path=f"zero_etl[0].{path}", got=got, right=right, before=before)


LAKEHOUSE = f"{BASE}lakehouse: {{}}\n"
WAREHOUSE = f"{THREE}lakehouse: {{}}\nwarehouse: {{}}\n"
CASES = [
    Bad(
        "name of the warehouse's own catalog",
        f"{THREE}warehouse: {{catalog: {{}}}}\nsources:\n  connections:\n"
        "    - {type: DYNAMODB, tables: [one], name: warehouse} # HERE\n",
        "sources.connections[0].name",
        '"warehouse"',
        "is reserved for the catalog of the warehouse. Choose another name",
    ),
    integration(
        "table bucket that is not there",
        """
        source_arn: arn:aws:dynamodb:eu-west-1:123456789012:table/orders
        target: table_bucket
        table_bucket: replica # HERE
        """,
        path="table_bucket",
        got='"replica"',
        right="must be a table bucket of the lakehouse; there is none",
        before=LAKEHOUSE,
    ),
    integration(
        "table bucket besides a layer",
        """
        source_arn: arn:aws:dynamodb:eu-west-1:123456789012:table/orders
        target: layer
        layer: raw
        table_bucket: replica # HERE
        """,
        path="table_bucket",
        got='"replica"',
        right="applies only to target table_bucket. Remove the line",
        before=LAKEHOUSE,
    ),
    connection(
        "scheme in a host",
        "host: https://db.example.com # HERE",
        path="host",
        got='"https://db.example.com"',
        right="must be the name of a host alone",
    ),
    connection(
        "port in a host",
        "host: db.example.com:5432 # HERE",
        path="host",
        got='"db.example.com:5432"',
        right="without a scheme, a port or a path",
    ),
    connection(
        "password in the file",
        "password: hunter2 # HERE",
        path="password",
        got=None,
        right="no such key",
    ),
    connection(
        "unknown type",
        "type: POSTGRES # HERE",
        path="type",
        got='"POSTGRES"',
        right="must be one of POSTGRESQL, MYSQL, SNOWFLAKE, DYNAMODB",
    ),
    connection(
        "secret by its name",
        "secret_arn: reader # HERE",
        path="secret_arn",
        got='"reader"',
        right="must be the ARN of a secret with its six last characters",
    ),
    connection(
        "secret of another region",
        f"secret_arn: {SECRET.format('eu-central-1')} # HERE",
        path="secret_arn",
        got='"arn:aws:secretsmanager:eu-central-1:',
        right="must be in eu-west-1, as the environment is",
    ),
    connection(
        "user name next to a secret",
        "username: reader # HERE",
        path="username",
        got='"reader"',
        right="must be omitted with secret_arn, because the secret contains it. Remove the line",
    ),
    connection(
        "key of a secret that is made",
        f"""
        -secret_arn
        username: reader
        secret_key_arn: {KEY} # HERE
        """,
        path="secret_key_arn",
        got='"arn:aws:kms:',
        right="requires secret_arn. Add it, or remove the line",
    ),
    connection(
        "Snowflake's warehouse for PostgreSQL",
        "warehouse: WH # HERE",
        path="warehouse",
        got='"WH"',
        right="applies only to SNOWFLAKE. Remove the line",
    ),
    connection(
        "DynamoDB with a host",
        """
        -database
        -secret_arn
        type: DYNAMODB
        host: db.example.com # HERE
        tables: [orders]
        """,
        path="host",
        got='"db.example.com"',
        right="must be omitted for DYNAMODB, which uses IAM",
    ),
    connection(
        "tables of PostgreSQL",
        "tables: [orders] # HERE",
        path="tables",
        got='["orders"]',
        right="applies only to DYNAMODB. Remove the line",
    ),
    connection(
        "Snowflake at another place",
        """
        type: SNOWFLAKE
        warehouse: WH
        host: db.example.com # HERE
        """,
        path="host",
        got='"db.example.com"',
        right="must end in .snowflakecomputing.com",
    ),
    connection(
        "Snowflake in a closed network",
        """
        type: SNOWFLAKE
        warehouse: WH
        host: ab12345.snowflakecomputing.com # HERE
        """,
        path="host",
        got='"ab12345.snowflakecomputing.com"',
        right="requires internet access, but network.nat_gateways is none",
    ),
    sources(
        "name twice",
        """
        connections:
          - {name: orders, type: DYNAMODB, tables: [orders]}
          - {name: or-ders, type: DYNAMODB, tables: [orders]} # HERE
        """,
        path="connections[1].name",
        got='"or-ders"',
        right="must be unique: an earlier one has the same name if hyphens are ignored",
    ),
    sources(
        "nothing at all",
        "connections: [] # HERE",
        path="connections",
        got="[]",
        right=(
            "must have at least one of connections, applications, zero_etl, ingestion, "
            "crawlers, data_quality"
        ),
    ),
    integration(
        "ARN of a bucket",
        "source_arn: arn:aws:s3:::orders # HERE\ntarget: layer\nlayer: raw",
        path="source_arn",
        got='"arn:aws:s3:::orders"',
        right="must be the ARN of a DynamoDB table, or of an Aurora cluster",
        before=LAKEHOUSE,
    ),
    integration(
        "table of another region",
        f"source_arn: {TABLE.format('us-east-1')} # HERE\ntarget: layer\nlayer: raw",
        path="source_arn",
        got='"arn:aws:dynamodb:us-east-1:',
        right="must be in eu-west-1, as the environment is",
        before=LAKEHOUSE,
    ),
    integration(
        "Aurora into a layer",
        f"source_arn: {CLUSTER.format('123456789012')}\ntarget: layer # HERE\nlayer: raw",
        path="target",
        got='"layer"',
        right="must be warehouse, because Aurora and RDS replicate into Redshift only",
        before=LAKEHOUSE,
    ),
    integration(
        "database of another account",
        f"source_arn: {CLUSTER.format('999999999999')} # HERE\ntarget: warehouse",
        path="source_arn",
        got='"arn:aws:rds:eu-west-1:999999999999',
        right="must be of account 123456789012",
        before=WAREHOUSE,
    ),
    integration(
        "warehouse that is not there",
        f"source_arn: {TABLE.format('eu-west-1')}\ntarget: warehouse # HERE",
        path="target",
        got='"warehouse"',
        right="requires a `warehouse` block; add one to this environment",
        before=LAKEHOUSE,
    ),
    integration(
        "warehouse that folds names",
        f"source_arn: {TABLE.format('eu-west-1')}\ntarget: warehouse # HERE",
        path="target",
        got='"warehouse"',
        right="needs warehouse.case_sensitive_identifiers true",
        before=WAREHOUSE,
    ),
    integration(
        "unknown layer",
        f"source_arn: {TABLE.format('eu-west-1')}\ntarget: layer\nlayer: gold # HERE",
        path="layer",
        got='"gold"',
        right="must be a layer of the lakehouse; there are: raw, curated, analytics",
        before=LAKEHOUSE,
    ),
    integration(
        "refresh of what is continuous",
        f"source_arn: {TABLE.format('eu-west-1')}\ntarget: warehouse\nrefresh_minutes: 15 # HERE",
        path="refresh_minutes",
        got="15",
        right=(
            "applies only to the lakehouse and to applications, because this integration is "
            "continuous"
        ),
        before=WAREHOUSE,
    ),
    integration(
        "unknown application",
        "application: crm # HERE\ntarget: layer\nlayer: raw",
        path="application",
        got='"crm"',
        right="must be an application; there is none",
        before=LAKEHOUSE,
    ),
    integration(
        "filter that says neither",
        f"source_arn: {CLUSTER.format('123456789012')}\ntarget: warehouse\n"
        "data_filter: sales.* # HERE",
        path="data_filter",
        got='"sales.*"',
        right="must begin with include: or exclude:",
        before=WAREHOUSE,
    ),
    sources(
        "own account as another",
        """
        ingestion:
          - name: partners
            accounts: ["123456789012"] # HERE
        """,
        path="ingestion[0].accounts",
        got='["123456789012"]',
        right="must be another account, because this account needs no ingestion bucket",
    ),
    sources(
        "account without quotes",
        """
        ingestion:
          - name: partners
            accounts: [555555555555] # HERE
        """,
        path="ingestion[0].accounts[0]",
        got="555555555555",
        right="put the account id in quotes",
    ),
    sources(
        "crawler without a lakehouse",
        "crawlers: [{name: landing, layer: raw}] # HERE",
        path="crawlers[0].layer",
        got='"raw"',
        right="must be a layer of the lakehouse; there is no lakehouse",
    ),
    sources(
        "crawler at a rate",
        "crawlers: [{name: landing, layer: raw, schedule: rate(1 day)}] # HERE",
        path="crawlers[0].schedule",
        got='"rate(1 day)"',
        right="must be cron(...) with six fields",
        before=LAKEHOUSE,
    ),
    sources(
        "crawler over no connection",
        "crawlers: [{name: shop, layer: raw, connection: shop, path: shop/%}] # HERE",
        path="crawlers[0].connection",
        got='"shop"',
        right="must be a connection of type POSTGRESQL or MYSQL; there is none",
        before=LAKEHOUSE,
    ),
    sources(
        "crawler over no bucket",
        "crawlers: [{name: partners, layer: raw, ingestion: partners}] # HERE",
        path="crawlers[0].ingestion",
        got='"partners"',
        right="must be a bucket of ingestion; there is none",
        before=LAKEHOUSE,
    ),
    sources(
        "unknown type of rule",
        """
        data_quality:
          - name: orders
            layer: raw
            table: orders
            rules:
              - IsCompleted "id" # HERE
        """,
        path="data_quality[0].rules[0]",
        got='"IsCompleted \\"id\\""',
        right="must begin with a type of rule, such as IsComplete; did you mean IsComplete",
        before=LAKEHOUSE,
    ),
    sources(
        "open quote in a rule",
        """
        data_quality:
          - name: orders
            layer: raw
            table: orders
            rules:
              - IsComplete "id # HERE
        """,
        path="data_quality[0].rules[0]",
        got='"IsComplete \\"id"',
        right='has a quote " that is not closed',
        before=LAKEHOUSE,
    ),
    sources(
        "open bracket in a rule",
        """
        data_quality:
          - name: orders
            layer: raw
            table: orders
            rules:
              - ColumnValues "state" in ["a", "b" # HERE
        """,
        path="data_quality[0].rules[0]",
        got='"ColumnValues \\"state\\" in [',
        right="has a [ that is not closed",
        before=LAKEHOUSE,
    ),
    sources(
        "data deleted with one key",
        """
        ingestion: [{name: partners, accounts: ["555555555555"]}]
        removal_policy: destroy # HERE
        """,
        path="removal_policy",
        got='"destroy"',
        right="must be retain while the environment's removal_policy is retain",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)
