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

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from stacks.lakehouse.iam_needs import written_table_buckets
from stacks.lakehouse.reach import ORDER, reach

if TYPE_CHECKING:
    from stacks.lakehouse.settings import LakehouseSettings
    from stacks.lakehouse.storage_settings import LayerSettings

TABLES_SUFFIX = "-tables"
"""What the name of the workgroup in which a persona writes table buckets ends with."""


def layers_with_direct_access(settings: LakehouseSettings, persona: str) -> list[str]:
    """Return the layers whose files a persona reads and writes in Amazon S3, by its grants."""
    grants = settings.permissions.grants if settings.permissions else []
    written = {
        one.layer
        for grant in grants
        if persona in grant.principals and grant.access == "write"
        for one in reach(grant, settings)
        if one.table is None and not one.without
    }
    return [layer.name for layer in settings.layers if layer.name in written]


def granted_access(
    settings: LakehouseSettings, persona: str, layer: LayerSettings
) -> Literal["none", "read", "write"]:
    """Return what a persona may do on some tables of a layer at least, by its grants."""
    grants = settings.permissions.grants if settings.permissions else []
    found = [
        grant.access
        for grant in grants
        if persona in grant.principals
        if any(one.layer == layer.name for one in reach(grant, settings))
    ]
    if not found:
        return "none"
    return "write" if max(found, key=ORDER.index) == "write" else "read"


def writes_table_buckets(settings: LakehouseSettings, persona: str) -> bool:
    """Return whether a grant lets a persona write tables of a table bucket."""
    return bool(written_table_buckets(persona, settings, ()))
