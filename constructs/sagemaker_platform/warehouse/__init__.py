"""A data warehouse: Redshift Serverless, its limits, snapshots, and its place in the catalog."""

from sagemaker_platform.warehouse.alarms import WarehouseAlarms
from sagemaker_platform.warehouse.managed_storage_catalog import ManagedStorageCatalog
from sagemaker_platform.warehouse.named_warehouse import NamedWarehouse
from sagemaker_platform.warehouse.scheduled_snapshots import ScheduledSnapshots
from sagemaker_platform.warehouse.usage_limits import UsageLimit, UsageLimits
from sagemaker_platform.warehouse.warehouse import Capacity, SnapshotCopy, Warehouse

__all__ = [
    "Capacity",
    "ManagedStorageCatalog",
    "NamedWarehouse",
    "ScheduledSnapshots",
    "SnapshotCopy",
    "UsageLimit",
    "UsageLimits",
    "Warehouse",
    "WarehouseAlarms",
]
