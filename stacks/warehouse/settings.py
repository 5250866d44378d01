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

_ADMIN = r"must be 1 to 63 lower-case letters, digits and _, first a letter"


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
    """`read` loads from the layer; `read-write` also unloads into it."""


class UsageLimitSettings(Settings):
    """What happens when the warehouse has used a number of RPU-hours in a period."""

    period: Literal["daily", "weekly", "monthly"]
    """The period; a week begins on Sunday."""
    rpu_hours: Annotated[int, Field(ge=1, le=1_000_000)]
    """RPU-hours in the period."""
    action: Literal["log", "emit-metric", "deactivate"] = "emit-metric"
    """`log` writes to a system table, `emit-metric` also raises an alarm, `deactivate` refuses
    further queries until the period ends."""


class SnapshotSettings(Settings):
    """Snapshots, in addition to AWS's recovery points, which last for a day."""

    schedule: CronOrRateSchedule = "cron(0 3 * * ? *)"
    """When one is made, in UTC: `cron(...)` or `rate(...)` of EventBridge Scheduler."""
    retention_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long each is kept."""


class SnapshotCopySettings(Settings):
    """Copies of all snapshots in another region."""

    region: Region
    """Where to."""
    retention_days: Annotated[int, Field(ge=1, le=3653)] = 7
    """How long a copy is kept."""
    key_arn: CopyKeyArn
    """KMS key in that region which encrypts the copies."""

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
    """Queries that wait, for a quarter of an hour."""


class WarehouseSettings(Settings):
    """A Redshift Serverless data warehouse in the private subnets.

    Redshift Serverless takes subnets in three availability zones.
    """

    database_name: Identifier = "warehouse"
    """The first database."""
    admin_username: Identifier = "warehouse_admin"
    """Name of the administrator; AWS makes the password, keeps it in Secrets Manager, and
    changes it every 30 days."""
    base_capacity: Annotated[int, Field(ge=4, le=1024), AfterValidator(_capacity)] | None = None
    """RPU that queries begin with; if omitted, 8. Excludes `price_performance_target`."""
    max_capacity: Annotated[int, Field(ge=4, le=5632), AfterValidator(_max_capacity)] | None = None
    """RPU that scaling never exceeds; if omitted, AWS decides."""
    price_performance_target: PricePerformanceLevel | None = None
    """From 1 (lowest cost) to 100 (fastest): AWS chooses the capacity."""
    query_timeout_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    """A query that runs longer is stopped; if omitted, after AWS's own limit of a day."""
    case_sensitive_identifiers: bool = False
    """Whether names keep their case, which zero-ETL integrations into the warehouse need."""
    usage_limits: list[UsageLimitSettings] = []
    """Limits of what is used, at most one for each period."""
    audit_logs: list[Literal["userlog", "connectionlog", "useractivitylog"]] = [
        "userlog",
        "connectionlog",
        "useractivitylog",
    ]
    """Which logs go to CloudWatch Logs; they hold the text of queries."""
    snapshots: SnapshotSettings | None = None
    """Scheduled snapshots; if omitted, only recovery points."""
    snapshot_copy: SnapshotCopySettings | None = None
    """Copies of snapshots elsewhere."""
    final_snapshot_days: Annotated[int, Field(ge=1, le=3653)] | None = None
    """How long the snapshot is kept that is made when the data is deleted; if omitted, none is."""
    # Each is a policy of the role, which takes ten, and has one of its own.
    layers: Annotated[list[LayerAccessSettings], Field(max_length=9)] = []
    """Layers of the lakehouse that the warehouse loads from and unloads into."""
    catalog: WarehouseCatalogSettings | None = None
    """Registers the warehouse's tables with the Glue Data Catalog under Lake Formation."""
    alarms: WarehouseAlarmSettings = WarehouseAlarmSettings()
    """Alarms."""
    removal_policy: RemovalPolicy = "retain"
    """`destroy` deletes the data with the stack, where the environment's own
    `removal_policy` is `destroy` too: deleting data takes two keys."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_capacity()
        _check_once("usage_limits", "period", [limit.period for limit in self.usage_limits])
        _check_once("layers", "name", [layer.name for layer in self.layers])
        if len(set(self.audit_logs)) < len(self.audit_logs):
            raise validation_error("names a log twice", at="audit_logs", value=self.audit_logs)
        if self.final_snapshot_days is not None and self.removal_policy != "destroy":
            raise validation_error(
                "is made when the data is deleted, which removal_policy retain never does: "
                "remove the line",
                at="final_snapshot_days",
                value=self.final_snapshot_days,
            )
        return self

    def _check_capacity(self) -> None:
        if self.price_performance_target is not None and self.base_capacity is not None:
            raise validation_error(
                "excludes base_capacity, which the target decides: remove one of them",
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
