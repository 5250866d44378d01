"""Settings of the feature store."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from stacks.data_classes import DataClass
from stacks.feature_store import rules
from stacks.fields import Name, PersonaName, RemovalPolicy, Settings, validation_error


def _feature_name(value: str) -> str:
    # SageMaker API: FeatureName.
    if not re.fullmatch(r"(?=.{1,64}$)[a-zA-Z0-9]([_-]*[a-zA-Z0-9])*", value):
        raise validation_error(
            "must be 1 to 64 letters, digits, hyphens and underscores, first and last a letter or "
            "digit"
        )
    return value


FeatureName = Annotated[str, AfterValidator(_feature_name), WithJsonSchema({"type": "string"})]


class FeatureSettings(Settings):
    """A feature."""

    name: FeatureName
    """Name of the feature."""
    type: Literal["string", "integral", "fractional"]
    """Type of its values."""


class TtlSettings(Settings):
    """A time to live."""

    value: Annotated[int, Field(ge=1)]
    """A number."""
    unit: Literal["seconds", "minutes", "hours", "days", "weeks"]
    """Its unit."""


class OnlineStoreSettings(Settings):
    """The latest record of each entity, to read within milliseconds."""

    storage: Literal["standard", "in_memory"] = "standard"
    """`in_memory` has the lowest latency, but supports no offline store. It cannot change later."""
    ttl: TtlSettings | None = None
    """How long a record is kept after its event time. Defaults to no limit. A change applies to
    records written after the change."""


class OfflineStoreSettings(Settings):
    """All records, as a table of the lakehouse."""

    layer: Name
    """Layer of the lakehouse. The table has the name of the group, with underscores in place of
    hyphens. It cannot change later."""
    format: Literal["iceberg", "glue"] = "iceberg"
    """Format of the table. It cannot change later."""


# SageMaker AI Developer Guide, "Quotas, naming rules and data types", read 2026-11-27.
Units = Annotated[int, Field(ge=0, le=40_000)]


class ThroughputSettings(Settings):
    """Reserved capacity, which is billed whether it is used or not."""

    read_units: Units = 0
    """Reads per second of up to 4 KB each from the online store."""
    write_units: Units
    """Writes per second of up to 1 KB each."""


class FeatureGroupSettings(Settings):
    """A feature group: records with the same features."""

    # SageMaker takes 64 characters with the environment's name.
    name: Annotated[Name, Field(max_length=43)]
    """Name of the group in the settings. In SageMaker it is called `<environment>-<name>`."""
    description: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """Description of the group. It cannot change later."""
    data_class: DataClass | None = None
    """Class of the data, at most the class of the offline store's layer. The template records it
    as metadata, because CloudFormation replaces a group whose tags change."""
    features: Annotated[list[FeatureSettings], Field(min_length=2, max_length=2500)]
    """Features in order. Add new features at the end. SageMaker cannot remove, rename or change
    a feature."""
    record_identifier: str
    """Feature that identifies an entity, such as a customer. It cannot change later."""
    event_time: str
    """Feature with the time of a record, as text in ISO 8601 or as seconds since 1970. It cannot
    change later."""
    online: OnlineStoreSettings | None = None
    """The online store. Optional. To add one later, create another group."""
    offline: OfflineStoreSettings | None = None
    """The offline store. Optional. To add one later, create another group."""
    throughput: ThroughputSettings | None = None
    """Reserved capacity. Optional. If omitted, AWS bills each request."""
    read_by: Annotated[list[PersonaName], Field(min_length=1)] | None = None
    """Personas that read records, and query the table where Lake Formation grants access.
    Defaults to all personas with the activity `read_features`."""
    written_by: Annotated[list[PersonaName], Field(min_length=1)] | None = None
    """Personas that write and delete records. Defaults to all personas with the activity
    `write_features`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        rules.check_group(self)
        return self

    @property
    def table(self) -> str:
        """Name of the table of the offline store, which has no hyphens and no capitals."""
        return str(self.name).replace("-", "_")


class FeatureStoreSettings(Settings):
    """Feature groups of the environment."""

    # Policies of personas name each group, and IAM limits their length.
    groups: Annotated[list[FeatureGroupSettings], Field(min_length=1, max_length=20)]
    """Feature groups."""
    removal_policy: RemovalPolicy = "retain"
    """`destroy` deletes groups and their online stores with the stack. The environment's
    `removal_policy` must be `destroy` too. Tables of offline stores belong to the lakehouse."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        rules.check_groups(self.groups)
        return self


def group_name(environment: str, group: str) -> str:
    """Return the name of a group in SageMaker."""
    return f"{environment}-{group}"
