"""Settings of volumes and file systems in Studio."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import FileSystemId, Name, S3Uri, Settings, validation_error


class SpaceStorageSettings(Settings):
    """Size of a space's EBS volume in GiB."""

    default_gib: Annotated[int, Field(ge=5, le=16384)] = 20
    """Default size."""
    max_gib: Annotated[int, Field(ge=5, le=16384)] = 100
    """Maximum that a user can choose."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.default_gib > self.max_gib:
            raise validation_error(
                f"must be at most max_gib ({self.max_gib})",
                at="default_gib",
                value=self.default_gib,
            )
        return self


class FileSystemSettings(Settings):
    """A file system: of yours, in EFS, FSx for Lustre or S3, or of a HyperPod cluster."""

    efs: FileSystemId | None = None
    """ID of an EFS file system."""
    fsx_lustre: FileSystemId | None = None
    """ID of an FSx for Lustre file system."""
    s3: S3Uri | None = None
    """Prefix in S3; in projects of SageMaker Unified Studio only."""
    hyperpod: Name | None = None
    """Name of a HyperPod cluster of the environment. Studio mounts its Lustre file system for
    users whose persona uses the cluster."""
    path: Annotated[str, Field(max_length=256, pattern=r"^/\S*$")] | None = None
    """Directory to mount, or for S3, the mount path. Defaults to the root."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = (self.efs, self.fsx_lustre, self.s3, self.hyperpod)
        if sum(value is not None for value in given) != 1:
            raise validation_error("must have exactly one of efs, fsx_lustre, s3 and hyperpod")
        return self

    @property
    def kind(self) -> Literal["EFS", "FSxLustre", "S3"]:
        """What it is."""
        return "EFS" if self.efs else "FSxLustre" if self.fsx_lustre else "S3"

    @property
    def location(self) -> str:
        """Its id or URI, or the name of its cluster."""
        return self.efs or self.fsx_lustre or self.s3 or self.hyperpod or ""


def refuse_clusters(file_systems: Sequence[FileSystemSettings], at: str) -> None:
    """Refuse file systems of clusters where it is not one user who has them."""
    for index, one in enumerate(file_systems):
        if one.hyperpod is not None:
            raise validation_error(
                (
                    "applies only to file_systems of studio and of users, whose persona uses "
                    "the cluster"
                ),
                at=f"{at}.{index}.hyperpod",
                value=one.hyperpod,
            )


def check_file_systems(file_systems: Sequence[FileSystemSettings]) -> None:
    """Refuse a file system that is named twice; of a domain, a user or a space."""
    seen: set[tuple[str, str | None]] = set()
    for index, one in enumerate(file_systems):
        if (one.location, one.path) in seen:
            raise validation_error("is there twice", at=f"file_systems.{index}", value=one.location)
        seen.add((one.location, one.path))
