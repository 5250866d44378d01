"""Roles and values of EKS's own add-ons."""

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_platform.foundation import access_to_bucket, use_of_key
from sagemaker_platform.hyperpod.kubernetes.api import KubernetesApi
from sagemaker_platform.security import WildcardStatement, acknowledge

# Nodes have this taint while HyperPod runs deep health checks, for one to two hours. AWS's charts
# tolerate it in the same form (aws/sagemaker-hyperpod-cli, values.yaml, read 2026-11-26).
_UNCHECKED = {
    "key": "sagemaker.amazonaws.com/node-health-status",
    "operator": "Equal",
    "value": "Unschedulable",
    "effect": "NoSchedule",
}
# Restricted nodes have this taint for good (aws/sagemaker-hyperpod-cli,
# install_rig_dependencies.sh, read 2026-11-26).
_RESTRICTED = {
    "key": "sagemaker.amazonaws.com/RestrictedNode",
    "operator": "Equal",
    "value": "Worker",
    "effect": "NoSchedule",
}
# What CoreDNS tolerates without values, which EKS replaces.
_COREDNS = (
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
)


def add_on_values(add_on: str, *, restricted: bool) -> str | None:
    """Return the configuration of an add-on, as JSON; None for the add-on's own defaults.

    The cluster would otherwise wait for nodes that no add-on may use: until deep health checks
    end, or for good on restricted nodes.

    Args:
        add_on: what EKS calls it.
        restricted: whether the cluster has restricted groups, and no others.
    """
    tolerated = [_UNCHECKED, *([_RESTRICTED] if restricted else ())]
    values: dict[str, Any]
    match add_on:
        case "coredns":
            values = {"tolerations": [*_COREDNS, *tolerated]}
        case "metrics-server":
            values = {"tolerations": tolerated}
        case "cert-manager":
            values = {
                "tolerations": tolerated,
                "webhook": {"tolerations": tolerated},
                "cainjector": {"tolerations": tolerated},
            }
        case "vpc-cni" if restricted:
            # As AWS's script sets it for these nodes.
            values = {"env": {"ENABLE_IMDS_ONLY_MODE": "true", "ENABLE_PREFIX_DELEGATION": "true"}}
        case _:
            return None
    return json.dumps(values, sort_keys=True)


def add_on_roles(
    kubernetes: KubernetesApi,
    add_on: str,
    *,
    hyperpod_arn: str,
    key: kms.IKey,
    files: s3.IBucket,
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
                statements=[*access_to_bucket(files, write=True), *use_of_key(key)],
            )
            return {"s3-csi-driver-sa": role}
    return {}


def _volumes(kubernetes: KubernetesApi, hyperpod_arn: str, key: kms.IKey) -> iam.Role:
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
