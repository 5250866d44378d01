"""What personas reach by their grants: layers, their files in Amazon S3, and table buckets.

A registration with Lake Formation does not stop direct calls of Amazon S3: IAM alone decides about
them (Lake Formation Developer Guide, "Underlying data access control"). Two tasks need them:

- to put files into a layer;
- DDL on Iceberg tables. Athena does not use credentials of Lake Formation for it, so the caller
  needs permissions on the location in Amazon S3 (Athena User Guide, "Considerations and limitations
  for querying data registered with Lake Formation", "Iceberg DDL support").

Files know no tables, columns and rows. So only a persona that writes everything in a layer by its
grants gets them: it then reaches no data that its grants do not give it anyway.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from stacks.lakehouse.permission_settings import LAYER_TAG, GrantSettings
from stacks.lakehouse.settings import LakehouseSettings
from stacks.lakehouse.storage_settings import LayerSettings

TABLES_SUFFIX = "-tables"
"""What the name of the workgroup in which a persona writes table buckets ends with."""


def fits_tags(carried: Mapping[str, str], wanted: Mapping[str, Sequence[str]]) -> bool:
    """Return whether data with some LF-tags is what an expression names."""
    return all(carried.get(key) in values for key, values in wanted.items())


def layers_with_direct_access(settings: LakehouseSettings, persona: str) -> list[str]:
    """Return the layers whose files a persona reads and writes in Amazon S3, by its grants."""
    grants = settings.permissions.grants if settings.permissions else []
    own = [one for one in grants if persona in one.personas and one.access == "write"]
    return [
        layer.name
        for layer in settings.layers
        if any(_writes_everything(one, layer) for one in own)
    ]


def granted_access(
    settings: LakehouseSettings, persona: str, layer: LayerSettings
) -> Literal["none", "read", "write"]:
    """Return what a persona may do on some tables of a layer at least, by its grants."""
    permissions = settings.permissions
    if permissions is None:
        return "none"
    filtered = {one.name for one in permissions.filters if one.layer == layer.name}
    found = {
        one.access
        for one in permissions.grants
        if persona in one.personas
        and (
            one.layer == layer.name
            or one.filter in filtered
            or (one.tags is not None and any(fits_tags(has, one.tags) for has in _tags_in(layer)))
        )
    }
    return "write" if "write" in found else "read" if found else "none"


def writes_table_buckets(settings: LakehouseSettings, persona: str) -> bool:
    """Return whether a grant lets a persona write tables of a table bucket."""
    grants = settings.permissions.grants if settings.permissions else []
    tagged = [
        carried
        for bucket in settings.table_buckets
        for namespace in bucket.namespaces
        for carried in (
            namespace.tags,
            *({**namespace.tags, **table.tags} for table in namespace.tables),
        )
    ]
    return any(
        one.table_bucket is not None
        or (one.tags is not None and any(fits_tags(carried, one.tags) for carried in tagged))
        for one in grants
        if persona in one.personas and one.access == "write"
    )


def _writes_everything(grant: GrantSettings, layer: LayerSettings) -> bool:
    if grant.tags is not None:
        return all(fits_tags(carried, grant.tags) for carried in _tags_in(layer))
    return grant.layer == layer.name and grant.table is None


def _tags_in(layer: LayerSettings) -> Iterator[Mapping[str, str]]:
    """Yield the LF-tags of a layer, of each table and of each column."""
    of_layer = {LAYER_TAG: layer.name, **layer.tags}
    yield of_layer
    for table in layer.tables:
        of_table = {**of_layer, **table.tags}
        yield of_table
        for column in table.columns:
            yield {**of_table, **column.tags}
