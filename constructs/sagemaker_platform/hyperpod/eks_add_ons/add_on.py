"""Where add-ons of EKS are installed, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_eks as eks
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.hyperpod.eks_add_ons.pod_roles import PodRole


@checks_types
@dataclass(frozen=True, kw_only=True)
class AddOnTarget:
    """Where add-ons are installed: an EKS cluster with the nodes of a HyperPod cluster.

    Args:
        name: name of the EKS cluster.
        arn: its ARN.
        issuer_url: address of its tokens.
        provider_arn: ARN of the IAM OpenID Connect provider of these tokens. Defaults to none:
            what needs one makes it.
        cluster: the HyperPod cluster, whose nodes run the add-ons.
        cluster_name: its name.
        security_group_ids: of the nodes.
        after: what add-ons need besides, such as other add-ons.
    """

    name: str
    arn: str
    issuer_url: str
    cluster: sagemaker.CfnCluster
    cluster_name: str
    security_group_ids: Sequence[str]
    after: Sequence[IDependable] = ()
    provider_arn: str | None = None


@checks_types
class AddOn(Construct):
    """An add-on of EKS.

    CloudFormation waits until it is active, which takes nodes that run it: it comes after the
    HyperPod cluster, and is deleted before it.

    Its pod identities are separate resources. EKS refuses pod identities inside an add-on
    if the metadata of its version says that it needs no IAM permissions, which
    amazon-sagemaker-hyperpod-training-operator says from v1.2.1-eksbuild.1 on (github.com/
    awslabs/awsome-distributed-ai issue 1075, pull request 1076).

    Args:
        target: where it is installed.
        name: as EKS names it.
        version: if omitted, EKS takes its default for the cluster's version of Kubernetes when it
            is
            installed, and keeps it.
        configuration: configuration values. Defaults to the add-on's defaults.
        roles: the roles of its service accounts.
        after: what else must be there first.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        target: AddOnTarget,
        name: str,
        version: str | None = None,
        configuration: Mapping[str, Any] | None = None,
        roles: Sequence[PodRole] = (),
        after: Sequence[IDependable] = (),
    ) -> None:
        require_each("roles", roles, PodRole)
        super().__init__(scope, id)
        self.resource = eks.CfnAddon(
            self,
            "Resource",
            cluster_name=target.name,
            addon_name=name,
            addon_version=version,
            configuration_values=Stack.of(self).to_json_string(configuration)
            if configuration
            else None,
            resolve_conflicts="OVERWRITE",
        )
        associations = [
            eks.CfnPodIdentityAssociation(
                self,
                f"Identity{index or ''}",
                cluster_name=target.name,
                namespace=one.namespace,
                service_account=one.service_account,
                role_arn=one.role.role_arn,
            )
            for index, one in enumerate(roles)
        ]
        for association in associations:
            # The cluster is known by its name only, so nothing else orders them.
            association.node.add_dependency(target.cluster)
        self.resource.node.add_dependency(target.cluster, *target.after, *associations, *after)
