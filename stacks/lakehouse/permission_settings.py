"""Settings of Lake Formation: who may do what on which data."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.arns import KeyArn, LocationArn, PrincipalArn
from stacks.data_classes import DATA_CLASS_TAG, TagWord
from stacks.fields import (
    AccountId,
    ConstructKey,
    Name,
    PersonaName,
    Settings,
    close_to,
    validation_error,
)
from stacks.lakehouse.table_settings import unique

LAYER_TAG = "layer"
"""LF-tag that every layer has, with the layer's name as value."""


TagExpression = Annotated[
    dict[TagWord, Annotated[list[TagWord], Field(min_length=1)]], Field(min_length=1, max_length=5)
]
"""LF-tags that data must have: one of the values of every key."""


class LocationSettings(Settings):
    """Data that is in S3 already, and that Lake Formation shall hand out."""

    name: Annotated[Name, Field(max_length=20)]
    """Name for grants."""
    arn: LocationArn
    """ARN of the bucket, or of a folder in it."""
    key_arn: KeyArn | None = None
    """KMS key of the data. Its policy must allow the roles of this account. Optional. If
    omitted, Amazon S3's keys encrypt the data."""


class FilterSettings(Settings):
    """Rows and columns of a table that a principal sees."""

    name: Annotated[Name, Field(max_length=30)]
    """Name for grants."""
    layer: str
    """Layer of the table."""
    table: str
    """Name of a table that the layer declares."""
    rows: Annotated[str, Field(min_length=1, max_length=2047)] | None = None
    """Condition on rows, such as `country IN ('DE', 'FR') AND amount < 10000`: columns compared
    with strings, numbers and booleans. Defaults to all rows."""
    columns: Annotated[list[str], Field(min_length=1)] | None = None
    """Columns that are included. Defaults to all."""
    excluded_columns: Annotated[list[str], Field(min_length=1)] | None = None
    """Columns that are excluded."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.columns and self.excluded_columns:
            raise validation_error(
                "must not be combined with columns. Remove one of them",
                at="excluded_columns",
                value=self.excluded_columns,
            )
        if not (self.rows or self.columns or self.excluded_columns):
            raise validation_error("must have rows, columns or excluded_columns")
        return self


def _check_ways(settings: Settings, *ways: str) -> None:
    given = [way for way in ways if getattr(settings, way) is not None]
    if len(given) != 1:
        raise validation_error(
            f"must name data with exactly one of {', '.join(ways)}"
            + (f"; there are {' and '.join(given)}" if given else "")
        )


class TargetSettings(Settings):
    """Some of the lakehouse's data; exactly one way to name it."""

    tags: TagExpression | None = None
    """LF-tags: all data in layers and table buckets that has one of the values of every key."""
    layer: str | None = None
    """A layer, or with `table`, a table of it."""
    table: str | None = None
    """A table that the layer or namespace declares, or with `resource_link`, a shared table."""
    filter: str | None = None
    """Name of a filter of rows and columns. With `resource_link` and `table`, a filter of the
    account that shares the table."""


Access = Literal["describe", "read", "write"]


def project_principal(key: str) -> str:
    """Return what a project is called among personas, none of which can have this name."""
    return f"project {key}"


class GrantSettings(TargetSettings):
    """What some personas and projects may do on some data."""

    personas: Annotated[list[PersonaName], Field(min_length=1)] = []
    """Personas that get the access."""
    projects: Annotated[list[ConstructKey], Field(min_length=1)] = []
    """Projects of Unified Studio that get the access, by their keys in
    `unified_studio.host.projects`."""
    access: Access = "read"
    """`describe`: see metadata. `read`: query data. `write`: also change data, and create and
    drop tables."""
    columns: Annotated[list[str], Field(min_length=1)] | None = None
    """Columns of the table. Defaults to all."""
    excluded_columns: Annotated[list[str], Field(min_length=1)] | None = None
    """Excluded columns of the table."""
    table_bucket: str | None = None
    """A table bucket. `namespace` and `table` limit the grant."""
    namespace: str | None = None
    """A namespace of the table bucket."""
    catalog: str | None = None
    """The catalog of a connection with `federated_catalog`, by its name, or `warehouse` for the
    catalog of the warehouse. `database` and `table` limit the grant. Read only."""
    database: Annotated[str, Field(pattern=r"^[^/]{1,255}$")] | None = None
    """A database of the catalog: a schema or a database of its source."""
    resource_link: str | None = None
    """A database of another account, by its name in `resource_links`; `table` limits the grant.
    Read only."""
    location: str | None = None
    """Name of an S3 location in `locations`, for creating tables over it."""

    @property
    def principals(self) -> list[str]:
        """Personas by their names, and projects as `project_principal` calls them."""
        return [*self.personas, *map(project_principal, self.projects)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        # A filter of another account limits a table of a link, and is no way of its own.
        filters = () if self.resource_link is not None else ("filter",)
        _check_ways(
            self, "tags", "layer", "table_bucket", "catalog", "resource_link", "location", *filters
        )
        if self.catalog is not None and self.database is None:
            raise validation_error(
                (
                    "requires database, because the platform does not know the contents of the "
                    "catalog"
                ),
                at="catalog",
                value=self.catalog,
            )
        if self.catalog is not None and self.access == "write":
            raise validation_error(
                "must be read or describe, because federated data is written at its source",
                at="access",
                value=self.access,
            )
        if self.resource_link is not None and self.access == "write":
            raise validation_error(
                "must be read or describe, because other accounts share no more than that. Use "
                "read",
                at="access",
                value=self.access,
            )
        for key, needs in (
            ("namespace", ("table_bucket",)),
            ("database", ("catalog",)),
            ("table", ("layer", "namespace", "database", "resource_link")),
            ("columns", ("table",)),
            ("excluded_columns", ("table",)),
            *((("filter", ("table",)),) if self.resource_link is not None else ()),
        ):
            if getattr(self, key) is not None and all(getattr(self, n) is None for n in needs):
                raise validation_error(
                    f"requires {' or '.join(needs)}", at=key, value=getattr(self, key)
                )
        if self.columns and self.excluded_columns:
            raise validation_error(
                "must not be combined with columns. Remove one of them",
                at="excluded_columns",
                value=self.excluded_columns,
            )
        if self.filter is not None and (self.columns or self.excluded_columns):
            raise validation_error(
                "must not be combined with columns, because the filter has columns. Remove "
                "one of them",
                at="filter",
                value=self.filter,
            )
        if not self.principals:
            raise validation_error("must have personas, projects, or both")
        for kind, names in (("persona", self.personas), ("project", self.projects)):
            if len(set(names)) < len(names):
                raise validation_error(f"must name each {kind} once", at=f"{kind}s", value=names)
        part = next(
            (k for k in ("columns", "excluded_columns", "filter") if getattr(self, k)), None
        )
        if part is not None and self.access != "read":
            raise validation_error(
                f"must be read or describe, because {part} can only be read",
                at="access",
                value=self.access,
            )
        if self.location is not None and self.access != "write":
            raise validation_error(
                "must be write, because a location is for creating tables",
                at="access",
                value=self.access,
            )
        return self


class ShareSettings(TargetSettings):
    """What other environments may do on some data; their administrators grant it on."""

    consumers: Annotated[list[str], Field(min_length=1)]
    """Names of `consumers`."""
    access: Literal["describe", "read"] = "read"
    """Access of the personas."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_ways(self, "tags", "layer", "filter")
        if self.table is not None and self.layer is None:
            raise validation_error("needs layer", at="table", value=self.table)
        if self.filter is not None and self.access != "read":
            raise validation_error(
                "must be read, because a filter supports only read access",
                at="access",
                value=self.access,
            )
        return self


class PermissionSettings(Settings):
    """Lake Formation. Without this block, IAM alone decides."""

    mode: Literal["lake_formation", "hybrid"] = "lake_formation"
    """`lake_formation`: only grants give access to a layer. `hybrid`: grants apply to principals
    that have one; IAM decides for all others."""
    administrators: list[PrincipalArn] = []
    """ARNs of roles or users that become data lake administrators of the account, in addition to
    existing ones."""
    administrator_personas: list[PersonaName] = []
    """Personas that do."""
    close_account_defaults: bool = True
    """Whether new databases and tables of the whole account get no default permissions for IAM
    principals. Only with `mode: lake_formation`."""
    cross_account_version: Literal[3, 4, 5] = 4
    """Version of the account's settings for cross-account sharing. A higher existing version is
    kept."""
    tags: dict[TagWord, Annotated[list[TagWord], Field(min_length=1, max_length=50)]] = {}
    """LF-tags and their values, for layers, namespaces, tables, columns and grants; The platform
    adds `layer` to layers. In Lake Formation, the names of LF-tags have the environment's name
    as prefix."""
    locations: list[LocationSettings] = []
    """Existing data in S3."""
    filters: list[FilterSettings] = []
    """Filters of rows and columns."""
    grants: list[GrantSettings] = []
    """Grants to personas, and to projects of Unified Studio."""
    consumers: dict[Name, AccountId] = {}
    """Environments in other accounts that data is shared with."""
    shares: list[ShareSettings] = []
    """Data that is shared with them."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("administrators", "administrator_personas"):
            values: list[str] = getattr(self, key)
            if len(set(values)) < len(values):
                raise validation_error("names one twice", at=key, value=values)
        if LAYER_TAG in self.tags:
            raise validation_error(
                ("is reserved for the names of layers, and the platform adds it. Remove the line"),
                at=f"tags.{LAYER_TAG}",
                value=self.tags[LAYER_TAG],
            )
        if DATA_CLASS_TAG in self.tags:
            raise validation_error(
                "is reserved for data_classes.names, and the platform adds it. Remove the "
                "line, and set data_class on layers",
                at=f"tags.{DATA_CLASS_TAG}",
                value=self.tags[DATA_CLASS_TAG],
            )
        for key, words in self.tags.items():
            if len(set(words)) < len(words):
                raise validation_error("must have each value once", at=f"tags.{key}", value=words)
        unique([one.name for one in self.filters], "filters.{}.name", "filter")
        unique([one.name for one in self.locations], "locations.{}.name", "location")
        self._check_locations()
        self._check_consumers()
        return self

    def _check_locations(self) -> None:
        for index, one in enumerate(self.locations):
            for other in self.locations[:index]:
                pair = sorted((f"{one.arn}/", f"{other.arn}/"), key=len)
                if pair[1].startswith(pair[0]):
                    raise validation_error(
                        f"overlaps {other.arn} of {other.name}: Lake Formation would use "
                        "two roles for the same data. Register only the outer one",
                        at=f"locations.{index}.arn",
                        value=one.arn,
                    )

    def _check_consumers(self) -> None:
        for index, share in enumerate(self.shares):
            for number, name in enumerate(share.consumers):
                if name not in self.consumers:
                    raise validation_error(
                        f"must be a name in consumers{close_to(name, list(self.consumers))}",
                        at=f"shares.{index}.consumers.{number}",
                        value=name,
                    )

    @property
    def targets(self) -> Iterator[tuple[str, GrantSettings | ShareSettings]]:
        """All grants and shares, with their places."""
        for index, grant in enumerate(self.grants):
            yield f"grants.{index}", grant
        for number, share in enumerate(self.shares):
            yield f"shares.{number}", share

    @property
    def granted_projects(self) -> set[str]:
        """Keys of the projects of Unified Studio that are granted anything."""
        return {key for grant in self.grants for key in grant.projects}

    @property
    def grants_anything(self) -> bool:
        """Whether anything is granted to personas or accounts."""
        return bool(
            any(grant.personas for grant in self.grants)
            or self.shares
            or self.administrator_personas
        )
