"""Puts the lakehouse under Lake Formation, as the settings of permissions say."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import DefaultStackSynthesizer, Fn, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, DependencyGroup, IDependable

from sagemaker_platform.foundation import use_of_key_arn
from sagemaker_platform.lakehouse import (
    EVERYBODY,
    DataLocation,
    DataTarget,
    GlueIcebergTable,
    LakeFormation,
    LakehouseLayer,
    TableBucket,
)
from sagemaker_platform.security import WildcardStatement
from stacks.lakehouse.permission_settings import (
    LAYER_TAG,
    Access,
    GrantSettings,
    LocationSettings,
    PermissionSettings,
    ShareSettings,
)
from stacks.lakehouse.settings import LakehouseSettings
from stacks.lakehouse.storage_settings import LayerSettings

_ON_TABLES: Mapping[Access, Sequence[str]] = {
    "describe": ["DESCRIBE"],
    "read": ["DESCRIBE", "SELECT"],
    "write": ["ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"],
}
_ON_DATABASES: Mapping[Access, Sequence[str]] = {
    "describe": ["DESCRIBE"],
    "read": ["DESCRIBE"],
    "write": ["CREATE_TABLE", "DESCRIBE"],
}
_LOCATION = ["DATA_LOCATION_ACCESS"]

Wanted = dict[DataTarget, set[str]]
"""Permissions by what they are on; none where only an opt-in is."""


class Governance(Construct):
    """What Lake Formation has to know of the lakehouse before anybody is granted anything."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        settings: LakehouseSettings,
        permissions: PermissionSettings,
        catalogs: Mapping[str, str],
        key: kms.IKey,
        log_retention_days: int,
        makes_catalogs: bool,
    ) -> None:
        super().__init__(scope, id)
        self._settings = settings
        self._catalogs = catalogs
        self._permissions = permissions
        self._hybrid = permissions.mode == "hybrid"
        self._layers: dict[str, LakehouseLayer] = {}
        self._table_buckets: Mapping[str, TableBucket] = {}
        self._locations: dict[str, DataTarget] = {}
        self._filters: dict[str, DataTarget] = {}
        self.lake_formation = LakeFormation(
            self,
            "LakeFormation",
            name=name,
            key=key,
            log_retention_days=log_retention_days,
            administrators=permissions.administrators,
            close_defaults=permissions.close_account_defaults and not self._hybrid,
            cross_account_version=permissions.cross_account_version,
            shares_data=bool(permissions.shares),
            full_table_access=self.governs_spark,
        )
        for tag, values in (
            (LAYER_TAG, [layer.name for layer in settings.layers]),
            *permissions.tags.items(),
        ):
            self.lake_formation.add_tag(tag, values)
        for location in permissions.locations:
            self._locations[location.name] = self._location(location).target
        # Who IAM allows may do so in a new account, and nobody in one that has been closed.
        creates = ["CREATE_CATALOG", "CREATE_DATABASE", "DESCRIBE"]
        self.may_create: IDependable = self.lake_formation.grant(
            self,
            "deployment",
            _deployment_role(self),
            DataTarget.catalog(),
            creates if makes_catalogs else ["CREATE_DATABASE"],
        )
        """What databases and catalogs have to wait for."""

    def _location(self, settings: LocationSettings) -> DataLocation:
        bucket, _, folder = settings.arn.partition("/")
        listing: dict[str, dict[str, list[str]]] = (
            {"StringLike": {"s3:prefix": [folder, f"{folder}/*"]}} if folder else {}
        )
        return DataLocation(
            self,
            f"Location-{settings.name}",
            name=settings.name,
            arn=settings.arn,
            hybrid=self._hybrid,
            statements=[
                iam.PolicyStatement(
                    actions=["s3:GetBucketLocation"],
                    resources=[bucket],
                ),
                iam.PolicyStatement(
                    actions=["s3:ListBucket"], resources=[bucket], conditions=listing or None
                ),
                WildcardStatement(
                    actions=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                    resources=[f"{settings.arn}/*"],
                    wildcard_reason="Objects of one location: their keys are not known.",
                ),
                *(use_of_key_arn(settings.key_arn) if settings.key_arn else ()),
            ],
        )

    def govern_layer(self, settings: LayerSettings, layer: LakehouseLayer) -> list[IDependable]:
        """Register a layer, close it and tag it; return what its tables have to wait for."""
        self._layers[settings.name] = layer
        formation = self.lake_formation
        layer.database.node.add_dependency(self.may_create)
        location = layer.register(hybrid=self._hybrid)
        self._locations[f"layer {settings.name}"] = location.target
        database = DataTarget.database(layer.database_name)
        tags = {LAYER_TAG: settings.name, **settings.tags}
        formation.assign(database, tags, after=layer.database)
        if self._hybrid:
            # Whatever another environment has made the default of the account.
            opened = formation.grant(
                self, "everybody", EVERYBODY, database, ["ALL"], stays=True, after=[layer.database]
            )
            return [location.resource, opened]
        closed = formation.close(layer.database_name, after=layer.database)
        # Whoever deploys makes the tables, which is no longer for IAM alone to allow.
        deploys = _deployment_role(self)
        return [
            closed,
            *(
                # Deleting the database takes DROP, and it goes after all that waits for it.
                formation.grant(
                    self,
                    "deployment",
                    deploys,
                    target,
                    permissions,
                    stays=target == database,
                    after=[closed, waits_for],
                )
                for target, permissions, waits_for in (
                    (location.target, _LOCATION, location.resource),
                    (database, ["ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"], layer.database),
                    (
                        DataTarget.tables(layer.database_name),
                        ["ALTER", "DESCRIBE", "DROP"],
                        layer.database,
                    ),
                )
            ),
        ]

    def govern_table(
        self, layer: str, name: str, table: GlueIcebergTable, tags: Mapping[str, str]
    ) -> None:
        """Tag a table and its columns."""
        database = self._layers[layer].database_name
        if tags:
            target = DataTarget.table(database, name)
            self.lake_formation.assign(target, tags, after=table.resource)
        [settings] = [
            one
            for found in self._settings.layers
            if found.name == layer
            for one in found.tables
            if one.name == name
        ]
        for column in settings.columns:
            if column.tags:
                target = DataTarget.columns(database, name, columns=[column.name])
                self.lake_formation.assign(target, column.tags, after=table.resource)

    def grant_maintenance(self, layer: LakehouseLayer) -> None:
        """Let Glue's role change the tables of a layer, before its optimizers begin."""
        role = layer.maintenance_role
        if self._hybrid or role is None:
            return
        grants = [
            self.lake_formation.grant(
                self,
                f"maintenance-{layer.node.id}",
                role.role_arn,
                target,
                permissions,
                after=[layer.database, role],
            )
            for target, permissions in (
                (DataTarget.database(layer.database_name), ["DESCRIBE"]),
                (
                    DataTarget.tables(layer.database_name),
                    ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"],
                ),
            )
        ]
        for table in layer.tables.values():
            table.optimize_after(*grants)

    def grant_work(
        self, scope: Construct, who: str, role: iam.IRole, layer: str, access: Access
    ) -> list[IDependable]:
        """Let the role of a service work on a layer, and return what it then has to wait for.

        In hybrid mode IAM goes on to decide for it.

        Args:
            scope: where the grants are made, in this stack or one that comes later.
            who: short name of the role, unique in its stack.
            role: the role.
            layer: name of the layer.
            access: what it does there.
        """
        if self._hybrid:
            return []
        return [
            self.lake_formation.grant(
                scope, who, role.role_arn, data, sorted(permissions), after=[role]
            )
            for data, permissions in self.wanted(
                GrantSettings(personas=["service"], layer=layer, access=access), access
            ).items()
        ]

    def add_filters(self) -> None:
        """Make the filters, when all tables are there."""
        for one in self._permissions.filters:
            layer = self._layers[one.layer]
            self._filters[one.name] = self.lake_formation.add_filter(
                one.name,
                database=layer.database_name,
                table=one.table,
                rows=one.rows,
                columns=one.columns or (),
                excluded_columns=one.excluded_columns or (),
                after=layer.tables[one.table].resource,
            )

    def know_table_buckets(self, table_buckets: Mapping[str, TableBucket]) -> None:
        """Remember table buckets, for grants."""
        self._table_buckets = table_buckets

    def tag_table_buckets(self, *, after: IDependable) -> None:
        """Tag namespaces and tables of table buckets.

        Args:
            after: the catalog through which Lake Formation sees them.
        """
        for settings in self._settings.table_buckets:
            bucket = self._table_buckets[settings.name]
            for namespace in settings.namespaces:
                made = bucket.namespaces[namespace.name]
                if namespace.tags:
                    self.lake_formation.assign(
                        DataTarget.database(namespace.name, catalog_id=bucket.catalog_id),
                        namespace.tags,
                        after=DependencyGroup(after, made),
                    )
                for table in namespace.tables:
                    if table.tags:
                        self.lake_formation.assign(
                            DataTarget.table(
                                namespace.name, table.name, catalog_id=bucket.catalog_id
                            ),
                            table.tags,
                            after=DependencyGroup(after, bucket.tables[namespace.name, table.name]),
                        )

    def statements(self, *, write: bool) -> list[iam.PolicyStatement]:
        """Return what those need in IAM to whom Lake Formation hands out data."""
        return [
            WildcardStatement(
                actions=["lakeformation:GetDataAccess"],
                resources=["*"],
                wildcard_reason=(
                    "IAM knows no resources for this action; Lake Formation decides what a "
                    "caller gets."
                ),
            ),
            *(bucket.catalog_statement(write=write) for bucket in self._table_buckets.values()),
            *map(self._catalog_statement, self._granted_catalogs()),
            *self._data_sources(),
        ]

    def _granted_catalogs(self) -> list[str]:
        named = {grant.catalog for grant in self._permissions.grants if grant.catalog is not None}
        return [self._catalogs[name] for name in sorted(named)]

    def _data_sources(self) -> Iterator[iam.PolicyStatement]:
        """Return what Athena asks for where a catalog is a data source of its own."""
        # The warehouse's is none: a database in a catalog.
        names = [name for name in self._granted_catalogs() if "/" not in name]
        if names:
            stack = Stack.of(self)
            yield iam.PolicyStatement(
                actions=["athena:GetDataCatalog"],
                resources=[
                    stack.format_arn(service="athena", resource="datacatalog", resource_name=name)
                    for name in names
                ],
            )

    def _catalog_statement(self, catalog: str) -> iam.PolicyStatement:
        """Return what it takes to see a catalog of data elsewhere."""
        stack, [first, *_] = Stack.of(self), catalog.split("/")

        def arn(resource: str, name: str | None = None) -> str:
            return stack.format_arn(service="glue", resource=resource, resource_name=name)

        return WildcardStatement(
            actions=[
                "glue:GetCatalog",
                "glue:GetDatabase",
                "glue:GetDatabases",
                "glue:GetTable",
                "glue:GetTables",
            ],
            resources=[
                arn("catalog"),
                *dict.fromkeys((arn("catalog", first), arn("catalog", catalog))),
                arn("database", f"{catalog}/*"),
                arn("table", f"{catalog}/*/*"),
            ],
            wildcard_reason="All databases and tables of one catalog, and of no other.",
        )

    @property
    def governs_spark(self) -> bool:
        """Whether there is Spark that reads what Lake Formation alone hands out."""
        return not self._hybrid and any(
            one.engine == "spark" for one in self._settings.query.workgroups
        )

    @property
    def replaces_iam(self) -> bool:
        """Whether IAM gives nobody the objects of a layer any more."""
        return not self._hybrid

    def wanted(self, target: GrantSettings | ShareSettings, access: Access) -> Wanted:
        """Return the permissions of a grant, and in hybrid mode where it takes an opt-in.

        Args:
            target: the data.
            access: what may be done with it.
        """
        found: Wanted = {}
        for data, permissions in self._permissions_on(target, access):
            found.setdefault(data, set()).update(permissions)
        return found

    def opts_in(self, data: DataTarget) -> bool:
        """Whether a grant on a target comes with an opt-in: those are for names alone."""
        governed_always = any(key == "CatalogId" for key, _ in data.names)
        return self._hybrid and data.type in ("Database", "Tables", "Table") and not governed_always

    def _permissions_on(
        self, target: GrantSettings | ShareSettings, access: Access
    ) -> Iterator[tuple[DataTarget, Sequence[str]]]:
        if isinstance(target, GrantSettings):
            if target.table_bucket is not None:
                yield from self._on_table_bucket(target, access)
            if target.catalog is not None:
                assert target.database is not None, "the settings want one with the catalog"
                account = Stack.of(self).account
                catalog_id = f"{account}:{self._catalogs[target.catalog]}"
                yield from self._on_database(target, access, target.database, catalog_id=catalog_id)
            if target.location is not None:
                yield self._locations[target.location], _LOCATION
        if target.tags is not None:
            yield from self._on_tags(target.tags, access)
        elif target.filter is not None:
            [one] = [f for f in self._permissions.filters if f.name == target.filter]
            database = self._layers[one.layer].database_name
            yield DataTarget.database(database), ["DESCRIBE"]
            yield self._filters[one.name], ["SELECT"]
            yield from self._opt_in_only(DataTarget.table(database, one.table))
        elif target.layer is not None:
            database = self._layers[target.layer].database_name
            yield from self._on_database(target, access, database, catalog_id=None)
            if target.table is None and access == "write":
                yield self._locations[f"layer {target.layer}"], _LOCATION

    def _on_tags(
        self, tags: Mapping[str, Sequence[str]], access: Access
    ) -> Iterator[tuple[DataTarget, Sequence[str]]]:
        expression = {self.lake_formation.tag_key(key): values for key, values in tags.items()}
        yield DataTarget.tagged("TaggedDatabases", expression), _ON_DATABASES[access]
        yield DataTarget.tagged("TaggedTables", expression), _ON_TABLES[access]
        for settings in self._settings.layers:
            of_layer = {LAYER_TAG: settings.name, **settings.tags}
            database = self._layers[settings.name].database_name
            if _fits(of_layer, tags):
                if access == "write":
                    yield self._locations[f"layer {settings.name}"], _LOCATION
                yield from self._opt_in_only(DataTarget.database(database))
                yield from self._opt_in_only(DataTarget.tables(database))
                continue
            tables = [
                table.name
                for table in settings.tables
                if any(
                    _fits({**of_layer, **table.tags, **own}, tags)
                    for own in ({}, *(column.tags for column in table.columns))
                )
            ]
            if tables:
                # A table that fits can be seen only where its database can.
                yield DataTarget.database(database), ["DESCRIBE"]
            for name in tables:
                yield from self._opt_in_only(DataTarget.table(database, name))

    def _on_table_bucket(
        self, target: GrantSettings, access: Access
    ) -> Iterator[tuple[DataTarget, Sequence[str]]]:
        assert target.table_bucket is not None
        [settings] = [b for b in self._settings.table_buckets if b.name == target.table_bucket]
        for namespace in settings.namespaces:
            if target.namespace in (None, namespace.name):
                yield from self._on_database(
                    target,
                    access,
                    namespace.name,
                    catalog_id=self._table_buckets[target.table_bucket].catalog_id,
                )

    def _on_database(
        self,
        target: GrantSettings | ShareSettings,
        access: Access,
        database: str,
        *,
        catalog_id: str | None,
    ) -> Iterator[tuple[DataTarget, Sequence[str]]]:
        whole = DataTarget.database(database, catalog_id=catalog_id)
        if target.table is None:
            yield whole, _ON_DATABASES[access]
            yield DataTarget.tables(database, catalog_id=catalog_id), _ON_TABLES[access]
            return
        yield whole, ["DESCRIBE"]
        table = DataTarget.table(database, target.table, catalog_id=catalog_id)
        if isinstance(target, GrantSettings) and (target.columns or target.excluded_columns):
            columns = DataTarget.columns(
                database,
                target.table,
                columns=target.columns or (),
                excluded_columns=target.excluded_columns or (),
                catalog_id=catalog_id,
            )
            yield columns, ["SELECT"]
            yield from self._opt_in_only(table)
        else:
            yield table, _ON_TABLES[access]

    def _opt_in_only(self, data: DataTarget) -> Iterator[tuple[DataTarget, Sequence[str]]]:
        if self.opts_in(data):
            yield data, []


def _fits(carried: Mapping[str, str], wanted: Mapping[str, Sequence[str]]) -> bool:
    return all(carried.get(key) in values for key, values in wanted.items())


def _deployment_role(scope: Construct) -> str:
    """Return the role with which CloudFormation makes what is in the stack."""
    stack = Stack.of(scope)
    synthesizer = stack.synthesizer
    assert isinstance(synthesizer, DefaultStackSynthesizer)
    return Fn.sub(synthesizer.cloud_formation_execution_role_arn)
