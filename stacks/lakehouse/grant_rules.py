"""Rules of grants: what IAM and Lake Formation allow together is what the YAML says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.fields import validation_error
from stacks.lakehouse.granted_data import layers_with_direct_access
from stacks.lakehouse.iam_needs import iam_access
from stacks.lakehouse.permission_settings import (
    Access,
    FilterSettings,
    GrantSettings,
    PermissionSettings,
)
from stacks.lakehouse.reach import ORDER, Reach, reach

_ENGINES = ("query_lakehouse", "run_glue_jobs")
"""Activities that take data from Lake Formation."""

if TYPE_CHECKING:
    from stacks.access.settings import PersonaSettings
    from stacks.lakehouse.settings import LakehouseSettings
    from stacks.lakehouse.storage_settings import LayerSettings


def check_settings(lakehouse: LakehouseSettings, permissions: PermissionSettings) -> None:
    """Refuse settings of Lake Formation that have no effect, or that AWS does not accept."""
    if permissions.mode == "lake_formation":
        given = lakehouse.layers if "layers" in lakehouse.model_fields_set else []
        for index, layer in enumerate(given):
            if "access" in layer.model_fields_set:
                raise validation_error(
                    "has no effect in mode lake_formation, where only `permissions.grants` give "
                    f"access. Remove the line{_as_a_grant(layer)}",
                    at=f"layers.{index}.access",
                    value=layer.access,
                )
    else:
        _check_hybrid(permissions)
    for index, one in enumerate(permissions.filters):
        _check_filter(one, lakehouse, permissions, at=f"permissions.filters.{index}")
    _check_consumers(permissions)
    _check_twice(permissions)


def _as_a_grant(layer: LayerSettings) -> str:
    if layer.access == "none":
        return ""
    access: Access = "write" if layer.access == "read-write" else "read"
    return (
        f", and add a grant for each persona that keeps the access, such as {{personas: "
        f"[data_scientist], layer: {layer.name}, access: {access}}}"
    )


def _check_hybrid(permissions: PermissionSettings) -> None:
    if permissions.shares and permissions.cross_account_version < 4:
        # Source: AWS Lake Formation Developer Guide, "Prerequisites for setting up hybrid access
        # mode", read 2026-11-27.
        raise validation_error(
            "must be 4 or 5 with shares in mode hybrid: sharing in mode hybrid requires "
            "version 4. Remove the line, which defaults to 4",
            at="permissions.cross_account_version",
            value=permissions.cross_account_version,
        )
    if permissions.close_account_defaults and (
        "close_account_defaults" in permissions.model_fields_set
    ):
        raise validation_error(
            "has no effect in mode hybrid, where IAM decides about new databases and tables. "
            "Remove the line, or use mode lake_formation",
            at="permissions.close_account_defaults",
            value=True,
        )


def _check_filter(
    one: FilterSettings, lakehouse: LakehouseSettings, permissions: PermissionSettings, *, at: str
) -> None:
    if all(
        target.filter != one.name
        or (isinstance(target, GrantSettings) and target.resource_link is not None)
        for _, target in permissions.targets
    ):
        raise validation_error(
            f"must be used by a grant or a share. Add `filter: {one.name}` to one, or remove the "
            "filter",
            at=f"{at}.name",
            value=one.name,
        )
    _check_columns(one.columns, one.excluded_columns, one.layer, one.table, lakehouse, at=at)


def _check_columns(
    columns: list[str] | None,
    excluded: list[str] | None,
    layer: str,
    table: str,
    lakehouse: LakehouseSettings,
    *,
    at: str,
) -> None:
    for key, names in (("columns", columns), ("excluded_columns", excluded)):
        if names is not None and len(set(names)) < len(names):
            raise validation_error(
                "must name each column once. Remove the repeated name",
                at=f"{at}.{key}",
                value=names,
            )
    every = [
        name
        for found in lakehouse.layers
        if found.name == layer
        for known in found.tables
        if known.name == table
        for name in known.all_columns
    ]
    if excluded is not None and every and set(excluded) == set(every):
        raise validation_error(
            f"must leave at least one column of {table}. Remove a column",
            at=f"{at}.excluded_columns",
            value=excluded,
        )


def _check_consumers(permissions: PermissionSettings) -> None:
    accounts: dict[str, str] = {}
    for name, account in permissions.consumers.items():
        if (other := accounts.setdefault(account, name)) != name:
            raise validation_error(
                f"must differ from the account of {other}, because Lake Formation supports "
                f"one grant per account. Remove {name}, and use {other} in its shares",
                at=f"permissions.consumers.{name}",
                value=account,
            )


def _check_twice(permissions: PermissionSettings) -> None:
    seen: list[tuple[dict[str, object], str]] = []
    for index, grant in enumerate(permissions.grants):
        of_grant = grant.model_dump(exclude={"personas", "projects"})
        for name in grant.principals:
            if (of_grant, name) in seen:
                kind = "personas" if name in grant.personas else "projects"
                raise validation_error(
                    f"must not repeat an earlier grant to {name}. Remove {name} here",
                    at=f"permissions.grants.{index}.{kind}",
                    value=getattr(grant, kind),
                )
            seen.append((of_grant, name))


def check_grants(lakehouse: LakehouseSettings, personas: Mapping[str, PersonaSettings]) -> None:
    """Refuse grants that are worth more or less than what IAM gives to a persona."""
    permissions = lakehouse.permissions
    if permissions is None:
        return
    for index, grant in enumerate(permissions.grants):
        at = f"lakehouse.permissions.grants.{index}"
        if grant.layer is not None and grant.table is not None:
            _check_columns(
                grant.columns,
                grant.excluded_columns,
                grant.layer,
                grant.table,
                lakehouse,
                at=at,
            )
        for number, name in enumerate(grant.personas):
            activities = frozenset(personas[name].activities or ())
            _check_activity(grant, name, activities, at=f"{at}.personas.{number}")
            _check_engine(name, activities, lakehouse, at=f"{at}.personas.{number}")
            if permissions.mode == "hybrid":
                _check_iam(grant, name, activities, lakehouse, permissions, at=at)
        for name in grant.principals:
            _check_location(grant, name, permissions, at=at)
            _check_part(grant, name, lakehouse, permissions, at=at)
    _check_spark(lakehouse, permissions)


def part_of(grant: GrantSettings) -> str | None:
    """Return the key that limits a grant to rows or columns."""
    return next(
        (key for key in ("filter", "columns", "excluded_columns") if getattr(grant, key)), None
    )


def _check_activity(
    grant: GrantSettings, name: str, activities: frozenset[str], *, at: str
) -> None:
    needs = next(
        (
            key
            for key in ("resource_link", "filter", "columns", "excluded_columns", "catalog")
            if getattr(grant, key)
        ),
        None,
    )
    if needs is not None and "query_lakehouse" not in activities:
        raise validation_error(
            f"must be a persona with the activity query_lakehouse, because only Athena honors "
            f"{needs}. Add the activity to {name}",
            at=at,
            value=name,
        )


def _check_engine(
    name: str, activities: frozenset[str], lakehouse: LakehouseSettings, *, at: str
) -> None:
    """Refuse a grant to a persona that neither runs an engine nor reaches files."""
    runs_spark = any(
        one.engine == "spark" and name in one.personas for one in lakehouse.query.workgroups
    )
    if not activities.isdisjoint(_ENGINES) or runs_spark:
        return
    if not layers_with_direct_access(lakehouse, name):
        raise validation_error(
            f"must be a persona with the activity {' or '.join(_ENGINES)}, because Lake "
            f"Formation grants data to their engines. Add one to {name}, or grant it write "
            "access to a whole layer, which includes its files",
            at=at,
            value=name,
        )


def _check_location(
    grant: GrantSettings, name: str, permissions: PermissionSettings, *, at: str
) -> None:
    if grant.location is None:
        return
    creates = any(
        name in other.principals
        and other.access == "write"
        and other.table is None
        and (other.layer is not None or other.tags is not None)
        for other in permissions.grants
    )
    if not creates:
        raise validation_error(
            f"requires a database in which {name} may create tables. Add a grant to {name} with "
            "`access: write` on a layer",
            at=f"{at}.location",
            value=grant.location,
        )


def _check_part(
    grant: GrantSettings,
    name: str,
    lakehouse: LakehouseSettings,
    permissions: PermissionSettings,
    *,
    at: str,
) -> None:
    """Refuse rows or columns of a table that another grant gives as a whole."""
    if (part := part_of(grant)) is None:
        return
    for number, other in enumerate(permissions.grants):
        if name not in other.principals or other.access == "describe" or other is grant:
            continue
        covered = any(
            not wider.part and wider.covers(one)
            for one in reach(grant, lakehouse)
            for wider in reach(other, lakehouse)
        ) or _covers_elsewhere(other, grant)
        if covered:
            raise validation_error(
                f"does not limit {name}, because grants[{number}] gives {name} the whole "
                "table, and Lake Formation combines grants. Remove one of the two",
                at=f"{at}.{part}",
                value=getattr(grant, part),
            )


def _covers_elsewhere(other: GrantSettings, grant: GrantSettings) -> bool:
    """Whether another grant covers a table of a table bucket, or of another account."""
    for place in ("table_bucket", "resource_link"):
        if getattr(other, place) != getattr(grant, place):
            return False
    if grant.table_bucket is None and grant.resource_link is None:
        return False
    return (
        other.namespace in (None, grant.namespace)
        and other.table in (None, grant.table)
        and part_of(other) is None
    )


def _check_iam(
    grant: GrantSettings,
    name: str,
    activities: frozenset[str],
    lakehouse: LakehouseSettings,
    permissions: PermissionSettings,
    *,
    at: str,
) -> None:
    """Refuse a grant that gives less than IAM does, in hybrid mode."""
    indexes = {layer.name: index for index, layer in enumerate(lakehouse.layers)}
    for one in reach(grant, lakehouse):
        layer = lakehouse.layers[indexes[one.layer]]
        given = iam_access(layer, activities)
        if given is None:
            continue
        granted = _granted(one, name, lakehouse, permissions)
        if granted is not None and ORDER.index(granted) >= ORDER.index(given):
            continue
        source = (
            f"the activity write_lakehouse. Remove write_lakehouse from {name}"
            if "write_lakehouse" in activities
            else f"`access` of the layer. Set lakehouse.layers[{indexes[one.layer]}].access to none"
        )
        raise validation_error(
            f"must not give {name} less than IAM does: in mode hybrid, {name} has {given} access "
            f"to the files of {one.layer} by {source}",
            at=f"{at}.{part_of(grant) or 'personas'}",
            value=getattr(grant, part_of(grant) or "personas"),
        )


def _granted(
    wanted: Reach, name: str, lakehouse: LakehouseSettings, permissions: PermissionSettings
) -> Access | None:
    """Return the widest access to all of some data that grants give to a persona."""
    found = [
        grant.access
        for grant in permissions.grants
        if name in grant.personas
        for one in reach(grant, lakehouse)
        if not one.part and one.covers(wanted)
    ]
    return max(found, key=ORDER.index, default=None)


def _check_spark(lakehouse: LakehouseSettings, permissions: PermissionSettings) -> None:
    """Refuse a Spark workgroup of a persona whose grants Spark cannot use."""
    if permissions.mode == "hybrid":
        return
    for index, workgroup in enumerate(lakehouse.query.workgroups):
        if workgroup.engine != "spark":
            continue
        for name in workgroup.personas:
            grants = [grant for grant in permissions.grants if name in grant.personas]
            if not any(
                part_of(grant) is None
                and grant.access != "describe"
                and grant.resource_link is None
                for grant in grants
            ):
                raise validation_error(
                    f"requires a grant to {name} on whole tables of this account: Spark in "
                    f"Athena does not support filters and columns. Add a grant to {name}, "
                    "or remove the workgroup",
                    at=f"lakehouse.query.workgroups.{index}.engine",
                    value="spark",
                )
