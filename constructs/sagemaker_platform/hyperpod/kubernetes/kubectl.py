"""kubectl and Helm as custom resources, in the VPC of the cluster."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Stack, custom_resources
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.lambda_layer_kubectl_v34 import KubectlV34Layer
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import encrypted_log_group
from sagemaker_platform.functions import network_interfaces
from sagemaker_platform.functions.function import lambda_role, write_to
from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import (
    AccessPolicy,
    WildcardStatement,
    acknowledge,
    acknowledge_each,
)

_ECR_REPOSITORY = re.compile(
    r"(oci://)?(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/"
    r"(?P<name>[a-z0-9._/-]+)"
)


@checks_types
@dataclass(frozen=True, kw_only=True)
class Chart:
    """A Helm chart in a container registry of the account or of another one.

    Args:
        repository: where it is, ``oci://`` and all, ending in the name of the chart.
        version: its version, which is its tag.
        digest: of the artifact, ``sha256:`` and all: the deploy fails if the tag is another one.
        release: what the installation is called.
        namespace: where it is installed.
        values: what is set.
    """

    repository: str
    version: str
    digest: str
    release: str
    namespace: str
    values: Mapping[str, Any] = field(default_factory=dict)


@checks_types
class Kubectl(Construct):
    """A function that runs kubectl and Helm against one EKS cluster, as its administrator.

    The CDK's own, with roles of ours: its would read every repository of the account's registry
    and of the public one. In a closed network it needs the endpoints of `KubernetesCluster`.

    Attributes:
        role: role of the function.
        security_group: security group of the function.

    Args:
        cluster_name: name of the EKS cluster, which must be made before what this installs.
        network: the VPC.
        key: encrypts the logs.
        log_retention_days: how long they are kept.
        registries: ARNs of the repositories that charts are pulled from.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster_name: str,
        network: INetwork | ec2.IVpc,
        key: kms.IKey,
        log_retention_days: int,
        registries: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        stack = Stack.of(self)
        group = encrypted_log_group(self, "Logs", key=key, retention_days=log_retention_days)
        policy = AccessPolicy(
            self,
            "Policy",
            description="Running kubectl and Helm",
            statements=[
                write_to(group),
                *network_interfaces(),
                iam.PolicyStatement(
                    actions=["eks:DescribeCluster"],
                    resources=[
                        stack.format_arn(
                            service="eks", resource="cluster", resource_name=cluster_name
                        )
                    ],
                ),
                *_pull_charts(registries),
            ],
        ).managed_policy
        self.role = lambda_role(self, "Role", policy, description="Running kubectl and Helm")
        self.security_group = security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=network.vpc,
            description="kubectl and Helm",
            allow_all_outbound=False,
        )
        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS")
        subnets = network.vpc.private_subnets or network.vpc.isolated_subnets
        provider = eks.KubectlProvider(
            self,
            "Provider",
            cluster=eks.Cluster.from_cluster_attributes(
                self, "Cluster", cluster_name=cluster_name, vpc=network.vpc
            ),
            kubectl_layer=KubectlV34Layer(self, "Layer"),
            private_subnets=subnets,
            security_groups=[security_group],
            # The CDK would add policies to it.
            role=self.role.without_policy_updates(),
        )
        handler = provider.node.find_child("Handler")
        assert isinstance(handler, lambda_.Function)
        _log_to(handler, group)
        # Replaced by a framework whose role may call the handler and nothing else; and what the
        # CDK's role would have needed the condition for.
        provider.node.try_remove_child("Provider")
        self.node.try_remove_child("HasEcrPublic")
        service_token = self._framework(handler, group, network.vpc, subnets, security_group)
        self._cluster = eks.Cluster.from_cluster_attributes(
            self,
            "Target",
            cluster_name=cluster_name,
            kubectl_provider=eks.KubectlProvider.from_kubectl_provider_attributes(
                self, "Token", service_token=service_token, role=self.role
            ),
        )
        acknowledge(
            handler,
            ["AwsSolutions-L1"],
            reason="The CDK chooses the runtime that its handler is made for.",
        )
        _acknowledge(handler)

    def _framework(
        self,
        handler: lambda_.Function,
        group: logs.ILogGroup,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        security_group: ec2.ISecurityGroup,
    ) -> str:
        description = "Calling kubectl and Helm"
        policy = AccessPolicy(
            self,
            "FrameworkPolicy",
            description=description,
            statements=[
                write_to(group),
                *network_interfaces(),
                iam.PolicyStatement(
                    actions=["lambda:GetFunction", "lambda:InvokeFunction"],
                    resources=[handler.function_arn],
                ),
            ],
        ).managed_policy
        role = lambda_role(self, "FrameworkRole", policy, description=description)
        provider = custom_resources.Provider(
            self,
            "Framework",
            on_event_handler=handler,
            framework_on_event_role=role.without_policy_updates(),
            log_group=group,
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=list(subnets)),
            security_groups=[security_group],
        )
        for child in provider.node.children:
            if isinstance(child, lambda_.Function):
                _acknowledge(child)
        return provider.service_token

    def apply(
        self, scope: Construct, id: str, manifests: Sequence[Mapping[str, Any]]
    ) -> eks.KubernetesManifest:
        """Apply manifests, and delete what they made with the resource."""
        return eks.KubernetesManifest(
            scope, id, cluster=self._cluster, manifest=[dict(manifest) for manifest in manifests]
        )

    def install(self, scope: Construct, id: str, chart: Chart) -> eks.HelmChart:
        """Install a chart, without waiting for pods: there are no nodes yet."""
        return eks.HelmChart(
            scope,
            id,
            cluster=self._cluster,
            repository=chart.repository,
            chart=chart.repository.rpartition("/")[2],
            version=chart.version,
            release=chart.release,
            namespace=chart.namespace,
            values=dict(chart.values) or None,
        )


def chart_repository_arn(scope: Construct, repository: str) -> str:
    """Return the ARN of a repository of Amazon ECR, from its address.

    Args:
        scope: whose partition is meant.
        repository: such as ``oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts/one``.
    """
    account, region, name = parts_of_repository(repository)
    return Stack.of(scope).format_arn(
        service="ecr", account=account, region=region, resource="repository", resource_name=name
    )


def parts_of_repository(repository: str) -> tuple[str, str, str]:
    """Return account, region and name of a repository of Amazon ECR, from its address.

    Raises:
        ValueError: the address is not one of a repository of ECR.
    """
    match = _ECR_REPOSITORY.fullmatch(repository)
    if match is None:
        raise ValueError(
            f"got the repository {repository}; must be one of Amazon ECR, such as "
            "oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts/one"
        )
    return match["account"], match["region"], match["name"]


def _pull_charts(registries: Sequence[str]) -> list[iam.PolicyStatement]:
    if not registries:
        return []
    return [
        WildcardStatement(
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this action to a resource.",
        ),
        iam.PolicyStatement(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=list(registries),
        ),
    ]


def _log_to(function: lambda_.Function, group: logs.ILogGroup) -> None:
    function.node.try_remove_child("LogGroup")
    resource = function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    resource.logging_config = lambda_.CfnFunction.LoggingConfigProperty(
        log_group=group.log_group_name
    )


def _acknowledge(function: lambda_.Function) -> None:
    packs = ("NIST.800.53.R5", "HIPAA.Security")
    acknowledge_each(
        function,
        {
            **dict.fromkeys(
                (f"{pack}-LambdaConcurrency" for pack in packs),
                "Called by one deployment, one call after the other.",
            ),
            **dict.fromkeys(
                (f"{pack}-LambdaDLQ" for pack in packs),
                "CloudFormation waits for the answer, and fails the deployment without it.",
            ),
        },
    )
