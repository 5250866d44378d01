"""Settings of connections of projects."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import Name, Settings, TeamName, validation_error
from stacks.unified_studio.fields import GlueVersion
from stacks.unified_studio.who_settings import OrText

KINDS = ("athena", "hyperpod", "lakehouse", "mlflow", "s3", "spark_glue", "warehouse")
# Types of AWS Glue's interactive sessions.
WorkerType = Literal["G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X"]


class AthenaConnectionSettings(Settings):
    """A workgroup of the lakehouse."""

    workgroup: Name | None = None
    """Name of a workgroup of `lakehouse.query.workgroups`. Defaults to that of the
    environment."""
    layers: Annotated[list[Name], Field(min_length=1)] | None = None
    """Layers that the project reads with it, in addition to what `lakehouse.permissions.grants`
    give to the project. Optional only with such grants."""


class S3ConnectionSettings(Settings):
    """The files of a layer. Text in its place is the layer."""

    layer: Name
    """Name of a layer of the lakehouse."""
    access: Literal["read", "write"] = "read"
    """What the project does there."""

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        return {"layer": value} if isinstance(value, str) else value


class HyperPodConnectionSettings(Settings):
    """A HyperPod cluster with EKS. Text in its place is the cluster."""

    cluster: Name
    """Name of a cluster of `hyperpod`."""
    team: TeamName | None = None
    """Team of the cluster in whose namespace the project works. Required where the cluster has
    teams."""

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        return {"cluster": value} if isinstance(value, str) else value


class SparkGlueConnectionSettings(Settings):
    """Interactive sessions of AWS Glue, which cost money while they run."""

    glue_version: GlueVersion = "5.0"
    """Version of AWS Glue."""
    worker_type: WorkerType = "G.1X"
    """Type of the workers."""
    workers: Annotated[int, Field(ge=2, le=1000)] = 2
    """Number of workers."""
    idle_minutes: Annotated[int, Field(ge=1, le=3000)] = 60
    """Time after which an idle session ends."""


class LakehouseConnectionSettings(Settings):
    """The Glue Data Catalog."""

    lineage: bool = True
    """Whether Unified Studio imports the lineage of AWS Glue."""


class WarehouseConnectionSettings(Settings):
    """The data warehouse, with sign-in by IAM."""

    lineage: bool = False
    """Whether Unified Studio imports the lineage of the warehouse."""


class ConnectionSettings(Settings):
    """A connection of a project to what the environment has: one of the kinds."""

    description: Annotated[str, Field(max_length=128)] | None = None
    """Description that people see. Defaults to none."""
    athena: AthenaConnectionSettings | None = None
    """A workgroup of Athena."""
    hyperpod: Annotated[HyperPodConnectionSettings, OrText()] | None = None
    """A HyperPod cluster with EKS."""
    lakehouse: LakehouseConnectionSettings | None = None
    """The Glue Data Catalog."""
    mlflow: Literal["app", "tracking_server"] | None = None
    """The MLflow App or the tracking server."""
    s3: Annotated[S3ConnectionSettings, OrText()] | None = None
    """The files of a layer."""
    spark_glue: SparkGlueConnectionSettings | None = None
    """Interactive sessions of AWS Glue with Spark."""
    warehouse: WarehouseConnectionSettings | None = None
    """The data warehouse: `{}`."""

    @property
    def kind(self) -> str:
        """The kind of target."""
        [kind] = (one for one in KINDS if getattr(self, one) is not None)
        return kind

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [one for one in KINDS if getattr(self, one) is not None]
        if len(given) != 1:
            raise validation_error(
                f"must have exactly one of {', '.join(KINDS)}; has {', '.join(given) or 'none'}"
            )
        return self
