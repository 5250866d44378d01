"""Settings of the lakehouse."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import RemovalPolicy, Settings, validation_error
from stacks.lakehouse import rules
from stacks.lakehouse.link_settings import ResourceLinkSettings
from stacks.lakehouse.permission_settings import PermissionSettings
from stacks.lakehouse.query_settings import QuerySettings
from stacks.lakehouse.storage_settings import LayerSettings, TableBucketSettings


class CatalogSettings(Settings):
    """What Glue knows of table buckets."""

    s3_tables: Literal["create", "exists"]
    """Each account has one catalog `s3tablescatalog` per region. `create` it here, or declare
    that it `exists`."""
    s3_tables_role: Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,64}$")] | None = None
    """Required with `exists`: the role with which Lake Formation reads table buckets. It gets
    access to this environment's key."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.s3_tables == "create" and self.s3_tables_role is not None:
            raise validation_error(
                (
                    "must be omitted, because the platform creates the role with the catalog. "
                    "Remove the line"
                ),
                at="s3_tables_role",
                value=self.s3_tables_role,
            )
        if self.s3_tables == "exists" and self.s3_tables_role is None:
            raise validation_error(
                "requires s3_tables_role, the role with which Lake Formation reads table "
                "buckets, so that it can use this environment's key. Add it",
                at="s3_tables",
                value="exists",
            )
        return self


def _default_layers() -> list[LayerSettings]:
    return [
        LayerSettings(name="raw", access="read"),
        LayerSettings(name="curated", access="read"),
        LayerSettings(name="analytics", access="read-write"),
    ]


class LakehouseSettings(Settings):
    """Layers of data and the workgroup to query them."""

    # The policy of an activity names them all, and IAM limits its length.
    layers: Annotated[list[LayerSettings], Field(min_length=1, max_length=6)] = Field(
        default_factory=_default_layers
    )
    """The layers. If omitted, raw and curated to read, analytics to read and write."""
    table_buckets: Annotated[list[TableBucketSettings], Field(max_length=10)] = []
    """S3 table buckets."""
    catalog: CatalogSettings | None = None
    """Glue catalog of table buckets. Required with `table_buckets`."""
    resource_links: Annotated[list[ResourceLinkSettings], Field(max_length=10)] = []
    """Databases that other accounts share with this one. `permissions.grants` grants access to
    them."""
    permissions: PermissionSettings | None = None
    """Lake Formation permissions. Optional. If omitted, IAM decides, with the `access` of the
    layers."""
    query: QuerySettings = QuerySettings()
    """Limits of queries."""
    removal_policy: RemovalPolicy = "retain"
    """`destroy` deletes the data with the stack. The environment's `removal_policy` must be
    `destroy` too."""

    @property
    def data_classes(self) -> list[str]:
        """Classes of the data of layers and namespaces, of which each may be there often."""
        found = [one.data_class for one in self.layers]
        found += [one.data_class for bucket in self.table_buckets for one in bucket.namespaces]
        return [one for one in found if one is not None]

    @property
    def has_classes(self) -> bool:
        """Whether any layer or namespace has a class of its own."""
        return bool(self.data_classes)

    @model_validator(mode="after")
    def _check(self) -> Self:
        # Ids of constructs have no hyphens.
        for key, what in (("layers", "layer"), ("table_buckets", "table bucket")):
            blocks: list[LayerSettings] | list[TableBucketSettings] = getattr(self, key)
            names = [block.name.replace("-", "") for block in blocks]
            for index, name in enumerate(names):
                if name in names[:index]:
                    raise validation_error(
                        (
                            f"must be unique: an earlier {what} has the same name if hyphens "
                            "are ignored"
                        ),
                        at=f"{key}.{index}.name",
                        value=blocks[index].name,
                    )
        if self.table_buckets and self.catalog is None:
            raise validation_error(
                "requires catalog.s3_tables: `create` if this environment creates the "
                "account's s3tablescatalog, or `exists`",
                at="table_buckets",
                value=[bucket.name for bucket in self.table_buckets],
            )
        if self.catalog is not None and not self.table_buckets:
            raise validation_error("requires table_buckets", at="catalog")
        rules.check_permissions(self)
        return self
