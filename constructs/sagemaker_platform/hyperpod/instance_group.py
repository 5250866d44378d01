"""Groups of instances in a HyperPod cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_platform.arguments import checks_types, require_each, require_one_of

_Group = sagemaker.CfnCluster.ClusterInstanceGroupProperty
_Storage = sagemaker.CfnCluster.ClusterInstanceStorageConfigProperty

DeepHealthCheck = Literal["InstanceStress", "InstanceConnectivity"]
PatchingStrategy = Literal["WhenIdle", "WhenAllIdle"]
TaintEffect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
InterfaceType = Literal["efa", "efa-only"]
Event = Literal["OnInitComplete", "OnCreate"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class BatchSize:
    """How many instances are updated at a time.

    Args:
        value: 1 or more.
        unit: instances, or percent of the group.
    """

    value: int
    unit: Literal["INSTANCE_COUNT", "CAPACITY_PERCENTAGE"] = "INSTANCE_COUNT"

    def to_property(self) -> sagemaker.CfnCluster.CapacitySizeConfigProperty:
        """Return the property of a cluster."""
        return sagemaker.CfnCluster.CapacitySizeConfigProperty(type=self.unit, value=self.value)


@checks_types
@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How the software of a group is updated, a few instances at a time.

    Args:
        batch_size: the most that are updated at a time.
        rollback_batch_size: maximum number of instances rolled back at a time. Defaults to all.
        wait_seconds: how long the alarms are watched after a batch, up to 3600.
        alarms: the update is rolled back when one of up to ten goes off.
    """

    batch_size: BatchSize
    rollback_batch_size: BatchSize | None = None
    wait_seconds: int = 300
    alarms: Sequence[cloudwatch.CfnAlarm] = ()

    def to_property(self) -> sagemaker.CfnCluster.DeploymentConfigProperty:
        """Return the property of a cluster."""
        rollback = self.rollback_batch_size
        return sagemaker.CfnCluster.DeploymentConfigProperty(
            rolling_update_policy=sagemaker.CfnCluster.RollingUpdatePolicyProperty(
                maximum_batch_size=self.batch_size.to_property(),
                rollback_maximum_batch_size=rollback.to_property() if rollback else None,
            ),
            wait_interval_in_seconds=self.wait_seconds,
            auto_rollback_configuration=[
                sagemaker.CfnCluster.AlarmDetailsProperty(alarm_name=alarm.ref)
                for alarm in self.alarms
            ]
            or None,
        )


@checks_types
@dataclass(frozen=True, kw_only=True)
class ScheduledUpdate:
    """Updates to the newest software, by a schedule.

    Args:
        schedule: a cron expression with a weekday or a day of the month, in UTC, such as
            ``cron(0 3 ? * SUN *)``.
        rollout: how instances are updated. Defaults to all at once. For EKS only (AWS:
            "Rolling
            updates", ``sagemaker-hyperpod-eks-operate-cli-command-update-cluster-software``).
    """

    schedule: str
    rollout: Rollout | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class AutomaticPatching:
    """Security patches as soon as AWS has them.

    It has no batches and no rollback: SageMaker accepts a ``DeploymentConfig`` only with a
    rolling strategy (API reference: ``ClusterAutoPatchConfig``), and CloudFormation has none
    (``DrainFirst`` was not in its schema on 2026-11-26).

    Args:
        strategy: each instance once it is idle, or all together once all of them are.
    """

    strategy: PatchingStrategy


@checks_types
@dataclass(frozen=True, kw_only=True)
class SlurmNode:
    """What the instances of a group are to Slurm. The kind of a group never changes.

    Args:
        kind: what they do.
        partition: the partition that compute nodes belong to besides ``dev``, which has all.
    """

    kind: Literal["Controller", "Login", "Compute"]
    partition: str | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class LifecycleScript:
    """A script that runs on each instance before it is used.

    Args:
        folder: URI of the folder in S3, all of which is copied to the instance.
        file: the file of the folder that is run.
        event: after HyperPod has set up its own software, or instead of that.
    """

    folder: str
    file: str
    event: Event = "OnInitComplete"


@checks_types
@dataclass(frozen=True, kw_only=True)
class Taint:
    """A taint of Kubernetes nodes."""

    key: str
    effect: TaintEffect
    value: str | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class Mount:
    """A file system of FSx that HyperPod mounts; one of each kind in a group.

    Args:
        dns_name: DNS name of the file system.
        path: where it is mounted.
        lustre_mount_name: mount name of a Lustre file system. If omitted, it is OpenZFS.
    """

    dns_name: str
    path: str
    lustre_mount_name: str | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class InstanceGroup:
    """Instances that are alike. Capacity, subnet and kind of Slurm node never change.

    Args:
        name: letters, digits and hyphens; unique in the cluster.
        instance_types: one; or several in the order in which they are tried.
        instance_count: how many there should be.
        min_instance_count: minimum for a successful deployment. Defaults to no minimum.
        spot: whether they are Spot instances.
        subnet_id: subnet of the instances. Defaults to the subnet of the cluster.
        training_plan_arn: the training plan that provides them.
        threads_per_core: 1 or 2. Defaults to the value of the instance type.
        volume_gib: size of a second volume, mounted at ``/opt/sagemaker``.
        mounts: file systems that HyperPod mounts.
        deep_health_checks: what is tested before an instance is used.
        image_id: a custom AMI. Defaults to HyperPod's AMI.
        image_release_version: release of HyperPod's own AMI, on EKS.
        interface_type: ``efa-only`` interfaces have no addresses.
        script: what runs on each instance.
        scheduled_update: if omitted, software is updated by hand.
        automatic_patching: if omitted, there is none.
        slurm: what it is to Slurm.
        labels: of the Kubernetes nodes.
        taints: of the Kubernetes nodes.
    """

    name: str
    instance_types: Sequence[str]
    instance_count: int
    min_instance_count: int | None = None
    spot: bool = False
    subnet_id: str | None = None
    training_plan_arn: str | None = None
    threads_per_core: int | None = None
    volume_gib: int | None = None
    mounts: Sequence[Mount] = ()
    deep_health_checks: Sequence[DeepHealthCheck] = ()
    image_id: str | None = None
    image_release_version: str | None = None
    interface_type: InterfaceType | None = None
    script: LifecycleScript | None = None
    scheduled_update: ScheduledUpdate | None = None
    automatic_patching: AutomaticPatching | None = None
    slurm: SlurmNode | None = None
    labels: Mapping[str, str] | None = None
    taints: Sequence[Taint] = ()

    def __post_init__(self) -> None:
        require_each("mounts", self.mounts, Mount)
        require_each("taints", self.taints, Taint)
        if self.interface_type is not None:
            require_one_of("interface_type", self.interface_type, InterfaceType)

    @property
    def alarms(self) -> list[cloudwatch.CfnAlarm]:
        """What an update of the group watches to roll back."""
        update = self.scheduled_update
        return list(update.rollout.alarms) if update and update.rollout else []

    def to_property(
        self, *, role_arn: str, key_arn: str | None, security_group_ids: Sequence[str]
    ) -> sagemaker.CfnCluster.ClusterInstanceGroupProperty:
        """Return the group as CloudFormation writes it.

        Args:
            role_arn: the role of the instances.
            key_arn: encrypts their volumes. None: AWS encrypts them with a key that it owns.
            security_group_ids: of the instances.
        """
        cfn = sagemaker.CfnCluster
        one = len(self.instance_types) == 1
        subnet = self.subnet_id
        # aws-cdk-lib has the property since 2.274.
        release: dict[str, Any] = (
            {"image_release_version": self.image_release_version}
            if self.image_release_version
            else {}
        )
        return _Group(
            instance_group_name=self.name,
            execution_role=role_arn,
            instance_count=self.instance_count,
            min_instance_count=self.min_instance_count,
            instance_type=self.instance_types[0] if one else None,
            instance_requirements=None
            if one
            else cfn.InstanceRequirementsProperty(instance_types=list(self.instance_types)),
            # Groups on demand say nothing: capacity can never change.
            capacity_requirements=cfn.ClusterCapacityRequirementsProperty(spot={})
            if self.spot
            else None,
            override_vpc_config=cfn.VpcConfigProperty(
                security_group_ids=list(security_group_ids), subnets=[subnet]
            )
            if subnet
            else None,
            training_plan_arn=self.training_plan_arn,
            threads_per_core=self.threads_per_core,
            instance_storage_configs=self._storage(key_arn) or None,
            on_start_deep_health_checks=list(self.deep_health_checks) or None,
            image_id=self.image_id,
            network_interface=cfn.ClusterNetworkInterfaceProperty(
                interface_type=self.interface_type
            )
            if self.interface_type
            else None,
            life_cycle_config=self._script(),
            scheduled_update_config=self._scheduled_update(),
            auto_patch_config=self._automatic_patching(),
            slurm_config=cfn.ClusterSlurmConfigProperty(
                node_type=self.slurm.kind,
                partition_names=[self.slurm.partition] if self.slurm.partition else None,
            )
            if self.slurm
            else None,
            kubernetes_config=self._kubernetes(),
            **release,
        )

    def _storage(self, key_arn: str | None) -> list[_Storage]:
        cfn = sagemaker.CfnCluster
        # An entry for the root volume serves only to name its key.
        volumes = (
            [cfn.ClusterEbsVolumeConfigProperty(root_volume=True, volume_kms_key_id=key_arn)]
            if key_arn
            else []
        )
        if self.volume_gib is not None:
            volumes.append(
                cfn.ClusterEbsVolumeConfigProperty(
                    volume_size_in_gb=self.volume_gib, volume_kms_key_id=key_arn
                )
            )
        found = [_Storage(ebs_volume_config=volume) for volume in volumes]
        for mount in self.mounts:
            if mount.lustre_mount_name is None:
                found.append(
                    _Storage(
                        fsx_open_zfs_config=cfn.ClusterFsxOpenZfsConfigProperty(
                            dns_name=mount.dns_name, mount_path=mount.path
                        )
                    )
                )
            else:
                found.append(
                    _Storage(
                        fsx_lustre_config=cfn.ClusterFsxLustreConfigProperty(
                            dns_name=mount.dns_name,
                            mount_name=mount.lustre_mount_name,
                            mount_path=mount.path,
                        )
                    )
                )
        return found

    def _script(self) -> sagemaker.CfnCluster.ClusterLifeCycleConfigProperty | None:
        if self.script is None:
            return None
        after = self.script.event == "OnInitComplete"
        return sagemaker.CfnCluster.ClusterLifeCycleConfigProperty(
            source_s3_uri=self.script.folder,
            on_init_complete=self.script.file if after else None,
            on_create=None if after else self.script.file,
        )

    def _scheduled_update(self) -> sagemaker.CfnCluster.ScheduledUpdateConfigProperty | None:
        if self.scheduled_update is None:
            return None
        rollout = self.scheduled_update.rollout
        return sagemaker.CfnCluster.ScheduledUpdateConfigProperty(
            schedule_expression=self.scheduled_update.schedule,
            deployment_config=rollout.to_property() if rollout else None,
        )

    def _automatic_patching(self) -> sagemaker.CfnCluster.AutoPatchConfigProperty | None:
        if self.automatic_patching is None:
            return None
        return sagemaker.CfnCluster.AutoPatchConfigProperty(
            patching_strategy=self.automatic_patching.strategy
        )

    def _kubernetes(self) -> sagemaker.CfnCluster.ClusterKubernetesConfigProperty | None:
        if not self.labels and not self.taints:
            return None
        return sagemaker.CfnCluster.ClusterKubernetesConfigProperty(
            labels=dict(self.labels) if self.labels else None,
            taints=[
                sagemaker.CfnCluster.ClusterKubernetesTaintProperty(
                    key=taint.key, effect=taint.effect, value=taint.value
                )
                for taint in self.taints
            ]
            or None,
        )
