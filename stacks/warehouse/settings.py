"""Settings of the warehouse."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.arns import CopyKeyArn, parse_arn
from stacks.fields import (
    Name,
    PricePerformanceLevel,
    Region,
    RemovalPolicy,
    Settings,
    validation_error,
)
from stacks.schedules import CronOrRateSchedule

_ADMIN = r"must be 1 to 63 lower-case letters, digits and _, beginning with a letter"


def _capacity(value: int) -> int:
    # AWS: "Compute capacity for Amazon Redshift Serverless".
    if value != 4 and value % 8:
        raise validation_error("must be 4, or a multiple of 8 from 8 to 1024 (RPU)")
    if value > 512 and value % 32:
        raise validation_error("must be a multiple of 32 above 512 (RPU)")
    return value


def _max_capacity(value: int) -> int:
    if value != 4 and value % 8:
        raise validation_error("must be 4, or a multiple of 8 (RPU)")
    return value


def _identifier(value: str) -> str:
    if not value.isascii() or not value.replace("_", "").isalnum() or value != value.lower():
        raise validation_error(_ADMIN)
    if not value[0].isalpha() or len(value) > 63:
        raise validation_error(_ADMIN)
    if value in _RESERVED_WORDS.split():
        raise validation_error(
            "must not be a reserved word of Amazon Redshift. Add to it, such as a team's name"
        )
    return value


# Amazon Redshift Database Developer Guide, "Reserved words" (read 2026-11-27). CreateNamespace
# refuses them as names of databases and of the administrator. PUBLIC is the group of all users.
_RESERVED_WORDS = """
    aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64
    backup between binary blanksasnull both bytedict bzip2 case cast check collate column
    constraint create credentials cross current_date current_time current_timestamp current_user
    current_user_id default deferrable deflate defrag delta delta32k desc disable distinct do
    else emptyasnull enable encode encrypt encryption end except explicit false for foreign
    freeze from full globaldict256 globaldict64k grant group gzip having identity ignore ilike
    in initially inner intersect interval into is isnull join leading left like limit localtime
    localtimestamp lun luns lzo lzop minus mostly16 mostly32 mostly8 natural new not notnull
    null nulls off offline offset oid old on only open or order outer overlaps parallel
    partition percent permissions pivot placing primary public raw readratio recover references
    rejectlog resort respect restore right select session_user similar snapshot some sysdate
    system table tag tdes text255 text32k then timestamp to top trailing true truncatecolumns
    union unique unnest unpivot user using verbose wallet when where with without
"""


Identifier = Annotated[str, Field(min_length=1), AfterValidator(_identifier)]


class LayerAccessSettings(Settings):
    """What COPY, UNLOAD and external schemas may do with a layer of the lakehouse."""

    name: Name
    """Name of a layer in `lakehouse.layers`."""
    access: Literal["read", "read-write"] = "read"
    """`read`: load from the layer. `read-write`: also unload into it."""


class UsageLimitSettings(Settings):
    """What happens when the warehouse has used a number of RPU-hours in a period."""

    period: Literal["daily", "weekly", "monthly"]
    """Period. A week begins on Sunday."""
    rpu_hours: Annotated[int, Field(ge=1, le=1_000_000)]
    """RPU-hours in the period."""
    action: Literal["log", "emit-metric", "deactivate"] = "emit-metric"
    """`log` writes to a system table, `emit-metric` also raises an alarm, `deactivate` refuses
    further queries until the period ends."""


class SnapshotSettings(Settings):
    """Snapshots, in addition to AWS's recovery points, which last for a day."""

    schedule: CronOrRateSchedule = "cron(0 3 * * ? *)"
    """Schedule in UTC: `cron(...)` or `rate(...)` of EventBridge Scheduler."""
    retention_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long a snapshot is kept."""


class SnapshotCopySettings(Settings):
    """Copies of all snapshots in another region."""

    region: Region
    """Where to."""
    retention_days: Annotated[int, Field(ge=1, le=3653)] = 7
    """How long a copy is kept."""
    key_arn: CopyKeyArn
    """KMS key in that region that encrypts the copies."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if parse_arn(self.key_arn).region != self.region:
            raise validation_error(
                f"must be a key in {self.region}", at="key_arn", value=self.key_arn
            )
        return self


class WarehouseCatalogSettings(Settings):
    """The warehouse's own tables as a catalog that Athena and Spark read too."""

    table_access: Literal["read", "none"] = "read"
    """`read` lets engines other than Redshift read the tables; `none` shows their names only."""


class WarehouseAlarmSettings(Settings):
    """Thresholds of alarms."""

    failed_queries: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    """Failed queries in five minutes."""
    queued_queries: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    """Queued queries, for 15 minutes."""


class WarehouseSettings(Settings):
    """A Redshift Serverless data warehouse in the private subnets.

    Redshift Serverless takes subnets in three availability zones.
    """

    database_name: Identifier = "warehouse"
    """The first database."""
    admin_username: Identifier = "warehouse_admin"
    """Name of the administrator. AWS generates the password, stores it in Secrets Manager, and
    rotates it every 30 days."""
    base_capacity: Annotated[int, Field(ge=4, le=1024), AfterValidator(_capacity)] | None = None
    """Base capacity in RPU. Defaults to 8. Not with `price_performance_target`."""
    max_capacity: Annotated[int, Field(ge=4, le=5632), AfterValidator(_max_capacity)] | None = None
    """Maximum capacity in RPU. Defaults to AWS's choice."""
    price_performance_target: PricePerformanceLevel | None = None
    """From 1 (lowest cost) to 100 (fastest): AWS chooses the capacity."""
    query_timeout_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    """Timeout of a query. Defaults to AWS's limit of a day."""
    case_sensitive_identifiers: bool = False
    """Whether names are case-sensitive. Zero-ETL integrations into the warehouse require it."""
    usage_limits: list[UsageLimitSettings] = []
    """Usage limits, at most one for each period."""
    audit_logs: list[Literal["userlog", "connectionlog", "useractivitylog"]] = [
        "userlog",
        "connectionlog",
        "useractivitylog",
    ]
    """Logs that go to CloudWatch Logs. They contain the text of queries."""
    snapshots: SnapshotSettings | None = None
    """Scheduled snapshots. Optional. If omitted, there are only recovery points."""
    snapshot_copy: SnapshotCopySettings | None = None
    """Copies of snapshots in another region."""
    final_snapshot_days: Annotated[int, Field(ge=1, le=3653)] | None = None
    """Retention of a final snapshot when the data is deleted. Optional. If omitted, there is no
    final snapshot."""
    # Each is a policy of the role, which takes ten, and has one of its own.
    layers: Annotated[list[LayerAccessSettings], Field(max_length=9)] = []
    """Layers of the lakehouse that the warehouse loads from and unloads into."""
    catalog: WarehouseCatalogSettings | None = None
    """Registration of the warehouse's tables in the Glue Data Catalog, with Lake Formation."""
    alarms: WarehouseAlarmSettings = WarehouseAlarmSettings()
    """Alarms."""
    removal_policy: RemovalPolicy = "retain"
    """`destroy` deletes the data with the stack. The environment's `removal_policy` must be
    `destroy` too."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_capacity()
        _check_once("usage_limits", "period", [limit.period for limit in self.usage_limits])
        _check_once("layers", "name", [layer.name for layer in self.layers])
        if len(set(self.audit_logs)) < len(self.audit_logs):
            raise validation_error(
                "must name each log once", at="audit_logs", value=self.audit_logs
            )
        if self.final_snapshot_days is not None and self.removal_policy != "destroy":
            raise validation_error(
                "must be omitted with removal_policy retain, which never deletes the data. "
                "Remove the line",
                at="final_snapshot_days",
                value=self.final_snapshot_days,
            )
        return self

    def _check_capacity(self) -> None:
        if self.price_performance_target is not None and self.base_capacity is not None:
            raise validation_error(
                (
                    "must not be combined with base_capacity, which the target decides. Remove "
                    "one of them"
                ),
                at="price_performance_target",
                value=self.price_performance_target,
            )
        base = self.base_capacity or 8
        if self.max_capacity is not None and self.max_capacity < base:
            raise validation_error(
                f"must be at least base_capacity ({base})",
                at="max_capacity",
                value=self.max_capacity,
            )


def _check_once(key: str, part: str, values: list[str]) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise validation_error("is there already", at=f"{key}.{index}.{part}", value=value)
