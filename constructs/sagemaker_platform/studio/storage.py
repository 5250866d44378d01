"""Where people in Studio keep their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sagemaker_platform.arguments import checks_types, require_each


@checks_types
@dataclass(frozen=True, kw_only=True)
class SpaceStorage:
    """Size of the EBS volume of a space, in GiB.

    Args:
        default_gib: for users who choose nothing.
        max_gib: the most a user may choose.
    """

    default_gib: int
    max_gib: int

    def to_property(self) -> dict[str, Any]:
        """Return the properties for CloudFormation."""
        return {
            "defaultEbsStorageSettings": {
                "defaultEbsVolumeSizeInGb": self.default_gib,
                "maximumEbsVolumeSizeInGb": self.max_gib,
            }
        }


@checks_types
@dataclass(frozen=True, kw_only=True)
class FileSystem:
    """One of your file systems, mounted in spaces.

    It must be reachable from the private subnets, and its own security group must let the
    groups of the apps in. A file system in S3 is for projects of SageMaker Unified Studio
    only (AWS: "CustomFileSystem" in the API reference).

    Args:
        kind: what it is.
        location: id of the file system, or the S3 URI.
        path: directory that is mounted, of EFS and FSx for Lustre; for S3, where it appears
            in the space. Absent, the root.
        security_group_id: a group whose members its own group lets in. The apps of a user who
            has the file system are in it; those of a domain or a shared space are not.
    """

    kind: Literal["EFS", "FSxLustre", "S3"]
    location: str
    path: str | None = None
    security_group_id: str | None = None

    def to_property(self) -> dict[str, Any]:
        """Return the properties of a domain or a user for CloudFormation."""
        if self.kind == "S3":
            return {"s3FileSystemConfig": {"s3Uri": self.location, "mountPath": self.path}}
        key = "efs" if self.kind == "EFS" else "fSxLustre"
        return {
            f"{key}FileSystemConfig": {
                "fileSystemId": self.location,
                "fileSystemPath": self.path,
            }
        }

    def to_space_property(self) -> dict[str, Any]:
        """Return the properties of one space, which has no path."""
        if self.kind == "S3":
            return {"s3FileSystem": {"s3Uri": self.location}}
        key = "efs" if self.kind == "EFS" else "fSxLustre"
        return {f"{key}FileSystem": {"fileSystemId": self.location}}


@checks_types
@dataclass(frozen=True, kw_only=True)
class PosixUser:
    """POSIX user and group ids of a user's processes on your file system.

    Args:
        uid: 10000 to 4000000.
        gid: 1001 to 4000000.
    """

    uid: int
    gid: int


def file_system_properties(file_systems: Sequence[FileSystem]) -> list[dict[str, Any]]:
    """Return the properties of a domain or a user. An empty list removes what was there."""
    require_each("file_systems", file_systems, FileSystem)
    return [file_system.to_property() for file_system in file_systems]
