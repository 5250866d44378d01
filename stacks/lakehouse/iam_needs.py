"""What grants need in IAM, besides what the activities of a persona allow."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from stacks.lakehouse.permission_settings import Access
from stacks.lakehouse.reach import ORDER, fits, reach

if TYPE_CHECKING:
    from stacks.lakehouse.settings import LakehouseSettings
    from stacks.lakehouse.storage_settings import LayerSettings


def iam_access(layer: LayerSettings, activities: Collection[str]) -> Access | None:
    """Return what IAM alone gives on the objects of a layer, where IAM decides."""
    if "write_lakehouse" in activities:
        return "write"
    if "query_lakehouse" in activities and layer.access != "none":
        return "write" if layer.access == "read-write" else "read"
    return None


def needed_layers(
    name: str, lakehouse: LakehouseSettings, activities: Collection[str]
) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield the layers whose tables the grants of a persona see or change in the Glue catalog.

    Yields:
        The layer, its tables (``*`` for all), and whether the grants change them.
    """
    permissions = lakehouse.permissions
    if permissions is None or "write_lakehouse" in activities:
        return
    layers = {layer.name: layer for layer in lakehouse.layers}
    needed: dict[tuple[str, bool], list[str]] = {}
    for grant in permissions.grants:
        if name not in grant.principals:
            continue
        for one in reach(grant, lakehouse):
            if permissions.mode == "hybrid":
                given = iam_access(layers[one.layer], activities)
            else:
                # The activity describes all layers; the role of a connection has none.
                given = "read" if "query_lakehouse" in activities else None
            write = grant.access == "write"
            if given is not None and ORDER.index(given) >= ORDER.index(
                "write" if write else "read"
            ):
                continue
            needed.setdefault((one.layer, write), []).append(one.table or "*")
    for (layer, write), tables in needed.items():
        if write or "*" not in needed.get((layer, True), ()):
            yield layer, ("*",) if "*" in tables else tuple(dict.fromkeys(tables)), write


def written_table_buckets(
    name: str, lakehouse: LakehouseSettings, activities: Collection[str]
) -> list[str]:
    """Return the table buckets whose tables the grants of a persona change."""
    if lakehouse.permissions is None or "write_lakehouse" in activities:
        return []
    wanted = [
        grant
        for grant in lakehouse.permissions.grants
        if name in grant.principals and grant.access == "write"
    ]
    return [
        bucket.name
        for bucket in lakehouse.table_buckets
        if any(
            grant.table_bucket == bucket.name
            or (
                grant.tags is not None
                and any(
                    fits({**namespace.lf_tags, **tags}, grant.tags)
                    for namespace in bucket.namespaces
                    for tags in ({}, *(table.tags for table in namespace.tables))
                )
            )
            for grant in wanted
        )
    ]
