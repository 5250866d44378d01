"""Settings of the export of the bill."""

from typing import Literal

from stacks.fields import Settings


class BillExportSettings(Settings):
    """The bill of the account, in a bucket and as tables of Athena."""

    granularity: Literal["hourly", "daily", "monthly"] = "daily"
    """Period that a line of the bill covers. Hourly lines need about twenty times the storage of
    daily ones. A change applies from the next delivery on."""
    assets: bool = False
    """Whether the view `cost_by_asset` joins the exported catalog of Unified Studio, the lineage of
    endpoints, and the bill. Add it a day after `unified_studio.host.catalog_export`: AWS creates
    the exported table with the first export."""
