"""Rules of buckets, tables and file systems.

Sources: https://aws.amazon.com/s3/pricing/ (also S3 Tables), https://aws.amazon.com/ecr/pricing/,
https://aws.amazon.com/fsx/lustre/pricing/, https://aws.amazon.com/fsx/openzfs/pricing/.
"""

from collections.abc import Iterable

from sagemaker_platform.catalog.prices import PriceKey
from sagemaker_platform.costs.charge import Charge, as_number, kept, used
from sagemaker_platform.costs.resource import Resource


def _bucket(resource: Resource) -> Iterable[Charge]:
    for text, usage, component, unit in (
        ("objects kept", "s3_storage_gb", "storage", "GB-month"),
        ("requests that write", "s3_write_requests", "write requests", "1,000 requests"),
        ("requests that read", "s3_read_requests", "read requests", "1,000 requests"),
    ):
        yield used(text, usage, PriceKey("s3", "standard", component), unit)


def _table_bucket(resource: Resource) -> Iterable[Charge]:
    for text, usage, component, unit in (
        ("tables kept", "table_storage_gb", "storage", "GB-month"),
        ("objects of tables watched", "table_objects", "monitoring", "1,000 objects-month"),
        ("tables compacted", "table_compacted_gb", "compacted data", "GB"),
        ("objects compacted", "table_compacted_objects", "compacted objects", "1,000 objects"),
    ):
        yield used(text, usage, PriceKey("s3tables", "tables", component), unit)


def _repository(resource: Resource) -> Iterable[Charge]:
    yield used("images kept", "image_storage_gb", PriceKey("ecr", "images", "storage"), "GB-month")


def _file_system(resource: Resource) -> Iterable[Charge]:
    kind = resource.properties.get("FileSystemType")
    capacity = resource.properties.get("StorageCapacity")
    if kind == "LUSTRE":
        yield from _lustre(resource, capacity)
        return
    settings = resource.part("OpenZFSConfiguration")
    name = f"{'OpenZFS' if kind == 'OPENZFS' else kind} {settings.get('DeploymentType', '')}"
    yield kept(
        f"FSx {name}, SSD", PriceKey("fsx", name, "storage"), count=capacity, unit="GB-month"
    )
    yield kept(
        f"FSx {name}, throughput",
        PriceKey("fsx", name, "throughput"),
        count=settings.get("ThroughputCapacity"),
        unit="MBps-month",
    )
    if "Iops" in resource.part("OpenZFSConfiguration", "DiskIopsConfiguration"):
        iops = as_number(settings["DiskIopsConfiguration"]["Iops"])
        free = 3 * (as_number(capacity) or 0)
        yield kept(
            f"FSx {name}, IOPS above three for each GB",
            PriceKey("fsx", name, "iops"),
            count=None if iops is None else max(iops - free, 0),
            unit="IOPS-month",
        )


def _lustre(resource: Resource, capacity: object) -> Iterable[Charge]:
    settings = resource.part("LustreConfiguration")
    kind = settings.get("DeploymentType", "SCRATCH_1")
    throughput = settings.get("PerUnitStorageThroughput")
    tier = f"Lustre {kind}" + (f" {throughput}" if throughput else "")
    if resource.properties.get("StorageType") == "INTELLIGENT_TIERING":
        tier = f"Lustre {kind} INTELLIGENT_TIERING"
        yield used("FSx data kept", "fsx_storage_gb", PriceKey("fsx", tier, "storage"), "GB-month")
        capacity = settings.get("ThroughputCapacity")
        yield kept(
            f"FSx {tier}, throughput",
            PriceKey("fsx", tier, "throughput"),
            count=capacity,
            unit="MBps-month",
        )
    else:
        yield kept(f"FSx {tier}", PriceKey("fsx", tier, "storage"), count=capacity, unit="GB-month")
    metadata = resource.part("LustreConfiguration", "MetadataConfiguration")
    if metadata.get("Mode") == "USER_PROVISIONED":
        yield kept(
            "FSx Lustre, metadata IOPS",
            PriceKey("fsx", f"Lustre {kind}", "metadata"),
            count=metadata.get("Iops"),
            unit="IOPS-month",
        )
    if as_number(settings.get("AutomaticBackupRetentionDays", 0)):
        yield used("FSx backups", "fsx_backup_gb", PriceKey("fsx", "Lustre", "backup"), "GB-month")


RULES = {
    "AWS::ECR::Repository": _repository,
    "AWS::FSx::FileSystem": _file_system,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3Tables::TableBucket": _table_bucket,
}
