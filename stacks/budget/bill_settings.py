"""Settings of the export of the bill."""

from typing import Literal

from stacks.fields import Settings


class BillExportSettings(Settings):
    """The bill of the account, in a bucket and as tables of Athena."""

    granularity: Literal["hourly", "daily", "monthly"] = "daily"
    """What period a line of the bill is about. Hours take about twenty times the storage of days.
    A change applies from the next delivery on."""
