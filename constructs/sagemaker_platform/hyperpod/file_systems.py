"""File systems of a cluster: Lustre for data, OpenZFS for homes."""

from dataclasses import dataclass
from typing import Literal, Protocol

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.hyperpod.file_system_rules import (
    LUSTRE_PORTS,
    NFS_PORTS,
    keep_with_data,
    open_ports,
    server_group,
    studio_clients,
)
from sagemaker_platform.hyperpod.instance_group import Mount
from sagemaker_platform.network import INetwork, allow_among_members, network_of

_GIB = 1024**3

LustreDeploymentType = Literal["PERSISTENT_2", "SCRATCH_2"]
OpenZfsDeploymentType = Literal["SINGLE_AZ_1", "SINGLE_AZ_HA_1", "SINGLE_AZ_2", "SINGLE_AZ_HA_2"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class DataRepository:
    """A bucket that a folder of a Lustre file system shows.

    Args:
        bucket: the bucket.
        path: folder of the file system, such as ``/data/raw``.
        prefix: the part of the bucket that is shown. Defaults to the whole bucket.
        write: whether what changes in the folder is written back to the bucket.
    """

    bucket: s3.IBucket
    path: str
    prefix: str = ""
    write: bool = False


class ILustreFileSystem(Protocol):
    """What clusters and Studio need of a Lustre file system, created here or not."""

    @property
    def file_system_id(self) -> str:
        """Id of the file system."""
        ...

    @property
    def mount(self) -> Mount:
        """How nodes mount it."""
        ...

    @property
    def storage_bytes(self) -> int | None:
        """Its size; None if it is not known."""
        ...

    def studio_clients(self) -> ec2.ISecurityGroup:
        """Make a security group for apps of Studio, whose members reach the file system."""
        ...


@checks_types
class LustreFileSystem(Construct):
    """An FSx for Lustre file system for the nodes of a cluster, in one subnet.

    Persistent ones are encrypted with the key; those of type SCRATCH_2 with an AWS-owned key,
    because FSx takes no other for them.

    Its subnet, security group, key, kind and whether it has EFA never change: another value
    makes another, empty file system.

    Args:
        network: the VPC.
        subnet_id: where it is, and best all nodes that use it.
        clients: security group of the nodes.
        key: encrypts a persistent file system and its backups.
        deployment_type: PERSISTENT_2, or SCRATCH_2 for temporary data.
        storage_gib: 1200, 2400 or a multiple of 2400.
        throughput_per_tib: MB/s for each TiB of a persistent file system: 125, 250, 500, 1000.
        compression: whether data is compressed (LZ4).
        efa: whether nodes with EFA use it for the file system too; it makes FSx choose the
            number of metadata operations, unless that is given.
        metadata_iops: if omitted, FSx's own default.
        backup_days: how long daily backups are kept; 0, there are none.
        maintenance_window_start: day and time in UTC, such as ``7:03:00`` for Sunday.
        mount_path: where nodes mount it.
        removal_policy: with DESTROY the data is deleted together with the stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        network: INetwork | ec2.IVpc,
        subnet_id: str,
        clients: ec2.ISecurityGroup,
        key: kms.IKey,
        storage_gib: int,
        removal_policy: RemovalPolicy,
        deployment_type: LustreDeploymentType = "PERSISTENT_2",
        throughput_per_tib: int | None = 125,
        compression: bool = True,
        efa: bool = False,
        metadata_iops: int | None = None,
        backup_days: int = 0,
        maintenance_window_start: str | None = None,
        mount_path: str = "/fsx",
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        require_one_of("deployment_type", deployment_type, LustreDeploymentType)
        persistent = deployment_type == "PERSISTENT_2"
        self.storage_bytes = storage_gib * _GIB
        self._network = network
        self._servers = group = server_group(self, network, "Lustre")
        allow_among_members(self, group, description="Servers of Lustre among themselves")
        keep_with_data(self, removal_policy)
        open_ports(self, group, clients, ports=None if efa else LUSTRE_PORTS, both_ways=True)
        metadata = None
        if metadata_iops is not None:
            metadata = fsx.CfnFileSystem.MetadataConfigurationProperty(
                mode="USER_PROVISIONED", iops=metadata_iops
            )
        elif efa:
            metadata = fsx.CfnFileSystem.MetadataConfigurationProperty(mode="AUTOMATIC")
        self.resource = fsx.CfnFileSystem(
            self,
            "Resource",
            file_system_type="LUSTRE",
            file_system_type_version="2.15",
            storage_capacity=storage_gib,
            storage_type="SSD",
            subnet_ids=[subnet_id],
            security_group_ids=[group.security_group_id],
            kms_key_id=key.key_arn if persistent else None,
            lustre_configuration=fsx.CfnFileSystem.LustreConfigurationProperty(
                deployment_type=deployment_type,
                per_unit_storage_throughput=throughput_per_tib if persistent else None,
                data_compression_type="LZ4" if compression else "NONE",
                efa_enabled=True if efa else None,
                metadata_configuration=metadata,
                automatic_backup_retention_days=backup_days if persistent else None,
                copy_tags_to_backups=True if backup_days else None,
                weekly_maintenance_start_time=maintenance_window_start,
            ),
        )
        self.resource.apply_removal_policy(removal_policy)
        self.file_system_id = self.resource.ref
        self.mount = Mount(
            dns_name=self.resource.attr_dns_name,
            lustre_mount_name=self.resource.attr_lustre_mount_name,
            path=mount_path,
        )

    def show(self, id: str, repository: DataRepository) -> fsx.CfnDataRepositoryAssociation:
        """Show a bucket in a folder of the file system.

        Names and metadata appear as objects come and go; data is read from the bucket when a
        file is first opened. FSx reaches an encrypted bucket only if the key's policy lets its
        service-linked role use the key, see `EnvironmentKey.grant_lustre_read`.

        Args:
            id: construct id.
            repository: bucket and folder.
        """
        bucket = repository.bucket.bucket_name
        events = ["NEW", "CHANGED", "DELETED"]
        cfn = fsx.CfnDataRepositoryAssociation
        association = cfn(
            self,
            id,
            file_system_id=self.resource.ref,
            file_system_path=repository.path,
            data_repository_path=f"s3://{bucket}/{repository.prefix}",
            batch_import_meta_data_on_create=True,
            s3=cfn.S3Property(
                auto_import_policy=cfn.AutoImportPolicyProperty(events=events),
                auto_export_policy=cfn.AutoExportPolicyProperty(events=events)
                if repository.write
                else None,
            ),
        )
        return association

    def studio_clients(self) -> ec2.ISecurityGroup:
        """Make a security group for apps of Studio, whose members reach the file system."""
        return studio_clients(self, self._network, self._servers)


@checks_types
class ExistingLustreFileSystem(Construct):
    """An FSx for Lustre file system that is there already, in the VPC of the nodes.

    Its owner encrypts and backs it up, and watches its free space. Its security group gets rules
    for the nodes, whose group gets rules for the servers.

    Attributes:
        file_system_id: its id.
        mount: how nodes mount it.
        storage_bytes: None; its size is not known here.

    Args:
        file_system_id: its id, in the account and region of the stack.
        mount_name: its mount name, which FSx chose.
        security_group_id: security group of its network interfaces.
        network: the VPC.
        clients: security group of the nodes.
        efa: whether nodes with EFA use it for the file system, too.
        mount_path: where nodes mount it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        file_system_id: str,
        mount_name: str,
        security_group_id: str,
        network: INetwork | ec2.IVpc,
        clients: ec2.ISecurityGroup,
        efa: bool = False,
        mount_path: str = "/fsx",
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        self.file_system_id = file_system_id
        self.storage_bytes: int | None = None
        self._network = network
        self._servers = ec2.SecurityGroup.from_security_group_id(
            self, "SecurityGroup", security_group_id
        )
        open_ports(
            self, self._servers, clients, ports=None if efa else LUSTRE_PORTS, both_ways=True
        )
        stack = Stack.of(self)
        self.mount = Mount(
            # FSx makes the name of the id (FSx for Lustre User Guide: "Mounting from an Amazon
            # EC2 instance").
            dns_name=f"{file_system_id}.fsx.{stack.region}.{stack.url_suffix}",
            lustre_mount_name=mount_name,
            path=mount_path,
        )

    def studio_clients(self) -> ec2.ISecurityGroup:
        """Make a security group for apps of Studio, whose members reach the file system."""
        return studio_clients(self, self._network, self._servers)


@checks_types
class HomeFileSystem(Construct):
    """An FSx for OpenZFS file system for the homes of a cluster's users, in one subnet.

    Nodes of the VPC may act as root in it, because they make the users' homes.

    Args:
        network: the VPC, whose whole range may mount it; the security group narrows that.
        subnet_id: where it is.
        clients: security group of the nodes.
        key: encrypts files and backups.
        deployment_type: generation 1 or 2, with a standby (``HA``) or without; which there are
            depends on the region.
        storage_gib: from 64 to 524288.
        throughput_mbps: in MB/s; which values there are depends on the deployment type.
        backup_days: how long daily backups are kept; 0, there are none.
        maintenance_window_start: day and time in UTC, such as ``7:03:00`` for Sunday.
        mount_path: where nodes mount it.
        removal_policy: with DESTROY the homes are deleted together with the stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        network: INetwork | ec2.IVpc,
        subnet_id: str,
        clients: ec2.ISecurityGroup,
        key: kms.IKey,
        storage_gib: int,
        throughput_mbps: int,
        removal_policy: RemovalPolicy,
        deployment_type: OpenZfsDeploymentType = "SINGLE_AZ_1",
        backup_days: int = 7,
        maintenance_window_start: str | None = None,
        mount_path: str = "/home",
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        require_one_of("deployment_type", deployment_type, OpenZfsDeploymentType)
        self.storage_bytes = storage_gib * _GIB
        group = server_group(self, network, "OpenZFS")
        keep_with_data(self, removal_policy)
        open_ports(self, group, clients, ports=NFS_PORTS)
        cfn = fsx.CfnFileSystem
        self.resource = cfn(
            self,
            "Resource",
            file_system_type="OPENZFS",
            storage_capacity=storage_gib,
            storage_type="SSD",
            subnet_ids=[subnet_id],
            security_group_ids=[group.security_group_id],
            kms_key_id=key.key_arn,
            open_zfs_configuration=cfn.OpenZFSConfigurationProperty(
                deployment_type=deployment_type,
                throughput_capacity=throughput_mbps,
                automatic_backup_retention_days=backup_days,
                copy_tags_to_backups=True if backup_days else None,
                copy_tags_to_volumes=True,
                # Without it, backups keep CloudFormation from deleting the root volume.
                options=["DELETE_CHILD_VOLUMES_AND_SNAPSHOTS"],
                weekly_maintenance_start_time=maintenance_window_start,
                root_volume_configuration=cfn.RootVolumeConfigurationProperty(
                    data_compression_type="LZ4",
                    nfs_exports=[
                        cfn.NfsExportsProperty(
                            client_configurations=[
                                cfn.ClientConfigurationsProperty(
                                    clients=cidr,
                                    options=["rw", "crossmnt", "sync", "no_root_squash"],
                                )
                                for cidr in network.cidrs
                            ]
                        )
                    ],
                ),
            ),
        )
        self.resource.apply_removal_policy(removal_policy)
        self.file_system_id = self.resource.ref
        self.mount = Mount(dns_name=self.resource.attr_dns_name, path=mount_path)
