"""File systems of a cluster as volumes of Kubernetes, with a claim in each namespace."""

from collections.abc import Mapping, Sequence
from typing import Any

from sagemaker_platform.hyperpod.file_systems import HomeFileSystem, ILustreFileSystem

LUSTRE_CLAIM = "fsx-claim"
"""Name of the claim of a Lustre file system, which HyperPod recipes take."""
HOME_CLAIM = "home-claim"
"""Name of the claim of homes."""
_GIB = 1024**3
# The least that a Lustre file system has. Kubernetes compares it with claims, and mounts all.
_UNKNOWN_BYTES = 1200 * _GIB


def lustre_volume(lustre: ILustreFileSystem, namespace: str) -> Sequence[Mapping[str, Any]]:
    """Return a volume of a Lustre file system, and its claim in a namespace.

    Needs the add-on ``aws-fsx-csi-driver``. A volume is bound to one claim, so that each
    namespace has one of its own; all of them show the whole file system. Nodes tell volumes
    apart by their handles, which therefore differ although the file system is the same.

    Args:
        lustre: the file system.
        namespace: a namespace that is there.
    """
    return _volume(
        f"fsx-{namespace}",
        LUSTRE_CLAIM,
        namespace,
        lustre.storage_bytes or _UNKNOWN_BYTES,
        mount_options=["flock"],
        source={
            "csi": {
                "driver": "fsx.csi.aws.com",
                "volumeHandle": f"{lustre.file_system_id}-{namespace}",
                "volumeAttributes": {
                    "dnsname": lustre.mount.dns_name,
                    "mountname": lustre.mount.lustre_mount_name,
                },
            }
        },
    )


def home_volume(homes: HomeFileSystem, namespace: str) -> Sequence[Mapping[str, Any]]:
    """Return a volume of homes on OpenZFS, and its claim in a namespace.

    By the NFS client of Kubernetes, which needs no driver.

    Args:
        homes: the file system.
        namespace: a namespace that is there.
    """
    return _volume(
        f"homes-{namespace}",
        HOME_CLAIM,
        namespace,
        homes.storage_bytes,
        mount_options=["nfsvers=4.2"],
        # What OpenZFS calls its root volume.
        source={"nfs": {"server": homes.resource.attr_dns_name, "path": "/fsx"}},
    )


def _volume(
    name: str,
    claim: str,
    namespace: str,
    size_bytes: int,
    *,
    mount_options: Sequence[str],
    source: Mapping[str, Any],
) -> Sequence[Mapping[str, Any]]:
    common = {"accessModes": ["ReadWriteMany"], "storageClassName": "", "volumeMode": "Filesystem"}
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                **common,
                "capacity": {"storage": f"{size_bytes // _GIB}Gi"},
                "mountOptions": list(mount_options),
                # Deleting a claim deletes no data.
                "persistentVolumeReclaimPolicy": "Retain",
                "claimRef": {"name": claim, "namespace": namespace},
                **source,
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim, "namespace": namespace},
            # The least, whatever the volume has: the size of a claim without a class can never
            # change, and file systems grow.
            "spec": {
                **common,
                "volumeName": name,
                "resources": {"requests": {"storage": "1Gi"}},
            },
        },
    ]
