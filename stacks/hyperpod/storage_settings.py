"""Settings of a cluster's file systems."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.fields import FolderPath, MaintenanceWindow, Name, Settings, validation_error
from stacks.hyperpod.existing_settings import ExistingLustreSettings

_LEAST_WITH_EFA = {125: 38_400, 250: 19_200, 500: 9_600, 1000: 4_800}
_THROUGHPUT = {
    "1": (64, 128, 256, 512, 1024, 2048, 3072, 4096),
    "2": (160, 320, 640, 1280, 2560, 3840, 5120, 7680, 10_240),
}

# Folders of nodes' own software. A file system would hide the first ones and all below them.
_SYSTEM_TREES = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/opt/amazon", "/opt/aws",
    "/opt/sagemaker", "/opt/slurm", "/proc", "/root", "/run", "/sbin", "/sys", "/usr",
)  # fmt: skip
_SYSTEM_FOLDERS = (*_SYSTEM_TREES, "/opt", "/var")


def _node_path(value: str) -> str:
    if value in _SYSTEM_FOLDERS or any(value.startswith(f"{one}/") for one in _SYSTEM_TREES):
        raise validation_error(
            "must not be a folder of the nodes' software, because the mount would hide it. "
            "Use a folder such as /fsx or /data"
        )
    return value


NodePath = Annotated[FolderPath, AfterValidator(_node_path)]
"""Where nodes mount a file system."""


class DataRepositorySettings(Settings):
    """A layer of the lakehouse, shown in a folder of the Lustre file system."""

    layer: Name
    """Name of the layer."""
    path: FolderPath
    """Folder of the file system, such as `/data/raw`. Existing contents are hidden."""
    prefix: Annotated[str, Field(max_length=512)] = ""
    """Prefix of the layer's bucket. Defaults to the whole bucket."""
    write: bool = False
    """Write changes in the folder back to the bucket."""


class LustreSettings(Settings):
    """An FSx for Lustre file system for data, in the zone of the cluster."""

    deployment_type: Literal["persistent_2", "scratch_2"] = "persistent_2"
    """`scratch_2` is for data that can be lost: no replication, no backups, and an AWS owned
    key."""
    storage_capacity_gib: Annotated[int, Field(ge=1200, le=2_400_000)] = 1200
    """Size: 1200, 2400 or a multiple of 2400. It can grow but not shrink."""
    throughput_per_tib: Literal[125, 250, 500, 1000] | None = None
    """MB/s for each TiB of a persistent file system. Defaults to 125."""
    data_compression: bool = True
    """Compress data (LZ4)."""
    efa_enabled: bool = False
    """Let nodes use EFA for the file system."""
    metadata_iops: Annotated[int, Field(ge=1500, le=192_000)] | None = None
    """Metadata operations per second: 1500, 3000, 6000 or a multiple of 12000. Defaults to FSx's
    default."""
    backup_retention_days: Annotated[int, Field(ge=0, le=90)] | None = None
    """How long daily backups are kept. `0` turns backups off. Defaults to 7 for a persistent
    file system without data repositories, otherwise to 0."""
    maintenance_window_start: MaintenanceWindow = "Sun:03:00"
    """When the weekly maintenance begins, in UTC."""
    mount_path: NodePath = "/fsx"
    """Where nodes mount it."""
    data_repositories: Annotated[list[DataRepositorySettings], Field(max_length=8)] = []
    """Layers of the lakehouse that the file system links to."""
    existing: ExistingLustreSettings | None = None
    """An existing file system. The only other keys that apply are `mount_path` and
    `efa_enabled`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.existing is not None:
            for key in sorted(self.model_fields_set - {"existing", "mount_path", "efa_enabled"}):
                raise validation_error(
                    (
                        "must be omitted with existing, because you manage that file system. "
                        "Remove the line"
                    ),
                    at=key,
                    value=value if isinstance(value := getattr(self, key), str | int) else "...",
                )
            return self
        capacity = self.storage_capacity_gib
        if capacity != 1200 and capacity % 2400:
            raise validation_error(
                "must be 1200, 2400 or a multiple of 2400",
                at="storage_capacity_gib",
                value=capacity,
            )
        if self.deployment_type == "scratch_2":
            self._check_scratch()
        elif self.efa_enabled and capacity % (least := _LEAST_WITH_EFA[self.throughput]):
            raise validation_error(
                f"must be a multiple of {least} with EFA and {self.throughput} MB/s for each TiB",
                at="storage_capacity_gib",
                value=capacity,
            )
        iops = self.metadata_iops
        if iops is not None and iops not in (1500, 3000, 6000) and iops % 12_000:
            raise validation_error(
                "must be 1500, 3000, 6000 or a multiple of 12000", at="metadata_iops", value=iops
            )
        if self.data_repositories and self.backup_retention_days:
            raise validation_error(
                (
                    "must be 0, because FSx creates no backups of a file system with data "
                    "repositories"
                ),
                at="backup_retention_days",
                value=self.backup_retention_days,
            )
        self._check_folders()
        return self

    def _check_scratch(self) -> None:
        for key in ("throughput_per_tib", "efa_enabled", "metadata_iops", "backup_retention_days"):
            if getattr(self, key):
                raise validation_error(
                    "applies only to persistent_2. Remove the line",
                    at=key,
                    value=getattr(self, key),
                )

    def _check_folders(self) -> None:
        # FSx takes no folder within another one that shows a bucket.
        for index, repository in enumerate(self.data_repositories):
            for earlier in self.data_repositories[:index]:
                one, other = f"{repository.path}/", f"{earlier.path}/"
                if one.startswith(other) or other.startswith(one):
                    raise validation_error(
                        f"must not overlap {earlier.path}",
                        at=f"data_repositories.{index}.path",
                        value=repository.path,
                    )

    @property
    def throughput(self) -> int:
        """MB/s for each TiB of a persistent file system."""
        return self.throughput_per_tib or 125

    @property
    def backup_days(self) -> int:
        """How long daily backups are kept."""
        if self.backup_retention_days is not None:
            return self.backup_retention_days
        return 0 if self.data_repositories or self.deployment_type == "scratch_2" else 7


class HomesSettings(Settings):
    """An FSx for OpenZFS file system for the homes of users, in the zone of the cluster."""

    deployment_type: Literal["single_az_1", "single_az_ha_1", "single_az_2", "single_az_ha_2"] = (
        "single_az_1"
    )
    """Deployment type: generation, and single or multiple zones (`ha` has a standby). Regions
    support different types."""
    storage_capacity_gib: Annotated[int, Field(ge=64, le=524_288)] = 512
    """Size. It can grow but not shrink."""
    throughput_capacity_mbps: int | None = None
    """Throughput in MB/s. Defaults to the minimum: 64, or 160 in generation 2."""
    backup_retention_days: Annotated[int, Field(ge=0, le=90)] = 7
    """How long daily backups are kept. `0` turns backups off."""
    maintenance_window_start: MaintenanceWindow = "Sun:03:00"
    """When the weekly maintenance begins, in UTC."""
    mount_path: NodePath = "/home"
    """Where nodes mount it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        offered = _THROUGHPUT[self.deployment_type[-1]]
        if self.throughput_capacity_mbps not in (None, *offered):
            raise validation_error(
                f"must be one of {', '.join(map(str, offered))} with {self.deployment_type}",
                at="throughput_capacity_mbps",
                value=self.throughput_capacity_mbps,
            )
        return self

    @property
    def throughput(self) -> int:
        """MB/s."""
        return self.throughput_capacity_mbps or _THROUGHPUT[self.deployment_type[-1]][0]


def check_mounts(lustre: LustreSettings | None, homes: HomesSettings | None) -> None:
    """Refuse file systems in the same folder, or one in a folder of the other."""
    if lustre is None or homes is None:
        return
    one, other = lustre.mount_path, homes.mount_path
    if one == other:
        raise validation_error(
            "must not be the mount path of the Lustre file system",
            at="homes.mount_path",
            value=other,
        )
    if f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/"):
        raise validation_error(
            f"must not overlap {one}, the mount path of the Lustre file system, because "
            "nodes mount both in any order",
            at="homes.mount_path",
            value=other,
        )
