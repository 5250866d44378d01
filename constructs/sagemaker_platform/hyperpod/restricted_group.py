"""Restricted instance groups, for models of AWS whose weights stay hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.hyperpod.instance_group import DeepHealthCheck


@checks_types
@dataclass(frozen=True, kw_only=True)
class RestrictedStorage:
    """A Lustre file system that SageMaker makes and keeps for restricted groups.

    Args:
        size_gib: from 1200 to 100800.
        throughput_per_tib: MB/s for each TiB, from 125 to 1000.
    """

    size_gib: int
    throughput_per_tib: int = 250

    def to_property(self) -> sagemaker.CfnCluster.FSxLustreConfigProperty:
        """Return the property of a cluster."""
        return sagemaker.CfnCluster.FSxLustreConfigProperty(
            size_in_gib=self.size_gib, per_unit_storage_throughput=self.throughput_per_tib
        )


@checks_types
@dataclass(frozen=True, kw_only=True)
class RestrictedInstanceGroup:
    """Instances for customising models such as Amazon Nova, on EKS and without the internet.

    There are no shells on them, and they run no scripts of this project.

    Args:
        name: letters, digits and hyphens; unique in the cluster.
        instance_type: their type.
        instance_count: how many there should be.
        storage: a file system for this group only. Defaults to the cluster's shared one.
        subnet_id: subnet of the instances. Defaults to the subnet of the cluster.
        training_plan_arn: the training plan that provides them.
        threads_per_core: 1 or 2. Defaults to the value of the instance type.
        volume_gib: size of a second volume, encrypted with a key that AWS owns. Defaults to no
            second volume.
        deep_health_checks: what is tested before an instance is used.
    """

    name: str
    instance_type: str
    instance_count: int
    storage: RestrictedStorage | None = None
    subnet_id: str | None = None
    training_plan_arn: str | None = None
    threads_per_core: int | None = None
    volume_gib: int | None = None
    deep_health_checks: Sequence[DeepHealthCheck] = ()

    def to_property(
        self, *, role_arn: str, security_group_ids: Sequence[str]
    ) -> sagemaker.CfnCluster.ClusterRestrictedInstanceGroupProperty:
        """Return the group as CloudFormation writes it.

        Args:
            role_arn: the role of the instances.
            security_group_ids: of the instances.
        """
        cfn = sagemaker.CfnCluster
        # Restricted groups take no customer-managed key (AWS: "Customer managed AWS KMS key
        # encryption for SageMaker HyperPod").
        volume = cfn.ClusterEbsVolumeConfigProperty(volume_size_in_gb=self.volume_gib)
        return cfn.ClusterRestrictedInstanceGroupProperty(
            instance_group_name=self.name,
            execution_role=role_arn,
            instance_type=self.instance_type,
            instance_count=self.instance_count,
            environment_config=cfn.EnvironmentConfigProperty(
                f_sx_lustre_config=self.storage.to_property()
            )
            if self.storage
            else None,
            override_vpc_config=cfn.VpcConfigProperty(
                security_group_ids=list(security_group_ids), subnets=[self.subnet_id]
            )
            if self.subnet_id
            else None,
            training_plan_arn=self.training_plan_arn,
            threads_per_core=self.threads_per_core,
            instance_storage_configs=[
                cfn.ClusterInstanceStorageConfigProperty(ebs_volume_config=volume)
            ]
            if self.volume_gib is not None
            else None,
            on_start_deep_health_checks=list(self.deep_health_checks) or None,
        )


@checks_types
@dataclass(frozen=True, kw_only=True)
class SharedRestrictedStorage(RestrictedStorage):
    """A file system that all restricted groups of a cluster share.

    Args:
        keep: whether it stays when no group uses it any more.
    """

    keep: bool = True

    @property
    def deletion_policy(self) -> Literal["Keep", "DeleteIfNotUsed"]:
        """What becomes of it, as AWS says it."""
        return "Keep" if self.keep else "DeleteIfNotUsed"
