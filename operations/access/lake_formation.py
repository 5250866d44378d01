"""Permissions that Lake Formation keeps: grants, LF-tags, registered locations.

Read from the platform's own custom resources. Source of the rules: AWS Lake Formation Developer
Guide, "Lake Formation permissions reference" and "Lake Formation tag-based access control".
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from operations.access.resolver import Record

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"


@dataclass(frozen=True)
class Data:
    """What a permission is on.

    Attributes:
        catalog: ID of the Glue catalog; the account where it is the default one.
        database: name of the database; empty for the catalog itself.
        table: name of the table; empty for the database itself.
        column: name of the column; empty for the table, whatever its columns.
    """

    catalog: str
    database: str = ""
    table: str = ""
    column: str = ""

    def __str__(self) -> str:
        """Return its name for people."""
        parts = (self.database, self.table, self.column)
        return ".".join(part for part in parts if part) or self.catalog

    @property
    def account(self) -> str:
        """Account of the catalog."""
        return self.catalog.partition(":")[0]


@dataclass(frozen=True)
class Grant:
    """Permissions of a principal on a target.

    Attributes:
        principal: ARN of a role, number of an account, or everybody.
        permissions: such as ``SELECT``.
        target: what they are on, as the custom resource has it.
        account: account whose Lake Formation keeps the grant.
        opts_in: whether Lake Formation decides for the principal in hybrid mode.
        record: the custom resource.
    """

    principal: str
    permissions: frozenset[str]
    target: Mapping[str, Any]
    account: str
    opts_in: bool
    record: Record

    @property
    def restricts(self) -> str:
        """Which rows or columns it is limited to, for people; empty for everything."""
        match self.target["Type"]:
            case "Filter":
                return f"as far as filter {self.target['Filter']} lets through"
            case "Columns" if self.target.get("Columns"):
                return f"columns {', '.join(self.target['Columns'])}"
            case "Columns":
                return f"all columns but {', '.join(self.target['ExcludedColumns'])}"
        return ""


@dataclass(frozen=True)
class Location:
    """A registered location.

    Attributes:
        arn: ARN of the bucket or folder; may have a wildcard.
        role_arn: ARN of the role that Lake Formation hands out; empty for its service-linked one.
        hybrid: whether IAM counts too for principals that have not opted in.
        account: account that registered it.
    """

    arn: str
    role_arn: str
    hybrid: bool
    account: str

    def holds(self, arn: str) -> bool:
        """Whether something is in the location."""
        own = self.arn.rstrip("/").removesuffix("/*")
        return arn == own or arn.startswith(f"{own}/")


class LakeFormation:
    """What Lake Formation of all accounts of an assembly decides by."""

    def __init__(self, records: Iterable[Record]) -> None:
        by_type: dict[str, list[Record]] = {}
        for record in records:
            by_type.setdefault(record.type, []).append(record)
        self._administrators = {
            (record.stack.account, arn)
            for record in by_type.get("Custom::DataLakeAdministrators", ())
            for arn in record.properties["Administrators"]
        }
        self._closed = {
            (record.stack.account, record.properties["Database"])
            for record in by_type.get("Custom::ClosedDatabase", ())
        }
        self.locations = [
            Location(
                record.properties["ResourceArn"],
                record.properties.get("RoleArn", ""),
                str(record.properties.get("HybridAccessEnabled", "false")).lower() == "true",
                record.stack.account,
            )
            for record in by_type.get("AWS::LakeFormation::Resource", ())
        ]
        self.grants = [
            Grant(
                record.properties["Principal"],
                frozenset(record.properties.get("Permissions", ())),
                record.properties["Target"],
                record.stack.account,
                record.properties.get("OptIn") == "true",
                record,
            )
            for record in by_type.get("Custom::DataGrant", ())
        ]
        self._filters = {
            tuple(record.properties[key] for key in ("CatalogId", "Database", "Table", "Name")): (
                record.properties
            )
            for record in by_type.get("Custom::DataCellsFilter", ())
        }
        self._tags: dict[tuple[str, str, str, str], dict[str, str]] = {}
        for record in by_type.get("Custom::LakeFormationTags", ()):
            target = record.properties["Target"]
            catalog = target.get("CatalogId", record.stack.account)
            for column in target.get("Columns") or [""]:
                place = catalog, target["Database"], target.get("Table", ""), column
                self._tags.setdefault(place, {}).update(record.properties["Tags"])

    def governs(self, data: Data) -> bool:
        """Whether a database is closed to what IAM alone allows."""
        # Catalogs of table buckets and of other engines have no default permissions.
        return ":" in data.catalog or (data.catalog, data.database) in self._closed

    def location(self, arn: str) -> Location | None:
        """Return the registered location that something is in."""
        return next((one for one in self.locations if one.holds(arn)), None)

    def decides(self, principal: str, data: Data, location: Location | None) -> bool:
        """Whether Lake Formation decides for a principal, and IAM alone does not suffice."""
        if location is not None and location.hybrid:
            return self.has_opted_in(principal, data)
        return self.governs(data) or _is_foreign(principal, data)

    def has_opted_in(self, principal: str, data: Data) -> bool:
        """Whether Lake Formation decides for a principal in hybrid mode."""
        return any(
            grant.opts_in and grant.principal == principal and self._covers(grant, data)
            for grant in self.grants
        )

    def grant_for(self, principal: str, permission: str, data: Data) -> Grant | None:
        """Return the grant by which a principal has a permission; the widest one first.

        On data of another account, that account must have granted it to the principal's.
        """
        if _is_foreign(principal, data):
            given = self._widest({_account(principal)}, permission, data)
            found = self._widest({principal}, permission, data)
            # An account grants no more than it has been granted.
            wider = found is not None and not found.restricts and given and given.restricts
            return None if given is None or wider else found
        principals = {principal}
        if not self.has_opted_in(principal, data):
            principals.add(EVERYBODY)
        return self._widest(principals, permission, data)

    def _widest(self, principals: Set[str], permission: str, data: Data) -> Grant | None:
        found = [
            grant
            for grant in self.grants
            if grant.principal in principals
            and (permission in grant.permissions or "ALL" in grant.permissions)
            and self._covers(grant, data)
        ]
        return min(found, key=lambda grant: grant.restricts != "", default=None)

    def writes_everything(self, principal: str, database: Data) -> bool:
        """Whether one write grant of a principal covers a database, its tables and columns."""
        places = [Data(database.catalog, database.database, "a_table")] + [
            Data(database.catalog, database.database, table)
            for catalog, name, table, _ in self._tags
            if table and (catalog, name) == (database.catalog, database.database)
        ]
        return self.grant_for(principal, "CREATE_TABLE", database) is not None and any(
            grant.principal == principal
            and "INSERT" in grant.permissions
            and all(self._covers(grant, one) for one in places)
            and self._covers_columns(grant, database)
            for grant in self.grants
        )

    def _covers_columns(self, grant: Grant, database: Data) -> bool:
        if grant.target["Type"] != "TaggedTables":
            return True
        expression = grant.target["Expression"]
        inherited = self._tags.get((database.catalog, database.database, "", ""), {})
        return all(
            {
                **inherited,
                **self._tags.get((catalog, name, table, ""), {}),
                **tags,
            }.get(key)
            in values
            for (catalog, name, table, column), tags in self._tags.items()
            if column and (catalog, name) == (database.catalog, database.database)
            for key, values in expression.items()
        )

    def location_grant(self, principal: str, arn: str) -> Grant | None:
        """Return the grant by which a principal may put tables over a location."""
        return next(
            (
                grant
                for grant in self.grants
                if grant.principal == principal
                and grant.target["Type"] == "Location"
                and (arn == grant.target["Arn"] or arn.startswith(f"{grant.target['Arn']}/"))
            ),
            None,
        )

    def administers(self, principal: str, account: str) -> bool:
        """Whether a principal is among the data lake administrators of an account."""
        return (account, principal) in self._administrators

    def _covers(self, grant: Grant, data: Data) -> bool:
        target = grant.target
        kind = target["Type"]
        if kind == "Catalog":
            return not data.database
        catalog = target.get("CatalogId", grant.account)
        if kind in ("TaggedDatabases", "TaggedTables"):
            of_tables = kind == "TaggedTables"
            if catalog.partition(":")[0] != data.catalog.partition(":")[0] or not data.database:
                return False
            return of_tables == bool(data.table) and self._fits(target["Expression"], data)
        if kind == "Location" or (catalog, target.get("Database")) != (data.catalog, data.database):
            return False
        if kind == "Database":
            return not data.table
        if not data.table or target.get("Table", data.table) != data.table:
            return False
        return not data.column or self._shows(target, data)

    def _shows(self, target: Mapping[str, Any], data: Data) -> bool:
        """Whether a column is among those of a target."""
        if target["Type"] == "Filter":
            name = (data.catalog, data.database, data.table, target["Filter"])
            target = self._filters.get(name, {})
        if columns := target.get("Columns"):
            return data.column in columns
        return data.column not in target.get("ExcludedColumns", ())

    def _fits(self, expression: Mapping[str, Any], data: Data) -> bool:
        # A table has the tags of its database unless it has others.
        # So has a column those of its table.
        carried = {
            **self._tags.get((data.catalog, data.database, "", ""), {}),
            **self._tags.get((data.catalog, data.database, data.table, ""), {}),
            **self._tags.get((data.catalog, data.database, data.table, data.column), {}),
        }
        return all(carried.get(key) in values for key, values in expression.items())


def _account(principal: str) -> str:
    """Return the account of a role; empty if it is not known."""
    parts = principal.split(":")
    return parts[4] if len(parts) > 4 else ""


def _is_foreign(principal: str, data: Data) -> bool:
    account = _account(principal)
    return bool(account) and account != data.account
