"""What the AWS Load Balancer Controller of one EKS cluster may do."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement

_TAG = "elbv2.k8s.aws/cluster"


def control_load_balancers(
    scope: IConstruct,
    *,
    cluster_name: str,
    vpc: ec2.IVpc,
    node_security_group_ids: Sequence[str],
) -> list[iam.PolicyStatement]:
    """Return statements to make and keep the load balancers of one EKS cluster.

    What the controller makes has the name of its cluster in a tag; what it changes must have it.
    That is narrower than the policy which the controller's project publishes, and leaves out
    what no endpoint of HyperPod uses: Cognito, certificates of IAM, and changes to WAF and
    Shield.

    Args:
        scope: a construct of the account.
        cluster_name: name of the EKS cluster.
        vpc: where security groups are made.
        node_security_group_ids: groups of the nodes, into which it lets its load balancers.
    """
    stack = Stack.of(scope)

    def balancing(*kinds: str) -> list[str]:
        return [
            stack.format_arn(service="elasticloadbalancing", resource=kind, resource_name="*")
            for kind in kinds
        ]

    balancers = balancing("loadbalancer/app", "loadbalancer/net")
    targets = balancing("targetgroup")
    listeners = balancing("listener/app", "listener/net")
    rules = balancing("listener-rule/app", "listener-rule/net")
    groups = stack.format_arn(service="ec2", resource="security-group", resource_name="*")
    own = {"StringEquals": {f"aws:ResourceTag/{_TAG}": cluster_name}}
    new = {"StringEquals": {f"aws:RequestTag/{_TAG}": cluster_name}}
    names = "The controller makes them for what people deploy; ids are new, and the tag is ours."
    return [
        WildcardStatement(
            actions=[
                "acm:DescribeCertificate",
                "acm:ListCertificates",
                "ec2:DescribeAccountAttributes",
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeInstances",
                "ec2:DescribeInternetGateways",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeTags",
                "ec2:DescribeVpcs",
                "ec2:GetSecurityGroupsForVpc",
                "elasticloadbalancing:DescribeCapacityReservation",
                "elasticloadbalancing:DescribeListenerAttributes",
                "elasticloadbalancing:DescribeListenerCertificates",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeLoadBalancerAttributes",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeSSLPolicies",
                "elasticloadbalancing:DescribeTags",
                "elasticloadbalancing:DescribeTargetGroupAttributes",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
                "elasticloadbalancing:DescribeTrustStores",
                "shield:GetSubscriptionState",
                "waf-regional:GetWebACLForResource",
                "wafv2:GetWebACLForResource",
            ],
            resources=["*"],
            wildcard_reason="The controller lists what the account has, to find its own.",
        ),
        iam.PolicyStatement(
            actions=["ec2:CreateSecurityGroup"],
            resources=[stack.format_arn(service="ec2", resource="vpc", resource_name=vpc.vpc_id)],
        ),
        WildcardStatement(
            actions=["ec2:CreateSecurityGroup"],
            resources=[groups],
            conditions=new,
            wildcard_reason=names,
        ),
        WildcardStatement(
            actions=["ec2:CreateTags"],
            resources=[groups],
            conditions={
                "StringEquals": {
                    f"aws:RequestTag/{_TAG}": cluster_name,
                    "ec2:CreateAction": "CreateSecurityGroup",
                }
            },
            wildcard_reason=names,
        ),
        WildcardStatement(
            actions=[
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:DeleteSecurityGroup",
                "ec2:RevokeSecurityGroupIngress",
            ],
            resources=[groups],
            conditions=own,
            wildcard_reason=names,
        ),
        iam.PolicyStatement(
            actions=["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"],
            resources=[
                stack.format_arn(service="ec2", resource="security-group", resource_name=group)
                for group in node_security_group_ids
            ],
        ),
        WildcardStatement(
            actions=[
                "elasticloadbalancing:CreateLoadBalancer",
                "elasticloadbalancing:CreateTargetGroup",
            ],
            resources=[*balancers, *targets],
            conditions=new,
            wildcard_reason=names,
        ),
        WildcardStatement(
            actions=["elasticloadbalancing:AddTags"],
            resources=[*balancers, *targets, *listeners, *rules],
            conditions=new,
            wildcard_reason=names,
        ),
        WildcardStatement(
            actions=[
                "elasticloadbalancing:AddListenerCertificates",
                "elasticloadbalancing:CreateListener",
                "elasticloadbalancing:CreateRule",
                "elasticloadbalancing:DeleteListener",
                "elasticloadbalancing:DeleteLoadBalancer",
                "elasticloadbalancing:DeleteRule",
                "elasticloadbalancing:DeleteTargetGroup",
                "elasticloadbalancing:DeregisterTargets",
                "elasticloadbalancing:ModifyListener",
                "elasticloadbalancing:ModifyListenerAttributes",
                "elasticloadbalancing:ModifyLoadBalancerAttributes",
                "elasticloadbalancing:ModifyRule",
                "elasticloadbalancing:ModifyTargetGroup",
                "elasticloadbalancing:ModifyTargetGroupAttributes",
                "elasticloadbalancing:RegisterTargets",
                "elasticloadbalancing:RemoveListenerCertificates",
                "elasticloadbalancing:RemoveTags",
                "elasticloadbalancing:SetIpAddressType",
                "elasticloadbalancing:SetRulePriorities",
                "elasticloadbalancing:SetSecurityGroups",
                "elasticloadbalancing:SetSubnets",
            ],
            resources=[*balancers, *targets, *listeners, *rules],
            conditions=own,
            wildcard_reason=names,
        ),
        iam.PolicyStatement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[
                f"arn:{stack.partition}:iam::{stack.account}:role/aws-service-role/"
                "elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"
            ],
            conditions={
                "StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}
            },
        ),
    ]
