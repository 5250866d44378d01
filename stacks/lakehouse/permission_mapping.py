"""Maps grants and shares to permissions of Lake Formation."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from sagemaker_platform.lakehouse import DataTarget, LakehouseLayer, ResourceLink, TableBucket
from stacks.lakehouse.permission_settings import (
    Access,
    GrantSettings,
    PermissionSettings,
    ShareSettings,
)
from stacks.lakehouse.reach import reach
from stacks.lakehouse.settings import LakehouseSettings

LOCATION_PERMISSIONS = ["DATA_LOCATION_ACCESS"]
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

Permissions = dict[DataTarget, set[str]]
"""Permissions by target. An empty set stands for an opt-in without permissions."""


def merge(wanted: Permissions, more: Permissions) -> None:
    """Add permissions to others, so that a target has one grant for one principal."""
    for data, permissions in more.items():
        wanted.setdefault(data, set()).update(permissions)


class PermissionMapping:
    """Maps grants and shares to permissions of Lake Formation.

    Attributes:
        layers: layers by name. These and the following are added as they are created.
        table_buckets: table buckets by name.
        links: links to databases of other accounts by name.
        locations: locations by name; those of layers are called ``layer <name>``.
        filters: filters by name.

    Args:
        settings: settings of the lakehouse.
        permissions: settings of Lake Formation.
        catalogs: Glue's names of catalogs by the names that grants use.
        account: account of the environment.
        tag_key: returns the key of an LF-tag in the account.
    """

    def __init__(
        self,
        *,
        settings: LakehouseSettings,
        permissions: PermissionSettings,
        catalogs: Mapping[str, str],
        account: str,
        tag_key: Callable[[str], str],
    ) -> None:
        self._settings = settings
        self._permissions = permissions
        self._catalogs = catalogs
        self._account = account
        self._tag_key = tag_key
        self._hybrid = permissions.mode == "hybrid"
        self.layers: dict[str, LakehouseLayer] = {}
        self.table_buckets: Mapping[str, TableBucket] = {}
        self.links: dict[str, ResourceLink] = {}
        self.locations: dict[str, DataTarget] = {}
        self.filters: dict[str, DataTarget] = {}

    def permissions_for(self, target: GrantSettings | ShareSettings, access: Access) -> Permissions:
        """Return the permissions of a grant, and in hybrid mode where it takes an opt-in.

        Args:
            target: the data.
            access: what may be done with it.
        """
        found: Permissions = {}
        for data, permissions in self._permissions_on(target, access):
            found.setdefault(data, set()).update(permissions)
        return found

    def permissions_of(self, principal: str) -> Permissions:
        """Return the permissions of all grants to a persona or project."""
        found: Permissions = {}
        for grant in self._permissions.grants:
            if principal in grant.principals:
                merge(found, self.permissions_for(grant, grant.access))
        return found

    def descriptions(self) -> Permissions:
        """Return the permissions to see the tables of all layers, and none of their data."""
        return {
            target: {"DESCRIBE"}
            for layer in self.layers.values()
            for target in (
                DataTarget.database(layer.database_name),
                DataTarget.tables(layer.database_name),
            )
        }

    def opts_in(self, data: DataTarget) -> bool:
        """Whether a grant on a target comes with an opt-in: those are for names alone."""
        if data.type not in ("Database", "Tables", "Table"):
            return False
        names = dict(data.names)
        if "CatalogId" not in names:
            return self._hybrid
        # The account that shares a database decides about its mode. Other catalogs have none.
        hybrid = {
            (one.account, one.database) for one in self._settings.resource_links if one.hybrid
        }
        return (names["CatalogId"], names["Database"]) in hybrid

    def _permissions_on(
        self, target: GrantSettings | ShareSettings, access: Access
    ) -> Iterator[tuple[DataTarget, Sequence[str]]]:
        if isinstance(target, GrantSettings):
            if target.table_bucket is not None:
                yield from self._on_table_bucket(target, access)
            if target.catalog is not None:
                assert target.database is not None, "the settings want one with the catalog"
                catalog_id = f"{self._account}:{self._catalogs[target.catalog]}"
                yield from self._on_database(target, access, target.database, catalog_id=catalog_id)
            if target.resource_link is not None:
                yield from self._on_link(target, access, self.links[target.resource_link])
                return
            if target.location is not None:
                yield self.locations[target.location], LOCATION_PERMISSIONS
        if target.tags is not None:
            yield from self._on_tags(target, target.tags, access)
        elif target.filter is not None:
            [one] = [f for f in self._permissions.filters if f.name == target.filter]
            database = self.layers[one.layer].database_name
            yield DataTarget.database(database), ["DESCRIBE"]
            yield self.filters[one.name], ["SELECT"]
            yield from self._opt_in_only(DataTarget.table(database, one.table))
        elif target.layer is not None:
            database = self.layers[target.layer].database_name
            yield from self._on_database(target, access, database, catalog_id=None)
            if target.table is None and access == "write":
                yield self.locations[f"layer {target.layer}"], LOCATION_PERMISSIONS

    def _on_tags(
        self,
        target: GrantSettings | ShareSettings,
        tags: Mapping[str, Sequence[str]],
        access: Access,
    ) -> Iterator[tuple[DataTarget, Sequence[str]]]:
        expression = {self._tag_key(key): values for key, values in tags.items()}
        yield DataTarget.tagged("TaggedDatabases", expression), _ON_DATABASES[access]
        yield DataTarget.tagged("TaggedTables", expression), _ON_TABLES[access]
        reached = list(reach(target, self._settings))
        whole = {one.layer for one in reached if one.table is None}
        for one in reached:
            database = self.layers[one.layer].database_name
            if one.table is None:
                if access == "write":
                    yield self.locations[f"layer {one.layer}"], LOCATION_PERMISSIONS
                yield from self._opt_in_only(DataTarget.database(database))
                yield from self._opt_in_only(DataTarget.tables(database))
            elif one.layer not in whole:
                # A table that fits can be seen only where its database can.
                yield DataTarget.database(database), ["DESCRIBE"]
                yield from self._opt_in_only(DataTarget.table(database, one.table))

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
                    catalog_id=self.table_buckets[target.table_bucket].catalog_id,
                )

    def _on_link(
        self, target: GrantSettings, access: Access, link: ResourceLink
    ) -> Iterator[tuple[DataTarget, Sequence[str]]]:
        # Both the link and what it leads to are granted (AWS: "Granting resource link
        # permissions").
        yield DataTarget.database(link.database_name), ["DESCRIBE"]
        database, account = link.target_database, link.account
        if target.filter is None:
            yield from self._on_database(target, access, database, catalog_id=account)
            return
        assert target.table is not None, "the settings want one with the filter"
        yield DataTarget.database(database, catalog_id=account), ["DESCRIBE"]
        yield DataTarget.filter(database, target.table, target.filter, account=account), ["SELECT"]
        yield from self._opt_in_only(DataTarget.table(database, target.table, catalog_id=account))

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
