"""A HyperPod cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.hyperpod.existing_cluster import ClusterAccess, ExistingHyperPodCluster
from sagemaker_platform.hyperpod.instance_group import InstanceGroup
from sagemaker_platform.hyperpod.orchestrator import EksOrchestrator, SlurmOrchestrator
from sagemaker_platform.hyperpod.restricted_group import (
    RestrictedInstanceGroup,
    SharedRestrictedStorage,
)
from sagemaker_platform.security import AccessPolicy


@checks_types
@dataclass(frozen=True, kw_only=True)
class TieredStorage:
    """Checkpoints in the memory of the nodes, on EKS.

    Args:
        memory_percentage: share of the nodes' memory. Defaults to AWS's default.
    """

    memory_percentage: int | None = None


@checks_types
class HyperPodCluster(ClusterAccess):
    """A cluster in private subnets, with encrypted volumes, whose faulty nodes are replaced.

    Name, subnet, security group and EKS cluster never change: a change of one of them makes
    another cluster, for which the name must change too.

    Creating a cluster and changing it may take CloudFormation up to 12 hours.

    Args:
        name: up to 63 letters, digits and hyphens; unique in account and region.
        orchestrator: Slurm, or an EKS cluster.
        instance_groups: one or more. Must be empty with restricted groups: HyperPod does not
            support a mixture.
        subnet_id: subnet of instance groups without ``subnet_id``.
        security_group: of all instances; its members must reach each other.
        security_group_ids: further security groups of all instances, up to four.
        role: of all instances; gets a policy to see the alarms that roll updates back.
        key: encrypts root and second volumes of a cluster with continuous provisioning. In
            others, and in restricted groups, HyperPod accepts no key, and AWS encrypts volumes
            with a key that it owns (AWS: "Customer managed AWS KMS key encryption for SageMaker
            HyperPod", ``smcluster-cmk``).
        continuous: whether the cluster takes what capacity there is and goes on trying. Needed
            for Spot, for several instance types in a group, and for its events.
        node_recovery: whether faulty nodes are restarted or replaced.
        tiered_storage: if omitted, there is none.
        autoscaler_role: on EKS, the role with which Karpenter adds and removes nodes. Defaults
            to no autoscaling.
        restricted_groups: on EKS, groups for models of AWS.
        shared_storage: a file system that restricted groups share. If omitted, each has its own.
    """

    INTERFACE_ENDPOINTS = (
        "CLOUDWATCH_LOGS",
        "CLOUDWATCH_MONITORING",
        "EC2",
        "EC2_MESSAGES",
        "ECR",
        "ECR_DOCKER",
        "FSX",
        "KMS",
        "SAGEMAKER_API",
        "SECRETS_MANAGER",
        "SSM",
        "SSM_MESSAGES",
        "STS",
    )
    """AWS services that nodes in a closed network call."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        orchestrator: SlurmOrchestrator | EksOrchestrator,
        instance_groups: Sequence[InstanceGroup],
        subnet_id: str,
        security_group: ec2.ISecurityGroup,
        role: iam.IRole,
        key: kms.IKey,
        security_group_ids: Sequence[str] = (),
        continuous: bool = True,
        node_recovery: bool = True,
        tiered_storage: TieredStorage | None = None,
        autoscaler_role: iam.IRole | None = None,
        restricted_groups: Sequence[RestrictedInstanceGroup] = (),
        shared_storage: SharedRestrictedStorage | None = None,
    ) -> None:
        require_each("instance_groups", instance_groups, InstanceGroup)
        require_each("restricted_groups", restricted_groups, RestrictedInstanceGroup)
        super().__init__(scope, id)
        self.name = name
        if instance_groups and restricted_groups:
            raise ValueError(
                f"instance_groups: got {len(instance_groups)} groups; must be empty with "
                "restricted_groups. Move them to another cluster"
            )
        group_ids = [security_group.security_group_id, *security_group_ids]
        cfn = sagemaker.CfnCluster
        self.resource = cfn(
            self,
            "Resource",
            cluster_name=name,
            orchestrator=orchestrator.to_property(),
            vpc_config=cfn.VpcConfigProperty(security_group_ids=group_ids, subnets=[subnet_id]),
            node_recovery="Automatic" if node_recovery else "None",
            node_provisioning_mode="Continuous" if continuous else None,
            instance_groups=[
                group.to_property(
                    role_arn=role.role_arn,
                    key_arn=key.key_arn if continuous else None,
                    security_group_ids=group_ids,
                )
                for group in instance_groups
            ]
            or None,
            restricted_instance_groups=[
                group.to_property(role_arn=role.role_arn, security_group_ids=group_ids)
                for group in restricted_groups
            ]
            or None,
            restricted_instance_groups_config=cfn.RestrictedInstanceGroupsConfigProperty(
                shared_environment_config=cfn.SharedEnvironmentConfigProperty(
                    f_sx_lustre_deletion_policy=shared_storage.deletion_policy,
                    f_sx_lustre_config=shared_storage.to_property(),
                )
            )
            if shared_storage
            else None,
            tiered_storage_config=cfn.TieredStorageConfigProperty(
                mode="Enable",
                instance_memory_allocation_percentage=tiered_storage.memory_percentage,
            )
            if tiered_storage
            else None,
            auto_scaling=cfn.ClusterAutoScalingConfigProperty(
                mode="Enable", auto_scaler_type="Karpenter"
            )
            if autoscaler_role
            else None,
            cluster_role=autoscaler_role.role_arn if autoscaler_role else None,
        )
        self.arn = self.resource.attr_cluster_arn
        alarms = dict.fromkeys(
            alarm.attr_arn for group in instance_groups for alarm in group.alarms
        )
        if alarms:
            rollback = AccessPolicy(
                self,
                "RollbackPolicy",
                description="Alarms that roll an update of a cluster back",
                statements=[
                    iam.PolicyStatement(
                        actions=["cloudwatch:DescribeAlarms"], resources=list(alarms)
                    )
                ],
                attached_to=[role],
            )
            # An update must find it.
            self.resource.node.add_dependency(rollback)

    @staticmethod
    def from_cluster_attributes(
        scope: Construct, id: str, *, name: str, arn: str
    ) -> ExistingHyperPodCluster:
        """Import a cluster of the account and region of the stack.

        Args:
            scope: scope of the new construct.
            id: id of the new construct.
            name: name of the cluster.
            arn: ARN of the cluster, which does not contain the name.
        """
        return ExistingHyperPodCluster(scope, id, name=name, arn=arn)
