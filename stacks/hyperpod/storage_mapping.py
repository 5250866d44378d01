"""Wires file systems of clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.hyperpod import (
    DataRepository,
    ExistingLustreFileSystem,
    HomeFileSystem,
    ILustreFileSystem,
    LustreFileSystem,
)
from sagemaker_platform.network import INetwork
from stacks.hyperpod import mapping
from stacks.hyperpod.storage_settings import HomesSettings, LustreSettings

if TYPE_CHECKING:
    from sagemaker_platform.studio import FileSystem
    from stacks.lakehouse.stack import LakehouseStack


def lustre_file_system(
    scope: Construct,
    settings: LustreSettings | None,
    *,
    network: INetwork,
    subnet_id: str,
    nodes: ec2.ISecurityGroup,
    key: kms.IKey,
    lakehouse: LakehouseStack | None,
    removal_policy: RemovalPolicy,
) -> LustreFileSystem | ExistingLustreFileSystem | None:
    """Make the Lustre file system of a cluster or take the existing one, if it has one."""
    if settings is None:
        return None
    if settings.existing is not None:
        return ExistingLustreFileSystem(
            scope,
            "Lustre",
            **settings.existing.model_dump(),
            network=network,
            clients=nodes,
            efa=settings.efa_enabled,
            mount_path=settings.mount_path,
        )
    lustre = LustreFileSystem(
        scope,
        "Lustre",
        network=network,
        subnet_id=subnet_id,
        clients=nodes,
        key=key,
        deployment_type=mapping.LUSTRE_TYPES[settings.deployment_type],
        storage_gib=settings.storage_capacity_gib,
        throughput_per_tib=settings.throughput,
        compression=settings.data_compression,
        efa=settings.efa_enabled,
        metadata_iops=settings.metadata_iops,
        backup_days=settings.backup_days,
        maintenance_window_start=mapping.fsx_time(settings.maintenance_window_start),
        mount_path=settings.mount_path,
        removal_policy=removal_policy,
    )
    for repository in settings.data_repositories:
        assert lakehouse is not None, "the settings allow layers with a lakehouse only"
        # Bucket and folder never change, so they are in the id.
        lustre.show(
            f"Data{mapping.digest(repository.layer, repository.prefix, repository.path)}",
            DataRepository(
                bucket=lakehouse.layers[repository.layer].bucket,
                path=repository.path,
                prefix=repository.prefix,
                write=repository.write,
            ),
        )
    return lustre


def home_file_system(
    scope: Construct,
    settings: HomesSettings | None,
    *,
    network: INetwork,
    subnet_id: str,
    nodes: ec2.ISecurityGroup,
    key: kms.IKey,
    removal_policy: RemovalPolicy,
) -> HomeFileSystem | None:
    """Make the file system of a cluster's homes, if it has one."""
    if settings is None:
        return None
    return HomeFileSystem(
        scope,
        "Homes",
        network=network,
        subnet_id=subnet_id,
        clients=nodes,
        key=key,
        deployment_type=mapping.OPENZFS_TYPES[settings.deployment_type],
        storage_gib=settings.storage_capacity_gib,
        throughput_mbps=settings.throughput,
        backup_days=settings.backup_retention_days,
        maintenance_window_start=mapping.fsx_time(settings.maintenance_window_start),
        mount_path=settings.mount_path,
        removal_policy=removal_policy,
    )


def for_studio(lustre: ILustreFileSystem) -> FileSystem:
    """Let apps of Studio in, and return the file system as they mount it."""
    from sagemaker_platform.studio import FileSystem

    return FileSystem(
        kind="FSxLustre",
        location=lustre.file_system_id,
        security_group_id=lustre.studio_clients().security_group_id,
    )
