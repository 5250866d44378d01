"""The role and the network of an EKS cluster's control plane."""

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.network import INetwork
from sagemaker_platform.security import AccessPolicy, acknowledge


def control_plane_role(scope: Construct, *, key: kms.IKey, cluster_arn: str) -> iam.Role:
    """Make the role of a control plane, which encrypts secrets with a key.

    Args:
        scope: the cluster that it belongs to.
        key: encrypts the secrets.
        cluster_arn: ARN of the cluster, the only one that may use the role.
    """
    stack = Stack.of(scope)
    secrets = AccessPolicy(
        scope,
        "SecretsPolicy",
        description="Secrets of an EKS cluster",
        statements=[
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"],
                resources=[key.key_arn],
            ),
            iam.PolicyStatement(
                actions=["kms:CreateGrant"],
                resources=[key.key_arn],
                conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            ),
        ],
    )
    role = iam.Role(
        scope,
        "Role",
        description="Control plane of an EKS cluster",
        assumed_by=iam.PrincipalWithConditions(
            iam.ServicePrincipal("eks.amazonaws.com"),
            {
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": cluster_arn},
            },
        ),
        managed_policies=[
            iam.ManagedPolicy.from_aws_managed_policy_name("AmazonEKSClusterPolicy"),
            secrets.managed_policy,
        ],
    )
    acknowledge(
        role,
        ["AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonEKSClusterPolicy]"],
        reason="EKS requires this policy of its control plane, and AWS keeps it up to date.",
    )
    return role


def control_plane_group(
    scope: Construct, *, network: INetwork, nodes: ec2.ISecurityGroup
) -> ec2.SecurityGroup:
    """Make the security group of a control plane.

    All of the VPC reaches the API of Kubernetes, and the control plane reaches the nodes.

    Args:
        scope: the cluster that it belongs to.
        network: the VPC.
        nodes: security group of the nodes.
    """
    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=network.vpc,
        description="Control plane of an EKS cluster",
        allow_all_outbound=False,
    )
    for cidr in network.cidrs:
        group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), "HTTPS from inside the VPC")
    # Nodes may be in ranges that the network does not name.
    group.add_ingress_rule(nodes, ec2.Port.tcp(443), "HTTPS from nodes")
    let_control_plane_reach(nodes, group)
    return group


def let_control_plane_reach(nodes: ec2.ISecurityGroup, control_plane: ec2.ISecurityGroup) -> None:
    """Let a control plane call nodes: the kubelet, and webhooks of the pods there."""
    for ports, purpose in (
        (ec2.Port.tcp(443), "Webhooks"),
        (ec2.Port.tcp_range(1025, 65_535), "Kubelets and webhooks"),
    ):
        nodes.connections.allow_from(control_plane, ports, purpose)
