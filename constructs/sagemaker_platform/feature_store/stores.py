"""Features, the stores of a feature group, and their throughput."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.lakehouse import ExistingLakehouseLayer, LakehouseLayer

FeatureType = Literal["Fractional", "Integral", "String"]
StorageType = Literal["InMemory", "Standard"]
TtlUnit = Literal["Seconds", "Minutes", "Hours", "Days", "Weeks"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class Feature:
    """A feature: a column of a feature group.

    CloudFormation has no collections (lists, sets and vectors).

    Args:
        name: name of the feature.
        type: ``Fractional``, ``Integral`` or ``String``.
    """

    name: str
    type: FeatureType

    def __post_init__(self) -> None:
        """Refuse other types."""
        require_one_of("type", self.type, FeatureType)

    def to_property(self) -> sagemaker.CfnFeatureGroup.FeatureDefinitionProperty:
        """Return what CloudFormation takes."""
        return sagemaker.CfnFeatureGroup.FeatureDefinitionProperty(
            feature_name=self.name, feature_type=self.type
        )


@checks_types
@dataclass(frozen=True, kw_only=True)
class TimeToLive:
    """How long after its event time a record stays in the online store.

    Args:
        value: a number, at least 1.
        unit: its unit.
    """

    value: int
    unit: TtlUnit

    def __post_init__(self) -> None:
        """Refuse other units."""
        require_one_of("unit", self.unit, TtlUnit)

    def to_property(self) -> Mapping[str, object]:
        """Return what CloudFormation takes."""
        return {"Unit": self.unit, "Value": self.value}


@checks_types
@dataclass(frozen=True, kw_only=True)
class OnlineStore:
    """The latest record of each entity, to read within milliseconds.

    Args:
        storage: ``Standard``, or ``InMemory`` for the lowest latency.
        ttl: how long records stay. Defaults to for good. It can change later.
    """

    storage: StorageType = "Standard"
    ttl: TimeToLive | None = None

    def __post_init__(self) -> None:
        """Refuse other types of storage."""
        require_one_of("storage", self.storage, StorageType)


@checks_types
@dataclass(frozen=True, kw_only=True)
class OfflineStore:
    """All records, as a table of a lakehouse that SageMaker creates and fills.

    Args:
        layer: the layer of the lakehouse with the database and the bucket.
        table: name of the table: lower-case letters, digits and underscores. The database must not
            have it yet.
        iceberg: whether it is an Iceberg table, rather than Parquet files in Glue's own format.
    """

    layer: LakehouseLayer | ExistingLakehouseLayer
    table: str
    iceberg: bool = True


@checks_types
@dataclass(frozen=True, kw_only=True)
class ProvisionedThroughput:
    """Capacity that is reserved, and billed whether it is used or not. It can change later.

    Args:
        read_units: reads per second of up to 4 KB each; 0 without an online store.
        write_units: writes per second of up to 1 KB each.
    """

    read_units: int
    write_units: int

    def to_property(self) -> sagemaker.CfnFeatureGroup.ThroughputConfigProperty:
        """Return what CloudFormation takes."""
        return sagemaker.CfnFeatureGroup.ThroughputConfigProperty(
            throughput_mode="Provisioned",
            provisioned_read_capacity_units=self.read_units,
            provisioned_write_capacity_units=self.write_units,
        )
