"""Puts the lakehouse under Lake Formation, as the settings of permissions say."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import Stack
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
    ResourceLink,
    TableBucket,
    see_catalog,
)
from sagemaker_platform.security import WildcardStatement
from stacks.data_classes import DATA_CLASS_TAG
from stacks.lakehouse.closed_database_mapping import close_database, deployment_role
from stacks.lakehouse.link_settings import ResourceLinkSettings
from stacks.lakehouse.permission_mapping import PermissionMapping, Permissions, merge
from stacks.lakehouse.permission_settings import (
    LAYER_TAG,
    Access,
    GrantSettings,
    LocationSettings,
    PermissionSettings,
)
from stacks.lakehouse.settings import LakehouseSettings
from stacks.lakehouse.storage_settings import LayerSettings


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
        data_classes: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        self._settings = settings
        self._catalogs = catalogs
        self._permissions = permissions
        self._hybrid = permissions.mode == "hybrid"
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
            linked=[(one.account, one.database) for one in settings.resource_links],
            full_table_access=self.governs_spark,
        )
        self.mapping = PermissionMapping(
            settings=settings,
            permissions=permissions,
            catalogs=catalogs,
            account=Stack.of(self).account,
            tag_key=self.lake_formation.tag_key,
        )
        for tag, values in (
            (LAYER_TAG, [layer.name for layer in settings.layers]),
            *permissions.tags.items(),
            *([(DATA_CLASS_TAG, data_classes)] if settings.has_classes else []),
        ):
            self.lake_formation.add_tag(tag, values)
        for location in permissions.locations:
            self.mapping.locations[location.name] = self._location(location).target
        # Who IAM allows may do so in a new account, and no principal in one that has been closed.
        creates = ["CREATE_CATALOG", "CREATE_DATABASE", "DESCRIBE"]
        self.may_create: IDependable = self.lake_formation.grant(
            self,
            "deployment",
            deployment_role(self),
            DataTarget.catalog(),
            creates if makes_catalogs else ["CREATE_DATABASE"],
        )
        """What databases and catalogs have to wait for."""
        for link in settings.resource_links:
            self.mapping.links[link.name] = self._link(link, name)

    def _link(self, settings: ResourceLinkSettings, environment: str) -> ResourceLink:
        link = ResourceLink(
            self,
            f"Link-{settings.name}",
            name=f"{environment}_{settings.name}".replace("-", "_"),
            account=settings.account,
            database=settings.database,
        )
        link.database.node.add_dependency(self.may_create)
        # Deleting the link takes DROP.
        self.lake_formation.grant(
            self,
            "deployment",
            deployment_role(self),
            DataTarget.database(link.database_name),
            ["DESCRIBE", "DROP"],
            stays=True,
            after=[link.database],
        )
        return link

    def link_statements(self, persona: str) -> list[iam.PolicyStatement]:
        """Return what a persona needs in IAM to query what other accounts share."""
        tables: dict[str, list[str]] = {}
        for grant in self._permissions.grants:
            if grant.resource_link is not None and persona in grant.principals:
                tables.setdefault(grant.resource_link, []).append(grant.table or "*")
        return [
            self.mapping.links[name].catalog_statement(
                ["*"] if "*" in found else list(dict.fromkeys(found))
            )
            for name, found in tables.items()
        ]

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
        self.mapping.layers[settings.name] = layer
        formation = self.lake_formation
        layer.database.node.add_dependency(self.may_create)
        location = layer.register(hybrid=self._hybrid)
        self.mapping.locations[f"layer {settings.name}"] = location.target
        database = DataTarget.database(layer.database_name)
        tags = {LAYER_TAG: settings.name, **settings.lf_tags}
        formation.assign(database, tags, after=layer.database)
        if self._hybrid:
            # Whatever another environment has made the default of the account.
            opened = formation.grant(
                self, "everybody", EVERYBODY, database, ["ALL"], stays=True, after=[layer.database]
            )
            return [location.resource, opened]
        return close_database(
            formation, self, layer.database_name, database=layer.database, location=location
        )

    def govern_table(
        self, layer: str, name: str, table: GlueIcebergTable, tags: Mapping[str, str]
    ) -> None:
        """Tag a table and its columns."""
        database = self.mapping.layers[layer].database_name
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
        targets = self.permissions_of_service([layer], access)
        return self.grant_each(scope, who, role.role_arn, targets, after=[role])

    def permissions_of_service(self, layers: Sequence[str], access: Access) -> Permissions:
        """Return what the role of a service needs on layers; nothing in hybrid mode."""
        found: Permissions = {}
        for layer in () if self._hybrid else layers:
            grant = GrantSettings(personas=["service"], layer=layer, access=access)
            merge(found, self.mapping.permissions_for(grant, access))
        return found

    def grant_each(
        self,
        scope: Construct,
        who: str,
        principal: str,
        targets: Permissions,
        *,
        grantable: bool = False,
        after: Sequence[IDependable] = (),
    ) -> list[IDependable]:
        """Grant permissions to a principal, and in hybrid mode let them decide about it.

        Args:
            scope: where the grants are made, in this stack or one that comes later.
            who: short name of the principal, unique in its stack.
            principal: ARN of a role, or number of an account.
            targets: permissions by target.
            grantable: whether the principal grants them on.
            after: what the principal needs to exist.
        """
        made: list[IDependable] = []
        for data, permissions in targets.items():
            opts_in = self.mapping.opts_in(data) and not grantable
            if permissions or opts_in:
                made.append(
                    self.lake_formation.grant(
                        scope,
                        who,
                        principal,
                        data,
                        sorted(permissions),
                        grantable=grantable,
                        opt_in=opts_in,
                        after=after,
                    )
                )
        return made

    def add_filters(self) -> None:
        """Make the filters, when all tables are there."""
        for one in self._permissions.filters:
            layer = self.mapping.layers[one.layer]
            self.mapping.filters[one.name] = self.lake_formation.add_filter(
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
        self.mapping.table_buckets = table_buckets

    def tag_table_buckets(self, *, after: IDependable) -> None:
        """Tag namespaces and tables of table buckets.

        Args:
            after: the catalog through which Lake Formation sees them.
        """
        for settings in self._settings.table_buckets:
            bucket = self.mapping.table_buckets[settings.name]
            for namespace in settings.namespaces:
                made = bucket.namespaces[namespace.name]
                if namespace.lf_tags:
                    self.lake_formation.assign(
                        DataTarget.database(namespace.name, catalog_id=bucket.catalog_id),
                        namespace.lf_tags,
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

    def access_statements(self, *, write: bool) -> list[iam.PolicyStatement]:
        """Return the IAM permissions of principals that get data from Lake Formation."""
        return [
            WildcardStatement(
                actions=["lakeformation:GetDataAccess"],
                resources=["*"],
                wildcard_reason=(
                    "IAM knows no resources for this action; Lake Formation decides what a "
                    "caller gets."
                ),
            ),
            *(
                bucket.catalog_statement(write=write)
                for bucket in self.mapping.table_buckets.values()
            ),
            *(
                see_catalog(
                    Stack.of(self),
                    catalog,
                    write=False,
                    wildcard_reason="All databases and tables of one catalog, and of no other.",
                )
                for catalog in self._granted_catalogs()
            ),
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

    @property
    def governs_spark(self) -> bool:
        """Whether there is Spark that reads what Lake Formation alone hands out."""
        return not self._hybrid and any(
            one.engine == "spark" for one in self._settings.query.workgroups
        )

    @property
    def shares_data(self) -> bool:
        """Whether other accounts are granted anything."""
        return bool(self._permissions.shares)

    @property
    def replaces_iam(self) -> bool:
        """Whether IAM no longer gives access to the objects of a layer."""
        return not self._hybrid
