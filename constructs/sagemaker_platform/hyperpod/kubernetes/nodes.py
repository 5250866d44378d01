"""What nodes of HyperPod need on EKS: a script, and permissions of their role."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.catalog.hyperpod_registries import (
    EFA_PLUGIN_ACCOUNT,
    EFA_PLUGIN_REGION,
    EFA_PLUGIN_REPOSITORY,
)
from sagemaker_platform.hyperpod.lifecycle import lustre_efa_files
from sagemaker_platform.security import WildcardStatement

_SCRIPTS = Path(__file__).with_name("node_scripts")
NODE_SCRIPT = "on_create.sh"
_TEAM_SCRIPT = "team.sh"


@checks_types
@dataclass(frozen=True, kw_only=True)
class KubernetesNodeSetup:
    """The script that runs on each new node before it joins the EKS cluster.

    Args:
        team_script: a script of your own, which runs last as root.
        lustre_efa_zone: name or id of the zone of a Lustre file system that nodes with EFA reach
            through EFA. Defaults to none: through TCP.
    """

    team_script: str | None = None
    lustre_efa_zone: str | None = None

    def files(self) -> Mapping[str, str]:
        """Return the text of each file that nodes are given, by its name."""
        files = {NODE_SCRIPT: (_SCRIPTS / NODE_SCRIPT).read_text("utf-8")}
        if self.team_script is not None:
            files[_TEAM_SCRIPT] = self.team_script
        return {**files, **lustre_efa_files(self.lustre_efa_zone)}


def node_statements(scope: IConstruct, *, cluster_name: str) -> list[iam.PolicyStatement]:
    """Return what the role of nodes needs on EKS besides what all nodes need.

    Addresses and interfaces for pods, which the VPC CNI handles with the role of the node, and
    the credentials that the agent of pod identities hands out (AWS: "IAM role for SageMaker
    HyperPod", section on EKS).

    Args:
        scope: whose account and region are meant.
        cluster_name: name of the EKS cluster.
    """
    stack = Stack.of(scope)

    def every(kind: str) -> str:
        return stack.format_arn(service="ec2", resource=kind, resource_name="*")

    return [
        WildcardStatement(
            actions=["ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeTags"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these actions to a resource.",
        ),
        WildcardStatement(
            actions=[
                "ec2:AssignPrivateIpAddresses",
                "ec2:AttachNetworkInterface",
                "ec2:ModifyNetworkInterfaceAttribute",
                "ec2:UnassignPrivateIpAddresses",
            ],
            resources=[
                every(kind)
                for kind in ("instance", "network-interface", "security-group", "subnet")
            ],
            wildcard_reason="The VPC CNI makes the interfaces of nodes; ids are new.",
        ),
        # Add-ons and AWS's chart have their images in registries of AWS's own accounts.
        WildcardStatement(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=[
                stack.format_arn(
                    service="ecr", account="*", resource="repository", resource_name="*"
                ),
                # The one image that the charts take from another region.
                stack.format_arn(
                    service="ecr",
                    region=EFA_PLUGIN_REGION,
                    account=EFA_PLUGIN_ACCOUNT,
                    resource="repository",
                    resource_name=EFA_PLUGIN_REPOSITORY,
                ),
            ],
            wildcard_reason="Images of EKS's add-ons, in accounts of AWS that differ by region.",
        ),
        iam.PolicyStatement(
            actions=["eks-auth:AssumeRoleForPodIdentity"],
            resources=[
                stack.format_arn(service="eks", resource="cluster", resource_name=cluster_name)
            ],
        ),
    ]
