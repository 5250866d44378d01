"""Rules among several settings of the lakehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stacks.data_classes import DATA_CLASS_TAG, check_class
from stacks.fields import close_to, validation_error
from stacks.lakehouse import grant_rules, link_rules
from stacks.lakehouse.permission_settings import (
    LAYER_TAG,
    FilterSettings,
    GrantSettings,
    PermissionSettings,
    ShareSettings,
)
from stacks.lakehouse.row_filter_grammar import RowFilterError, check_row_filter

if TYPE_CHECKING:
    from stacks.lakehouse.settings import LakehouseSettings
    from stacks.lakehouse.table_settings import TableSettings


def check_permissions(lakehouse: LakehouseSettings) -> None:
    """Refuse tags, filters and grants on data that the lakehouse does not declare."""
    permissions = lakehouse.permissions
    known = dict(permissions.tags) if permissions else {}
    if permissions is not None and lakehouse.has_classes:
        # Which classes there are, only the environment knows: see `check_classes`.
        known[DATA_CLASS_TAG] = [value for _, value in used_classes(lakehouse)]
    for at, tags in _carried(lakehouse):
        if tags and permissions is None:
            raise validation_error(
                "are LF-tags, which require a `permissions` block", at=at, value=tags
            )
        for key, value in tags.items():
            _check_tag(key, [value], known, at=f"{at}.{key}", shown=value)
    if permissions is None:
        link_rules.check_without_permissions(lakehouse)
        if lakehouse.table_buckets:
            raise validation_error(
                "requires a `permissions` block: only Lake Formation grants access to "
                "s3tablescatalog",
                at="table_buckets",
                value=[bucket.name for bucket in lakehouse.table_buckets],
            )
        return
    link_rules.check_links(lakehouse, permissions)
    known[LAYER_TAG] = [layer.name for layer in lakehouse.layers]
    for index, one in enumerate(permissions.filters):
        _check_filter(one, lakehouse, at=f"permissions.filters.{index}")
    for at, target in permissions.targets:
        _check_target(target, lakehouse, permissions, known, at=f"permissions.{at}")
    grant_rules.check_settings(lakehouse, permissions)


def used_classes(lakehouse: LakehouseSettings) -> Iterator[tuple[str, str]]:
    """Yield the classes of data that LF-tags of tables and grants name, with their paths."""
    for at, tags in _carried(lakehouse):
        if (value := tags.get(DATA_CLASS_TAG)) is not None:
            yield f"{at}.{DATA_CLASS_TAG}", value
    permissions = lakehouse.permissions
    for at, target in permissions.targets if permissions is not None else ():
        for index, value in enumerate((target.tags or {}).get(DATA_CLASS_TAG, ())):
            yield f"permissions.{at}.tags.{DATA_CLASS_TAG}.{index}", value


def check_classes(lakehouse: LakehouseSettings, names: Sequence[str]) -> None:
    """Refuse LF-tags with a class of data that the environment does not have."""
    for at, value in used_classes(lakehouse):
        check_class(value, names, at=f"lakehouse.{at}")


def _carried(lakehouse: LakehouseSettings) -> Iterator[tuple[str, Mapping[str, str]]]:
    for number, layer in enumerate(lakehouse.layers):
        yield f"layers.{number}.tags", layer.tags
        for index, table in enumerate(layer.tables):
            at = f"layers.{number}.tables.{index}"
            yield f"{at}.tags", table.tags
            for position, column in enumerate(table.columns):
                yield f"{at}.columns.{position}.tags", column.tags
    for number, bucket in enumerate(lakehouse.table_buckets):
        for index, namespace in enumerate(bucket.namespaces):
            at = f"table_buckets.{number}.namespaces.{index}"
            yield f"{at}.tags", namespace.tags
            for position, s3_table in enumerate(namespace.tables):
                yield f"{at}.tables.{position}.tags", s3_table.tags


def _check_tag(
    key: str, values: Sequence[str], known: Mapping[str, list[str]], *, at: str, shown: object
) -> None:
    if key not in known:
        hint = close_to(key, list(known)) or f"; there are: {', '.join(known)}" if known else ""
        raise validation_error(f"must be a key of permissions.tags{hint}", at=at, value=key)
    for value in values:
        if value not in known[key]:
            hint = close_to(value, known[key]) or f"; there are: {', '.join(known[key])}"
            raise validation_error(f"must be a value of the LF-tag {key}{hint}", at=at, value=shown)


def _check_filter(one: FilterSettings, lakehouse: LakehouseSettings, *, at: str) -> None:
    table = _table_of_layer(lakehouse, one.layer, one.table, at=at)
    _check_columns(one.columns, table, at=f"{at}.columns")
    _check_columns(one.excluded_columns, table, at=f"{at}.excluded_columns")
    if one.rows is None:
        return
    types: dict[str, str | None] = {column.name: column.type for column in table.columns}
    try:
        check_row_filter(one.rows, {**types, **dict.fromkeys(table.added_columns)})
    except RowFilterError as error:
        raise validation_error(str(error), at=f"{at}.rows", value=one.rows) from None


def _check_target(
    target: GrantSettings | ShareSettings,
    lakehouse: LakehouseSettings,
    permissions: PermissionSettings,
    known: Mapping[str, list[str]],
    *,
    at: str,
) -> None:
    for key, values in (target.tags or {}).items():
        _check_tag(key, values, known, at=f"{at}.tags.{key}", shown=values)
    if isinstance(target, GrantSettings) and target.resource_link is not None:
        # What is in the database of another account, and its filters, is not known here.
        names = [link.name for link in lakehouse.resource_links]
        what = "resource link of the lakehouse"
        _one_of(target.resource_link, names, what, at=f"{at}.resource_link")
    elif target.filter is not None:
        names = [one.name for one in permissions.filters]
        _one_of(target.filter, names, "filter that is declared", at=f"{at}.filter")
    table: TableSettings | None = None
    if target.layer is not None:
        _one_of(target.layer, known[LAYER_TAG], "layer of the lakehouse", at=f"{at}.layer")
        if target.table is not None:
            table = _table_of_layer(lakehouse, target.layer, target.table, at=at)
    if isinstance(target, GrantSettings):
        if target.location is not None:
            names = [location.name for location in permissions.locations]
            _one_of(target.location, names, "location that is declared", at=f"{at}.location")
        if target.table_bucket is not None:
            table = _table_of_bucket(lakehouse, target, at=at)
        if table is not None:
            _check_columns(target.columns, table, at=f"{at}.columns")
            _check_columns(target.excluded_columns, table, at=f"{at}.excluded_columns")


def _table_of_bucket(
    lakehouse: LakehouseSettings, target: GrantSettings, *, at: str
) -> TableSettings | None:
    assert target.table_bucket is not None
    buckets = {bucket.name: bucket for bucket in lakehouse.table_buckets}
    what = "table bucket of the lakehouse"
    _one_of(target.table_bucket, list(buckets), what, at=f"{at}.table_bucket")
    if target.namespace is None:
        return None
    spaces = {space.name: space for space in buckets[target.table_bucket].namespaces}
    what = "namespace of the table bucket"
    _one_of(target.namespace, list(spaces), what, at=f"{at}.namespace")
    if target.table is None:
        return None
    tables = {one.name: one for one in spaces[target.namespace].tables}
    _one_of(target.table, list(tables), "table that the namespace declares", at=f"{at}.table")
    return tables[target.table]


def _one_of(name: str, names: Sequence[str], what: str, *, at: str) -> None:
    if name not in names:
        hint = close_to(name, names) or (f"; there are: {', '.join(names)}" if names else "")
        raise validation_error(f"must be a {what}{hint}", at=at, value=name)


def _table_of_layer(
    lakehouse: LakehouseSettings, layer: str, name: str, *, at: str
) -> TableSettings:
    layers = {one.name: one for one in lakehouse.layers}
    _one_of(layer, list(layers), "layer of the lakehouse", at=f"{at}.layer")
    tables = {one.name: one for one in layers[layer].tables}
    _one_of(name, list(tables), f"table that {layer} declares", at=f"{at}.table")
    return tables[name]


def _check_columns(names: Sequence[str] | None, table: TableSettings, *, at: str) -> None:
    for index, name in enumerate(names or ()):
        if name not in table.all_columns:
            raise validation_error(
                f"must be a column of {table.name}{close_to(name, table.all_columns)}",
                at=f"{at}.{index}",
                value=name,
            )
