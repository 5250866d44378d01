"""What FSx's products are in the catalog.

The price list tells file systems apart by attributes; usage types alone do not say of which kind of
file system a product is. Seen in price list files of 2026-07 to 2026-09 and in public tools that
read them; the deployment options of OpenZFS with a standby were not seen, so those stay unpriced.
"""

import re
from collections.abc import Mapping

from sagemaker_platform.catalog import PriceKey

FSX = "AmazonFSx"

Named = tuple[PriceKey, str, int]
"""Key, unit of the catalog, and units of the price list in one of it."""

_LUSTRE = re.compile(r"Storage\.SSD\.(\d+)")
_LUSTRE_TYPES = {
    **dict.fromkeys(("50", "100", "200"), "PERSISTENT_1"),
    **dict.fromkeys(("125", "250", "500", "1000"), "PERSISTENT_2"),
}
_OPEN_ZFS_TYPES = {"Single-AZ": "SINGLE_AZ_1", "Single-AZ_2": "SINGLE_AZ_2"}


def name_of_file_system(attributes: Mapping[str, str], usage: str) -> Named | None:
    """Return what a product of FSx is in the catalog; None if it is not part of it.

    Args:
        attributes: attributes of the product, with its family.
        usage: its usage type, without the prefix of the region.
    """
    match attributes.get("fileSystemType"):
        case "Lustre":
            return _lustre(attributes, usage)
        case "OpenZFS":
            return _open_zfs(attributes)
    return None


def _lustre(attributes: Mapping[str, str], usage: str) -> Named | None:
    family = attributes.get("productFamily")
    if family == "Provisioned IOPS":
        return PriceKey("fsx", "Lustre PERSISTENT_2", "metadata"), "IOPS-month", 1
    if family != "Storage":
        return None
    if usage == "BackupUsage":
        return PriceKey("fsx", "Lustre", "backup"), "GB-month", 1
    if attributes.get("storageType") != "SSD":
        return None
    if usage == "Storage":
        return PriceKey("fsx", "Lustre SCRATCH_2", "storage"), "GB-month", 1
    found = _LUSTRE.fullmatch(usage)
    kind = _LUSTRE_TYPES.get(found[1]) if found else None
    if found is None or kind is None:
        return None
    return PriceKey("fsx", f"Lustre {kind} {found[1]}", "storage"), "GB-month", 1


def _open_zfs(attributes: Mapping[str, str]) -> Named | None:
    kind = _OPEN_ZFS_TYPES.get(attributes.get("deploymentOption", ""))
    if kind is None:
        return None
    item = f"OpenZFS {kind}"
    match attributes.get("productFamily"), attributes.get("storageType"):
        case "Storage", "SSD":
            return PriceKey("fsx", item, "storage"), "GB-month", 1
        case "Provisioned Throughput", _:
            return PriceKey("fsx", item, "throughput"), "MBps-month", 1
        case "Provisioned IOPS", _:
            return PriceKey("fsx", item, "iops"), "IOPS-month", 1
    return None
