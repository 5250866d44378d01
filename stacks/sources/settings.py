"""Settings of sources."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.arns import DatabaseArn
from stacks.fields import AccountId, Name, RemovalPolicy, Settings, validation_error
from stacks.schedules import CrawlerSchedule, CronOrRateSchedule
from stacks.sources.connection_settings import (
    ApplicationSettings,
    ConnectionSettings,
    SourceName,
)
from stacks.sources.dqdl_grammar import rule


def _filter(value: str) -> str:
    if not value.startswith(("include:", "exclude:")):
        raise validation_error(
            "must begin with include: or exclude:, such as include: sales.public.*"
        )
    if not re.fullmatch(r"[a-zA-Z0-9_ \"\\\-$,*.:?+/]*", value):
        raise validation_error(
            'must contain only letters, digits and _ " \\ - $ , * . : ? + / only'
        )
    return value


def _path(value: str) -> str:
    if value.startswith("/") or "//" in value or not re.fullmatch(r"[\w./%=*-]*", value):
        raise validation_error(
            "must be a path such as orders/ or sales/public/%, not beginning with /"
        )
    return value


class ZeroEtlSettings(Settings):
    """A copy of a source's data that AWS keeps up to date."""

    name: Annotated[Name, Field(max_length=30)]
    """Name of the integration, after the environment's name."""
    source_arn: DatabaseArn | None = None
    """ARN of a DynamoDB table, or of an Aurora cluster or RDS instance."""
    application: SourceName | None = None
    """Name of one of `applications`, in place of `source_arn`."""
    target: Literal["warehouse", "layer", "table_bucket"]
    """Target: the environment's warehouse, or a layer or table bucket of its lakehouse."""
    layer: Name | None = None
    """Name of the layer, for target `layer`."""
    table_bucket: Name | None = None
    """Name of the table bucket, for target `table_bucket`."""
    data_filter: Annotated[str, Field(max_length=2048), AfterValidator(_filter)] | None = None
    """Tables or objects, such as `include: sales.public.*`. Defaults to all."""
    refresh_minutes: Annotated[int, Field(ge=15, le=8640)] | None = None
    """Time between two loads, for targets of the lakehouse and for applications. Defaults to AWS's
    default."""

    @property
    def from_rds(self) -> bool:
        """Whether the source is an Aurora cluster or an RDS instance."""
        return self.source_arn is not None and ":rds:" in self.source_arn

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.source_arn is None) is (self.application is None):
            raise validation_error(
                "must have either source_arn or application", at="name", value=self.name
            )
        for key in ("layer", "table_bucket"):
            named = getattr(self, key)
            if self.target == key and named is None:
                what = key.replace("_", " ")
                raise validation_error(f"must be given, as a {what} of the lakehouse", at=key)
            if self.target != key and named is not None:
                raise validation_error(
                    f"applies only to target {key}. Remove the line", at=key, value=named
                )
        if self.from_rds and self.target != "warehouse":
            raise validation_error(
                "must be warehouse, because Aurora and RDS replicate into Redshift only. "
                "warehouse.catalog shows its tables to the lakehouse",
                at="target",
                value=self.target,
            )
        if self.refresh_minutes is not None and self.target == "warehouse" and self.source_arn:
            raise validation_error(
                "applies only to the lakehouse and to applications, because this "
                "integration is continuous. Remove the line",
                at="refresh_minutes",
                value=self.refresh_minutes,
            )
        dynamodb = self.source_arn is not None and not self.from_rds
        if self.data_filter is not None and dynamodb:
            raise validation_error(
                (
                    "applies only to databases and applications, because DynamoDB tables "
                    "are replicated as a whole. Remove the line"
                ),
                at="data_filter",
                value=self.data_filter,
            )
        return self


class IngestionSettings(Settings):
    """A bucket into which other accounts write."""

    name: SourceName
    """Name of the bucket in the outputs."""
    accounts: Annotated[list[AccountId], Field(min_length=1, max_length=20)]
    """IDs of the accounts that write, in quotes. Each writes below its ID as prefix."""
    expiration_days: Annotated[int, Field(ge=1, le=3653)] | None = None
    """How long objects are kept. Defaults to no limit."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.accounts)) < len(self.accounts):
            raise validation_error(
                "must name each account once", at="accounts", value=self.accounts
            )
        return self


class CrawlerSettings(Settings):
    """Finds tables in a layer's files or in a database, and writes them into the catalog."""

    name: SourceName
    """Name of the crawler, after the environment's name."""
    layer: Name
    """Layer whose database gets the tables. The crawler reads its files unless `ingestion` or
    `connection` is given."""
    ingestion: SourceName | None = None
    """Name of one of `ingestion`, to read data of other accounts."""
    connection: SourceName | None = None
    """Name of one of `connections` of type POSTGRESQL or MYSQL."""
    path: Annotated[str, AfterValidator(_path)] = ""
    """Path in the layer's bucket, such as `orders/`; or, with `connection`, in the database,
    such as `sales/public/%`."""
    schedule: CrawlerSchedule | None = None
    """Schedule in UTC, such as `cron(0 4 * * ? *)`. Optional. If omitted, people start the
    crawler."""
    table_prefix: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,64}$")] = ""
    """Prefix of table names."""
    deleted_tables: Literal["LOG", "DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE"] = (
        "DEPRECATE_IN_DATABASE"
    )
    """What happens to tables whose data was deleted."""
    new_folders_only: bool = False
    """Whether to read new folders only. Only for a layer's files."""
    lake_formation_credentials: bool = False
    """Whether the crawler reads files with Lake Formation grants in place of IAM permissions."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.connection is None:
            return self
        if self.ingestion is not None:
            raise validation_error(
                "must not be combined with connection. Remove one of them",
                at="ingestion",
                value=self.ingestion,
            )
        for key in ("new_folders_only", "lake_formation_credentials"):
            if getattr(self, key):
                raise validation_error(
                    "applies only to a layer's files. Remove the line", at=key, value=True
                )
        if not self.path:
            raise validation_error(
                "must be given, to select tables, such as sales/public/%", at="path"
            )
        return self


class DataQualitySettings(Settings):
    """Rules that a table's data has to pass."""

    name: SourceName
    """Name of the rule set, after the environment's name."""
    layer: Name
    """Name of the layer that contains the table."""
    table: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,255}$")]
    """The table."""
    rules: Annotated[
        list[Annotated[str, AfterValidator(rule)]], Field(min_length=1, max_length=100)
    ]
    """Rules in DQDL, such as `IsComplete "id"` or `RowCount > 0`."""
    schedule: CronOrRateSchedule | None = None
    """Schedule in UTC. Optional. If omitted, people start the evaluation."""
    workers: Annotated[int, Field(ge=2, le=100)] = 5
    """Number of G.1X workers of a run."""
    min_score_percent: Annotated[int, Field(ge=0, le=100)] = 100
    """Minimum share of rules that must pass. A lower share raises an alarm."""


class SourceAlarmSettings(Settings):
    """Thresholds of alarms; failed crawls and low scores always raise one."""

    integration_lag_minutes: Annotated[int, Field(ge=1, le=10_080)] = 60
    """Maximum lag of an integration into the warehouse."""
    failed_queries: Annotated[int, Field(ge=1, le=100_000)] = 10
    """Failed queries per hour in the workgroups of the environment and its personas."""
    cancelled_queries: Annotated[int, Field(ge=1, le=100_000)] = 1
    """Canceled queries per hour. Athena cancels queries at the scan limit; people can cancel
    too."""


class SourcesSettings(Settings):
    """Where data comes from, and whether it is any good."""

    connections: Annotated[list[ConnectionSettings], Field(max_length=20)] = []
    """Databases elsewhere."""
    applications: Annotated[list[ApplicationSettings], Field(max_length=20)] = []
    """Applications elsewhere."""
    zero_etl: Annotated[list[ZeroEtlSettings], Field(max_length=20)] = []
    """Zero-ETL integrations."""
    ingestion: Annotated[list[IngestionSettings], Field(max_length=10)] = []
    """Buckets for other accounts."""
    crawlers: Annotated[list[CrawlerSettings], Field(max_length=20)] = []
    """What finds tables."""
    data_quality: Annotated[list[DataQualitySettings], Field(max_length=50)] = []
    """Data quality rules."""
    alarms: SourceAlarmSettings = SourceAlarmSettings()
    """Thresholds of alarms."""
    removal_policy: RemovalPolicy = "retain"
    """`destroy` deletes the data of other accounts with the stack. The environment's
    `removal_policy` must be `destroy` too."""

    @property
    def uses_network(self) -> bool:
        """Whether something works in the environment's VPC."""
        return any(connection.type != "DYNAMODB" for connection in self.connections)

    @property
    def into_warehouse(self) -> list[str]:
        """ARNs of the tables and databases, and names of the applications, that replicate there."""
        return sorted(
            {
                integration.source_arn or str(integration.application)
                for integration in self.zero_etl
                if integration.target == "warehouse"
            }
        )

    @model_validator(mode="after")
    def _check(self) -> Self:
        kinds = ("connections", "applications", "zero_etl", "ingestion", "crawlers", "data_quality")
        if not any(getattr(self, kind) for kind in kinds):
            given = next((kind for kind in kinds if kind in self.model_fields_set), "")
            raise validation_error(
                f"must have at least one of {', '.join(kinds)}",
                at=given,
                value=[] if given else {},
            )
        _check_names("connections", [c.name for c in self.connections], [])
        _check_names(
            "applications",
            [a.name for a in self.applications],
            [c.name for c in self.connections],
        )
        for key in ("zero_etl", "ingestion", "crawlers", "data_quality"):
            _check_names(key, [block.name for block in getattr(self, key)], [])
        self._check_references()
        return self

    def _check_references(self) -> None:
        applications = [application.name for application in self.applications]
        for index, integration in enumerate(self.zero_etl):
            if integration.application not in (None, *applications):
                raise validation_error(
                    _unknown("application", applications),
                    at=f"zero_etl.{index}.application",
                    value=integration.application,
                )
        used = {integration.application for integration in self.zero_etl}
        for index, name in enumerate(applications):
            if name not in used:
                raise validation_error(
                    (
                        "must be used by an integration in zero_etl. Add one, or remove the "
                        "application"
                    ),
                    at=f"applications.{index}.name",
                    value=name,
                )
        buckets = [bucket.name for bucket in self.ingestion]
        tables = [c.name for c in self.connections if c.type in ("POSTGRESQL", "MYSQL")]
        for index, crawler in enumerate(self.crawlers):
            if crawler.ingestion not in (None, *buckets):
                raise validation_error(
                    _unknown("bucket of ingestion", buckets),
                    at=f"crawlers.{index}.ingestion",
                    value=crawler.ingestion,
                )
            if crawler.connection not in (None, *tables):
                raise validation_error(
                    _unknown("connection of type POSTGRESQL or MYSQL", tables),
                    at=f"crawlers.{index}.connection",
                    value=crawler.connection,
                )


def _unknown(what: str, known: list[str]) -> str:
    article = "an" if what[0] in "aeiou" else "a"
    return f"must be {article} {what}; there {'are: ' + ', '.join(known) if known else 'is none'}"


def _check_names(key: str, names: list[str], taken: list[str]) -> None:
    # Ids of constructs have no hyphens.
    seen = [name.replace("-", "") for name in taken]
    for index, name in enumerate(names):
        if name.replace("-", "") in seen:
            raise validation_error(
                "must be unique: an earlier one has the same name if hyphens are ignored",
                at=f"{key}.{index}.name",
                value=name,
            )
        seen.append(name.replace("-", ""))
