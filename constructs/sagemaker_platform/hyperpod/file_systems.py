"""File systems of a cluster: Lustre for data, OpenZFS for homes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from aws_cdk import CfnResource, RemovalPolicy, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import require_one_of
from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.hyperpod.instance_group import Mount
from sagemaker_platform.network import INetwork, allow_among_members
from sagemaker_platform.security import STUDIO_GROUP_TAG, acknowledge, in_compliance_packs

_LUSTRE_PORTS = ((988, 988), (1018, 1023))
# Port mapper, NFS, and its helpers (AWS: "File system access control with Amazon VPC").
_NFS_PORTS = ((111, 111), (2049, 2049), (20001, 20003))
_GIB = 1024**3

LustreDeploymentType = Literal["PERSISTENT_2", "SCRATCH_2"]
OpenZfsDeploymentType = Literal["SINGLE_AZ_1", "SINGLE_AZ_HA_1", "SINGLE_AZ_2", "SINGLE_AZ_HA_2"]


@dataclass(frozen=True, kw_only=True)
class DataRepository:
    """A bucket that a folder of a Lustre file system shows.

    Args:
        bucket: the bucket.
        path: folder of the file system, such as ``/data/raw``.
        prefix: the part of the bucket that is shown; absent, all of it.
        write: whether what changes in the folder is written back to the bucket.
    """

    bucket: DataBucket
    path: str
    prefix: str = ""
    write: bool = False


class LustreFileSystem(Construct):
    """An FSx for Lustre file system for the nodes of a cluster, in one subnet.

    Persistent ones are encrypted with the key; those of type SCRATCH_2 with a key of AWS's,
    because FSx takes no other for them.

    Its subnet, security group, key, kind and whether it has EFA never change: another value
    makes another, empty file system.

    Args:
        network: the VPC.
        subnet_id: where it is, and best all nodes that use it.
        clients: security group of the nodes.
        key: encrypts a persistent file system and its backups.
        deployment_type: PERSISTENT_2, or SCRATCH_2 for what may be lost.
        storage_gib: 1200, 2400 or a multiple of 2400.
        throughput_per_tib: MB/s for each TiB of a persistent file system: 125, 250, 500, 1000.
        compression: whether data is compressed (LZ4).
        efa: whether nodes with EFA use it for the file system too; it makes FSx choose the
            number of metadata operations, unless that is given.
        metadata_iops: absent, FSx's own default.
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
        network: INetwork,
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
        require_one_of("deployment_type", deployment_type, LustreDeploymentType)
        persistent = deployment_type == "PERSISTENT_2"
        self.storage_bytes = storage_gib * _GIB
        self._network = network
        self._servers = group = _server_group(self, network, "Lustre")
        allow_among_members(self, group, description="Servers of Lustre among themselves")
        _keep_with_data(self, removal_policy)
        _open(self, group, clients, ports=None if efa else _LUSTRE_PORTS, both_ways=True)
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
        bucket = repository.bucket.bucket.bucket_name
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
        """Make a security group for apps of Studio, whose members reach the file system.

        One group for all of them, so that a file system does not need rules for each user.
        """
        scope = Construct(self, "Studio")
        group = ec2.SecurityGroup(
            scope,
            "Clients",
            vpc=self._network.vpc,
            description=f"Apps of Studio with {self.node.path}",
            allow_all_outbound=False,
        )
        # So that no job gets into it.
        Tags.of(group).add(STUDIO_GROUP_TAG, "true")
        _open(scope, self._servers, group, ports=_LUSTRE_PORTS, both_ways=True)
        return group


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
        network: INetwork,
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
        require_one_of("deployment_type", deployment_type, OpenZfsDeploymentType)
        self.storage_bytes = storage_gib * _GIB
        group = _server_group(self, network, "OpenZFS")
        _keep_with_data(self, removal_policy)
        _open(self, group, clients, ports=_NFS_PORTS)
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
        self.mount = Mount(dns_name=self.resource.attr_dns_name, path=mount_path)


def _server_group(scope: Construct, network: INetwork, what: str) -> ec2.SecurityGroup:
    return ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=network.vpc,
        description=f"Servers of {what}, {scope.node.path}",
        allow_all_outbound=False,
    )


def _keep_with_data(scope: Construct, policy: RemovalPolicy) -> None:
    """Keep what a scope has so far as long as the file system, whose interfaces use it.

    EC2 refuses to delete a security group of an interface. Rules that name the group of the
    nodes come later and are deleted, or the nodes' group could not be.
    """
    for child in scope.node.find_all():
        if isinstance(child, CfnResource):
            child.apply_removal_policy(policy)


def _open(
    scope: Construct,
    servers: ec2.ISecurityGroup,
    clients: ec2.ISecurityGroup,
    *,
    ports: Iterable[tuple[int, int]] | None,
    both_ways: bool = False,
) -> None:
    """Let clients reach servers: on ports, or on everything, which EFA needs.

    Servers of Lustre call their clients, too (AWS: "File system access control with Amazon VPC").
    """
    server_id, client_id = servers.security_group_id, clients.security_group_id
    _allow(scope, "Nodes", server_id, client_id, "Servers", ports)
    if both_ways:
        _allow(scope, "Servers", client_id, server_id, "Nodes", ports)


def _allow(
    scope: Construct,
    callers: str,
    called_id: str,
    caller_id: str,
    called: str,
    ports: Iterable[tuple[int, int]] | None,
) -> None:
    rules: list[tuple[str, str, int | None, int | None]] = (
        [("All", "-1", None, None)]
        if ports is None
        else [(f"Tcp{first}", "tcp", first, last) for first, last in ports]
    )
    description = f"{callers} to {called.lower()} of {scope.node.id}"
    for name, protocol, first, last in rules:
        ingress = ec2.CfnSecurityGroupIngress(
            scope,
            f"{name}From{callers}",
            group_id=called_id,
            source_security_group_id=caller_id,
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            description=description,
        )
        if ports is None:
            acknowledge(
                ingress,
                in_compliance_packs("EC2RestrictedCommonPorts"),
                reason="Only between a file system and the nodes of one cluster, for EFA.",
            )
        ec2.CfnSecurityGroupEgress(
            scope,
            f"{name}To{called}",
            group_id=caller_id,
            destination_security_group_id=called_id,
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            description=description,
        )
