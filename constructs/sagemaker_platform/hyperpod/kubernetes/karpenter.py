"""Autoscaling of nodes with the Karpenter that HyperPod runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import AccessPolicy, WildcardStatement

_NAME = "platform"
_API = "karpenter.sagemaker.amazonaws.com"


@checks_types
class AutoscalerRole(Construct):
    """The role with which HyperPod adds nodes to groups and takes them away.

    (AWS: "Create an IAM role for HyperPod autoscaling with Karpenter".)

    Args:
        key: encrypts the volumes of nodes.
    """

    def __init__(self, scope: Construct, id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        description = "Autoscaling of a HyperPod cluster"
        policy = AccessPolicy(
            self,
            "Policy",
            description=description,
            statements=[
                WildcardStatement(
                    actions=["sagemaker:BatchAddClusterNodes", "sagemaker:BatchDeleteClusterNodes"],
                    resources=[
                        stack.format_arn(service="sagemaker", resource="cluster", resource_name="*")
                    ],
                    wildcard_reason="The id of the cluster is known after the cluster has the "
                    "role.",
                ),
                iam.PolicyStatement(
                    actions=["kms:DescribeKey"],
                    resources=[key.key_arn],
                    conditions={"StringLike": {"kms:ViaService": "sagemaker.*.amazonaws.com"}},
                ),
                iam.PolicyStatement(
                    actions=["kms:CreateGrant"],
                    resources=[key.key_arn],
                    conditions={
                        "StringLike": {"kms:ViaService": "sagemaker.*.amazonaws.com"},
                        "Bool": {"kms:GrantIsForAWSResource": "true"},
                    },
                ),
            ],
        )
        self.role = iam.Role(
            self,
            "Resource",
            description=description,
            assumed_by=iam.ServicePrincipal("hyperpod.sagemaker.amazonaws.com"),
            managed_policies=[policy.managed_policy],
        )


def node_pool(
    groups: Sequence[str], *, max_vcpus: int, consolidate_after_seconds: int
) -> list[Mapping[str, Any]]:
    """Return the manifests with which Karpenter scales groups.

    Only empty nodes are stopped: a pod of a training job is never moved.

    Args:
        groups: names of up to ten instance groups.
        max_vcpus: the most virtual processors that their nodes have together.
        consolidate_after_seconds: how long a node is empty before it is stopped.
    """
    return [
        {
            "apiVersion": f"{_API}/v1",
            "kind": "HyperpodNodeClass",
            "metadata": {"name": _NAME},
            "spec": {"instanceGroups": list(groups)},
        },
        {
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodePool",
            "metadata": {"name": _NAME},
            "spec": {
                "template": {
                    "spec": {
                        "nodeClassRef": {
                            "group": _API,
                            "kind": "HyperpodNodeClass",
                            "name": _NAME,
                        },
                        "expireAfter": "Never",
                        "requirements": [
                            {"key": "node.kubernetes.io/instance-type", "operator": "Exists"}
                        ],
                    }
                },
                "limits": {"cpu": str(max_vcpus)},
                "disruption": {
                    "consolidationPolicy": "WhenEmpty",
                    "consolidateAfter": f"{consolidate_after_seconds}s",
                },
            },
        },
    ]
