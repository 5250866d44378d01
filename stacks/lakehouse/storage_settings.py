"""Settings of storage: layers in S3, and table buckets."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.arns import BucketArn, CopyKeyArn, TableBucketArn, parse_arn
from stacks.data_classes import DATA_CLASS_TAG, DataClass
from stacks.fields import AccountId, Name, Region, Settings, validation_error
from stacks.lakehouse.table_settings import (
    GlueTableSettings,
    NamespaceName,
    S3TableSettings,
    unique,
)


class LifecycleSettings(Settings):
    """When objects move to cheaper storage or go; in days since they were written."""

    intelligent_tiering_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    """Days after which objects move to S3 Intelligent-Tiering. `0` moves them immediately."""
    archive_days: Annotated[int, Field(ge=90, le=730)] | None = None
    """Days without a read after which objects go to the Archive Access tier of
    Intelligent-Tiering, and must be restored before a query can read them."""
    deep_archive_days: Annotated[int, Field(ge=180, le=730)] | None = None
    """The same for the Deep Archive Access tier."""
    infrequent_access_days: Annotated[int, Field(ge=30, le=3650)] | None = None
    """Objects move to S3 Standard-IA."""
    glacier_instant_retrieval_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """Objects move to S3 Glacier Instant Retrieval, which queries can read."""
    expiration_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    """Objects are deleted."""
    noncurrent_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """How long a replaced or deleted version can be restored."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        archives = {
            "archive_days": self.archive_days,
            "deep_archive_days": self.deep_archive_days,
        }
        for key, days in archives.items():
            if days is not None and self.intelligent_tiering_days is None:
                raise validation_error(
                    (
                        "requires intelligent_tiering_days, because it is a tier of "
                        "Intelligent-Tiering. Add it"
                    ),
                    at=key,
                    value=days,
                )
        if (
            self.archive_days
            and self.deep_archive_days
            and self.deep_archive_days <= self.archive_days
        ):
            raise validation_error(
                f"must be more than archive_days ({self.archive_days})",
                at="deep_archive_days",
                value=self.deep_archive_days,
            )
        colder = {
            "infrequent_access_days": self.infrequent_access_days,
            "glacier_instant_retrieval_days": self.glacier_instant_retrieval_days,
        }
        for key, days in colder.items():
            if days is not None and self.intelligent_tiering_days is not None:
                raise validation_error(
                    (
                        "must not be combined with intelligent_tiering_days, which moves "
                        "objects automatically. Remove one of them"
                    ),
                    at=key,
                    value=days,
                )
        warm, cold = colder.values()
        if warm is not None and cold is not None and cold <= warm + 29:
            raise validation_error(
                (
                    f"must be at least {warm + 30}, because S3 keeps objects in Standard-IA for "
                    "30 days"
                ),
                at="glacier_instant_retrieval_days",
                value=cold,
            )
        if self.expiration_days is not None:
            for key, days in {
                "intelligent_tiering_days": self.intelligent_tiering_days,
                **colder,
            }.items():
                if days is not None and days >= self.expiration_days:
                    raise validation_error(
                        f"must be less than expiration_days ({self.expiration_days})",
                        at=key,
                        value=days,
                    )
        return self


class ReplicationSettings(Settings):
    """Copies of every new object in a bucket elsewhere, which has to let the role in."""

    bucket_arn: BucketArn
    """ARN of the destination bucket. It must be versioned."""
    account: AccountId
    """Account of that bucket, in quotes."""
    region: Region
    """Region of that bucket."""
    key_arn: CopyKeyArn
    """KMS key in that region that encrypts the copies."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if parse_arn(self.key_arn).region != self.region:
            raise validation_error(
                f"must be in {self.region}, the region of the copies",
                at="key_arn",
                value=self.key_arn,
            )
        return self


class LayerSettings(Settings):
    """One layer of data: a bucket and a Glue database."""

    name: Annotated[Name, Field(max_length=20)]
    """Name of the layer; the database is called `<environment>_<layer>`."""
    access: Literal["none", "read", "read-write"] = "read"
    """What the activity `query_lakehouse` allows with the layer's data; the activity
    `write_lakehouse` can write to every layer. Must be omitted with `permissions` in mode
    `lake_formation`, where only grants give access."""
    lifecycle: LifecycleSettings = LifecycleSettings()
    """When objects move to cheaper storage."""
    replication: ReplicationSettings | None = None
    """Replication to another bucket. Optional. If omitted, you can only restore versions."""
    tables: list[GlueTableSettings] = []
    """Iceberg tables to create in the layer."""
    data_class: DataClass | None = None
    """Class of the data: the tag `data-class` of the bucket, and with `permissions` the LF-tag
    `data-class` of the database. Tables and columns may have a class of their own in `tags`."""
    tags: dict[str, str] = {}
    """LF-tags of the layer's database, which its tables and columns inherit."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        unique([table.name for table in self.tables], "tables.{}.name", "table of the layer")
        _check_tags(self.tags)
        if self.tables:
            for key in ("expiration_days", "archive_days", "deep_archive_days"):
                if (days := getattr(self.lifecycle, key)) is not None:
                    raise validation_error(
                        "must be omitted in a layer with Iceberg tables, because it "
                        "deletes their files and breaks them. Expire snapshots with "
                        "optimizers.retention, and store temporary files in a layer "
                        "without tables",
                        at=f"lifecycle.{key}",
                        value=days,
                    )
        return self

    @property
    def lf_tags(self) -> dict[str, str]:
        """LF-tags of the layer's database, also that of its class."""
        return _with_class(self.tags, self.data_class)


def _check_tags(tags: Mapping[str, str]) -> None:
    if (value := tags.get(DATA_CLASS_TAG)) is not None:
        raise validation_error(
            f"must be given as a key of its own: `data_class: {value}`",
            at=f"tags.{DATA_CLASS_TAG}",
            value=value,
        )


def _with_class(tags: Mapping[str, str], data_class: str | None) -> dict[str, str]:
    return {**({DATA_CLASS_TAG: data_class} if data_class else {}), **tags}


class UnreferencedFileSettings(Settings):
    """S3 Tables' removal of files that no snapshot knows."""

    enabled: bool = True
    """Whether S3 Tables removes unreferenced files."""
    unreferenced_days: Annotated[int, Field(ge=1, le=3650)] = 3
    """Days without a reference after which a file becomes noncurrent."""
    noncurrent_days: Annotated[int, Field(ge=1, le=3650)] = 10
    """Days after which noncurrent files are deleted."""


class NamespaceSettings(Settings):
    """A namespace of a table bucket: what Glue calls a database."""

    name: NamespaceName
    """Name of the namespace."""
    tables: list[S3TableSettings] = []
    """Iceberg tables to create in it."""
    data_class: DataClass | None = None
    """Class of the data: the LF-tag `data-class` of the namespace. The table bucket has the most
    protected class of its namespaces."""
    tags: dict[str, str] = {}
    """LF-tags of the namespace, which its tables inherit."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        unique([table.name for table in self.tables], "tables.{}.name", "table of the namespace")
        _check_tags(self.tags)
        return self

    @property
    def lf_tags(self) -> dict[str, str]:
        """LF-tags of the namespace, also that of its class."""
        return _with_class(self.tags, self.data_class)


class TableReplicaSettings(Settings):
    """Read-only copies of all tables in a table bucket elsewhere, which has to let the role in."""

    table_bucket_arn: TableBucketArn
    """ARN of the destination table bucket, in any account and region."""
    key_arn: CopyKeyArn
    """KMS key in the destination's region that encrypts the copies."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        region = parse_arn(self.table_bucket_arn).region
        if parse_arn(self.key_arn).region != region:
            raise validation_error(
                f"must be in {region}, the region of the copies", at="key_arn", value=self.key_arn
            )
        return self


class TableBucketSettings(Settings):
    """An S3 table bucket, which looks after its Iceberg tables itself."""

    name: Annotated[Name, Field(max_length=20)]
    """Name. The bucket is called `<environment>-<name>`."""
    storage_class: Literal["standard", "intelligent-tiering"] = "standard"
    """Storage class of tables that are created from now on."""
    unreferenced_files: UnreferencedFileSettings = UnreferencedFileSettings()
    """Removal of unreferenced files."""
    replicas: Annotated[list[TableReplicaSettings], Field(max_length=5)] = []
    """Replication of all tables to another table bucket. Optional."""
    namespaces: Annotated[list[NamespaceSettings], Field(min_length=1)]
    """Namespaces to create."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        arns = [replica.table_bucket_arn for replica in self.replicas]
        unique(arns, "replicas.{}.table_bucket_arn", "replica")
        names = [namespace.name for namespace in self.namespaces]
        unique(names, "namespaces.{}.name", "namespace of the table bucket")
        return self
