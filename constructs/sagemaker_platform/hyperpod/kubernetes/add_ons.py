"""Roles of EKS's own add-ons."""

from collections.abc import Mapping

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from sagemaker_platform.foundation import DataBucket, use_of_key
from sagemaker_platform.hyperpod.kubernetes.cluster import KubernetesCluster
from sagemaker_platform.security import WildcardStatement, acknowledge


def add_on_roles(
    kubernetes: KubernetesCluster,
    add_on: str,
    *,
    hyperpod_arn: str,
    key: kms.IKey,
    files: DataBucket,
) -> Mapping[str, iam.IRole]:
    """Return the roles of an add-on's service accounts, none where it calls nothing of AWS.

    Args:
        kubernetes: the cluster.
        add_on: what EKS calls it.
        hyperpod_arn: ARN of the HyperPod cluster, to whose nodes volumes are attached.
        key: encrypts volumes and objects.
        files: the bucket that pods may mount.
    """
    match add_on:
        case "aws-ebs-csi-driver":
            return {"ebs-csi-controller-sa": _volumes(kubernetes, hyperpod_arn, key)}
        case "aws-fsx-csi-driver":
            description = "File systems of pods"
            statements = [
                WildcardStatement(
                    actions=["fsx:DescribeFileSystems"],
                    resources=["*"],
                    wildcard_reason="IAM cannot restrict this action to a resource.",
                )
            ]
            role = kubernetes.pod_role("FsxRole", description=description, statements=statements)
            return {"fsx-csi-controller-sa": role}
        case "aws-mountpoint-s3-csi-driver":
            role = kubernetes.pod_role(
                "MountpointRole",
                description="Buckets of pods",
                statements=[*files.access_statements(write=True), *use_of_key(key)],
            )
            return {"s3-csi-driver-sa": role}
    return {}


def _volumes(kubernetes: KubernetesCluster, hyperpod_arn: str, key: kms.IKey) -> iam.Role:
    """Make the role of the driver of volumes.

    (AWS: "Using the Amazon EBS CSI driver on SageMaker HyperPod EKS clusters".)
    """
    name = "AmazonEBSCSIDriverPolicy"
    role = kubernetes.pod_role(
        "VolumesRole",
        description="Volumes of pods",
        statements=[
            iam.PolicyStatement(
                actions=["sagemaker:AttachClusterNodeVolume", "sagemaker:DetachClusterNodeVolume"],
                resources=[hyperpod_arn],
            ),
            iam.PolicyStatement(actions=["eks:DescribeCluster"], resources=[kubernetes.arn]),
            *use_of_key(key),
        ],
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(f"service-role/{name}")],
    )
    acknowledge(
        role,
        [f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/{name}]"],
        reason="AWS's policy for this driver, restricted to volumes by tags of the driver's own.",
    )
    return role
