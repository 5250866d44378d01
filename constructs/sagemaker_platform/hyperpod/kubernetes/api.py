"""What is done with an EKS cluster that HyperPod nodes join, made here or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from sagemaker_platform.functions import HandledResources
from sagemaker_platform.hyperpod.kubernetes.kubectl import (
    Chart,
    Kubectl,
    chart_repository_arn,
    parts_of_repository,
)
from sagemaker_platform.network import INetwork
from sagemaker_platform.security import AccessPolicy

ClusterAccess = Literal[
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
]
"""What EKS lets a principal do in Kubernetes, in the whole cluster or in namespaces."""


class KubernetesApi(Construct):
    """What is installed in an EKS cluster, and who may use it; the base of both kinds.

    Attributes:
        name: name of the cluster.
        arn: its ARN.
        reference: its name, which makes what is installed wait for the cluster.
        arn_reference: its ARN, with which HyperPod waits for the cluster.
        issuer_url: address of the tokens of its service accounts.
        provider_arn: ARN of the IAM OpenID Connect provider of these tokens, if there is one.
        nodes: security group of the nodes.
        security_group: security group of the control plane.
        kubectl: runs kubectl and Helm.
    """

    INTERFACE_ENDPOINTS = ("EKS", "EKS_AUTH", "LAMBDA_")
    """AWS services that are called in a closed network, besides those of `HyperPodCluster`."""

    name: str
    arn: str
    reference: str
    arn_reference: str
    issuer_url: str
    provider_arn: str | None = None
    nodes: ec2.ISecurityGroup
    security_group: ec2.ISecurityGroup
    kubectl: Kubectl

    def _install(
        self,
        *,
        network: INetwork,
        key: kms.IKey,
        log_retention_days: int,
        registries: Sequence[str],
    ) -> None:
        """Make what installs things, once the cluster is known."""
        self.kubectl = Kubectl(
            self,
            "Kubectl",
            cluster_name=self.name,
            network=network,
            key=key,
            log_retention_days=log_retention_days,
            registries=registries,
        )
        self._registries = frozenset(registries)
        self._pins = (
            HandledResources(
                self,
                "Pins",
                folder="pinned_chart",
                description="Comparing charts with their digests",
                key=key,
                log_retention_days=log_retention_days,
                statements=[
                    iam.PolicyStatement(
                        actions=["ecr:DescribeImages", "ecr:DescribeRepositories"],
                        resources=list(registries),
                    )
                ],
            )
            if registries
            else None
        )
        self._administrator = self.grant_access(
            "KubectlAccess", self.kubectl.role.role_arn, "AmazonEKSClusterAdminPolicy"
        )

    def add_on(
        self,
        name: str,
        *,
        version: str | None = None,
        after: Sequence[IDependable] = (),
        roles: Mapping[str, iam.IRole] | None = None,
        values: str | None = None,
    ) -> eks.CfnAddon:
        """Install an EKS add-on.

        Args:
            name: what EKS calls it, such as ``vpc-cni``.
            version: if omitted, EKS chooses its default for the version of Kubernetes.
            after: what must be there first, and is deleted later.
            roles: of its service accounts in ``kube-system``, by their names, see `pod_role`.
                The associations are resources of their own: EKS refuses those that are part of
                an add-on whose version declares no IAM permissions.
            values: its configuration, as JSON.
        """
        resource = eks.CfnAddon(
            self,
            _construct_id(name),
            cluster_name=self.reference,
            addon_name=name,
            addon_version=version,
            configuration_values=values,
            resolve_conflicts="OVERWRITE",
        )
        for account, role in (roles or {}).items():
            resource.node.add_dependency(
                self.add_pod_identity(
                    f"{_construct_id(name)}{account.title().replace('-', '')}",
                    role,
                    namespace="kube-system",
                    service_account=account,
                )
            )
        if after:
            resource.node.add_dependency(*after)
        return resource

    def apply(
        self, id: str, *manifests: Mapping[str, Any], after: Sequence[IDependable] = ()
    ) -> Construct:
        """Apply manifests with kubectl; they are deleted with the resource.

        Args:
            id: construct id.
            manifests: as they would be in YAML.
            after: what must be there first, and is deleted later.
        """
        return self._ordered(self.kubectl.apply(self, id, manifests), after)

    def install_chart(
        self, id: str, chart: Chart, *, after: Sequence[IDependable] = ()
    ) -> Construct:
        """Install a chart with Helm, if its tag still has the digest that is given.

        Args:
            id: construct id.
            chart: the chart; its repository must be among ``registries``.
            after: what must be there first, and is deleted later.

        Raises:
            ValueError: the chart's repository is not among ``registries``.
        """
        arn = chart_repository_arn(self, chart.repository)
        if self._pins is None or arn not in self._registries:
            raise ValueError(
                f"chart {chart.release}: got the repository {chart.repository}; must be among "
                f"the registries of the cluster: {', '.join(sorted(self._registries)) or 'none'}. "
                f"Add {arn} to registries"
            )
        account, region, name = parts_of_repository(chart.repository)
        pin = self._pins.add(
            self,
            f"{id}Pin",
            resource_type="PinnedChart",
            properties={
                "Account": account,
                "Region": region,
                "Repository": name,
                "Version": chart.version,
                "Digest": chart.digest,
            },
        )
        return self._ordered(self.kubectl.install(self, id, chart), [pin, *after])

    def pod_role(
        self,
        id: str,
        *,
        description: str,
        statements: Sequence[iam.PolicyStatement] = (),
        managed_policies: Sequence[iam.IManagedPolicy] = (),
    ) -> iam.Role:
        """Make a role that pods of this cluster assume by EKS Pod Identity.

        It is given to a service account by `add_on` or by `add_pod_identity`.

        Args:
            id: construct id.
            description: what the role is for; constant, see `AccessPolicy`.
            statements: permissions of the role.
            managed_policies: policies of AWS or of others.
        """
        scope = Construct(self, id)
        policies = list(managed_policies)
        if statements:
            own = AccessPolicy(scope, "Policy", statements=statements, description=description)
            policies.append(own.managed_policy)
        return iam.Role(
            scope,
            "Resource",
            description=description,
            assumed_by=iam.SessionTagsPrincipal(
                iam.PrincipalWithConditions(
                    iam.ServicePrincipal("pods.eks.amazonaws.com"),
                    {
                        "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
                        "ArnEquals": {"aws:SourceArn": self.arn},
                    },
                )
            ),
            managed_policies=policies,
        )

    def add_pod_identity(
        self, id: str, role: iam.IRole, *, namespace: str, service_account: str
    ) -> eks.CfnPodIdentityAssociation:
        """Create the EKS Pod Identity association of a service account with a role."""
        return eks.CfnPodIdentityAssociation(
            self,
            id,
            cluster_name=self.reference,
            namespace=namespace,
            service_account=service_account,
            role_arn=role.role_arn,
        )

    def grant_access(
        self,
        id: str,
        principal_arn: str,
        policy: ClusterAccess | None,
        *,
        namespaces: Sequence[str] = (),
        edits: Sequence[str] = (),
        groups: Sequence[str] = (),
    ) -> eks.CfnAccessEntry:
        """Create the access entry that lets a role or user call the Kubernetes API.

        EKS accepts one entry for each principal.

        Args:
            id: construct id.
            principal_arn: ARN of the role or user.
            policy: permissions of the principal. None: only those of its groups.
            namespaces: where the access applies. Defaults to the whole cluster.
            edits: namespaces in which it has AmazonEKSEditPolicy, too.
            groups: groups of Kubernetes that it belongs to besides.
        """
        cfn = eks.CfnAccessEntry
        partition = Stack.of(self).partition
        policies: list[tuple[ClusterAccess, Sequence[str]]] = []
        if policy is not None:
            policies.append((policy, namespaces))
        if edits:
            policies.append(("AmazonEKSEditPolicy", edits))
        return cfn(
            self,
            id,
            cluster_name=self.reference,
            principal_arn=principal_arn,
            kubernetes_groups=list(groups) or None,
            access_policies=[
                cfn.AccessPolicyProperty(
                    policy_arn=f"arn:{partition}:eks::aws:cluster-access-policy/{name}",
                    access_scope=cfn.AccessScopeProperty(
                        type="namespace" if where else "cluster", namespaces=list(where) or None
                    ),
                )
                for name, where in policies
            ]
            or None,
        )

    def _ordered(self, resource: Construct, after: Sequence[IDependable]) -> Construct:
        resource.node.add_dependency(self._administrator, self.kubectl, *after)
        return resource


def _construct_id(name: str) -> str:
    return name.title().replace("-", "") + "AddOn"
