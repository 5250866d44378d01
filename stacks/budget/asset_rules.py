"""Rules of the view of assets, lineage and bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.fields import validation_error

if TYPE_CHECKING:
    from stacks.settings import EnvironmentSettings

_AT = "budget.bill_export.assets"


def check_assets(environment: EnvironmentSettings) -> None:
    """Refuse the view without what it joins.

    The catalog of table buckets comes with `lakehouse.permissions`, by which roles are granted it.
    """
    from stacks.lakehouse.capability import Lakehouse
    from stacks.unified_studio.capability import UnifiedStudio

    studio, lakehouse = environment.find(UnifiedStudio), environment.find(Lakehouse)
    host = studio.settings.host if studio else None
    if host is None or not host.catalog_export:
        raise validation_error(
            "requires the exported catalog. Add unified_studio.host.catalog_export: true, deploy, "
            "and add this line a day later, or remove it",
            at=_AT,
            value=True,
        )
    if lakehouse is None or lakehouse.settings.catalog is None:
        raise validation_error(
            "requires the catalog s3tablescatalog, through which Athena reads the exported "
            "table. Add lakehouse.catalog with table_buckets, or remove the line",
            at=_AT,
            value=True,
        )
