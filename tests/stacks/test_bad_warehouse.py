"""Settings of the warehouse with one fault each."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.bad_settings import BASE, Bad, check

THREE = BASE.replace("eu-west-1b]", "eu-west-1b, eu-west-1c]")
KEY = "arn:aws:kms:{}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def warehouse(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a warehouse over three zones."""
    text = f"{THREE}warehouse:\n{indent(dedent(lines).strip(), '  ')}\n"
    return Bad(id, text, f"warehouse.{path}", got, right)


CASES = [
    Bad(
        "two zones",
        BASE.replace("eu-west-1b]", "eu-west-1b] # HERE") + "warehouse: {}\n",
        "network.availability_zones",
        '["eu-west-1a", "eu-west-1b"]',
        (
            "must name three zones, because Redshift Serverless, which warehouse turns on, "
            "requires them"
        ),
    ),
    warehouse(
        "capacity that is no step",
        "base_capacity: 20 # HERE",
        path="base_capacity",
        got="20",
        right="must be 4, or a multiple of 8 from 8 to 1024",
    ),
    warehouse(
        "large capacity that is no step",
        "base_capacity: 520 # HERE",
        path="base_capacity",
        got="520",
        right="must be a multiple of 32 above 512",
    ),
    warehouse(
        "capacity too small",
        "base_capacity: 2 # HERE",
        path="base_capacity",
        got="2",
        right="must be at least 4",
    ),
    warehouse(
        "maximum below the base",
        "base_capacity: 64\nmax_capacity: 32 # HERE",
        path="max_capacity",
        got="32",
        right="must be at least base_capacity (64)",
    ),
    warehouse(
        "maximum that is no step",
        "max_capacity: 100 # HERE",
        path="max_capacity",
        got="100",
        right="must be 4, or a multiple of 8",
    ),
    warehouse(
        "target with a base",
        "base_capacity: 8\nprice_performance_target: 50 # HERE",
        path="price_performance_target",
        got="50",
        right="must not be combined with base_capacity, which the target decides",
    ),
    warehouse(
        "target that is not offered",
        "price_performance_target: 60 # HERE",
        path="price_performance_target",
        got="60",
        right="must be one of 1, 25, 50, 75, 100",
    ),
    warehouse(
        "name of a database in upper case",
        "database_name: Sales # HERE",
        path="database_name",
        got='"Sales"',
        right="must be 1 to 63 lower-case letters, digits and _",
    ),
    warehouse(
        "administrator with a digit first",
        "admin_username: 1admin # HERE",
        path="admin_username",
        got='"1admin"',
        right="must be 1 to 63 lower-case letters, digits and _, beginning with a letter",
    ),
    warehouse(
        "password in the file",
        "admin_password: secret # HERE",
        path="admin_password",
        got=None,
        right="no such key; valid keys: database_name, admin_username",
    ),
    warehouse(
        "two limits of a period",
        """
        usage_limits:
          - {period: daily, rpu_hours: 10}
          - {period: daily, rpu_hours: 20} # HERE
        """,
        path="usage_limits[1].period",
        got='"daily"',
        right="is there already",
    ),
    warehouse(
        "unknown period",
        """
        usage_limits:
          - {period: yearly, rpu_hours: 10} # HERE
        """,
        path="usage_limits[0].period",
        got='"yearly"',
        right="must be one of daily, weekly, monthly",
    ),
    warehouse(
        "log twice",
        "audit_logs: [userlog, userlog] # HERE",
        path="audit_logs",
        got='["userlog", "userlog"]',
        right="must name each log once",
    ),
    warehouse(
        "schedule without its function",
        """
        snapshots:
          schedule: 0 3 * * ? * # HERE
        """,
        path="snapshots.schedule",
        got='"0 3 * * ? *"',
        right="must be cron(...) with six fields, such as cron(0 3 * * ? *), or rate(...)",
    ),
    warehouse(
        "copy in the same region",
        f"""
        snapshot_copy:
          region: eu-west-1 # HERE
          key_arn: {KEY.format("eu-west-1")}
        """,
        path="snapshot_copy.region",
        got='"eu-west-1"',
        right="must be another region than the environment's",
    ),
    warehouse(
        "key of the copy in the wrong region",
        f"""
        snapshot_copy:
          region: eu-central-1
          key_arn: {KEY.format("eu-west-1")} # HERE
        """,
        path="snapshot_copy.key_arn",
        got='"arn:aws:kms:eu-west-1:',
        right="must be a key in eu-central-1",
    ),
    warehouse(
        "final snapshot of data that stays",
        "final_snapshot_days: 7 # HERE",
        path="final_snapshot_days",
        got="7",
        right="must be omitted with removal_policy retain, which never deletes the data",
    ),
    warehouse(
        "data deleted with one key",
        "removal_policy: destroy # HERE",
        path="removal_policy",
        got='"destroy"',
        right="must be retain while the environment's removal_policy is retain",
    ),
    warehouse(
        "layer without a lakehouse",
        "layers: [{name: raw}] # HERE",
        path="layers[0].name",
        got='"raw"',
        right="must be a layer of the lakehouse; there is no lakehouse",
    ),
    Bad(
        "layer that the lakehouse lacks",
        THREE + "lakehouse: {}\nwarehouse:\n  layers: [{name: gold}] # HERE\n",
        "warehouse.layers[0].name",
        '"gold"',
        "must be a layer of the lakehouse; there are: raw, curated, analytics",
    ),
    Bad(
        "queries without a warehouse",
        BASE + "personas:\n  analyst:\n    activities: [query_warehouse] # HERE\n",
        "personas.analyst.activities[0]",
        '"query_warehouse"',
        "requires a `warehouse` block; add one to this environment",
    ),
    Bad(
        "layer twice",
        THREE + "lakehouse: {}\nwarehouse:\n  layers:\n    - name: raw\n    - name: raw # HERE\n",
        "warehouse.layers[1].name",
        '"raw"',
        "is there already",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)
