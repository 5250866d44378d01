"""Settings of the lakehouse."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import Name, RemovalPolicy, Settings, fault


class LayerSettings(Settings):
    """One layer of data: a bucket and a Glue database."""

    name: Annotated[Name, Field(max_length=20)]
    """Name of the layer; the database is called `<environment>_<layer>`."""
    studio_access: Literal["none", "read", "read-write"] = "read"
    """What Studio users may do with the layer's data."""


class QuerySettings(Settings):
    """Limits of the Athena workgroup, which clients cannot override."""

    scan_limit_gib: Annotated[int, Field(ge=1, le=7_000_000)] = 100
    """A query that would scan more is stopped."""
    result_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long results are kept, and tables made by CREATE TABLE AS, which Athena stores with
    them. To keep data, create the table in a layer and INSERT INTO it."""


def _default_layers() -> list[LayerSettings]:
    return [
        LayerSettings(name="raw", studio_access="read"),
        LayerSettings(name="curated", studio_access="read"),
        LayerSettings(name="analytics", studio_access="read-write"),
    ]


class LakehouseSettings(Settings):
    """Layers of data and the workgroup to query them."""

    # Each layer attaches a policy to the Studio role, and a role takes ten.
    layers: Annotated[list[LayerSettings], Field(min_length=1, max_length=6)] = Field(
        default_factory=_default_layers
    )
    """The layers; absent: raw and curated to read, analytics to read and write."""
    query: QuerySettings = QuerySettings()
    """Limits of queries."""
    removal_policy: RemovalPolicy = "retain"
    """`destroy` deletes the data with the stack, where the environment's own
    `removal_policy` is `destroy` too: deleting data takes two keys."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        # Ids of constructs have no hyphens.
        names = [layer.name.replace("-", "") for layer in self.layers]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise fault(
                    "is the name of an earlier layer, whatever the hyphens",
                    at=f"layers.{index}.name",
                    value=self.layers[index].name,
                )
        return self
