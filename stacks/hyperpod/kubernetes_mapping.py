"""Wires the EKS cluster that nodes of HyperPod join, and AWS's chart in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_ec2 as ec2

from sagemaker_platform.hyperpod.kubernetes import (
    Chart,
    ExistingKubernetesCluster,
    KubernetesApi,
    KubernetesCluster,
    chart_repository_arn,
)
from stacks.base import EnvironmentStack
from stacks.hyperpod.chart_settings import DependenciesChartSettings
from stacks.hyperpod.eks_settings import EksClusterSettings
from stacks.hyperpod.zone_rules import control_plane_zones
from stacks.shared import SharedResources


def kubernetes_cluster(
    stack: EnvironmentStack,
    settings: EksClusterSettings,
    *,
    name: str,
    shared: SharedResources,
    nodes: ec2.ISecurityGroup,
    subnets: Mapping[str, str],
) -> KubernetesApi:
    """Make the EKS cluster, or take the existing one.

    Args:
        stack: where it is made.
        settings: of the cluster.
        name: name of a cluster that is created.
        shared: network, key and so on.
        nodes: security group of the nodes.
        subnets: the private subnets, by zone.
    """
    environment, chart = shared.environment, settings.dependencies_chart
    registries = [chart_repository_arn(stack, chart.repository)] if chart else []
    existing = settings.existing
    if existing is not None:
        return ExistingKubernetesCluster(
            stack,
            "Kubernetes",
            arn=existing.arn,
            security_group_id=existing.security_group_id,
            provider_arn=existing.oidc_provider_arn,
            network=shared.network,
            nodes=nodes,
            key=shared.key,
            log_retention_days=environment.log_retention_days,
            registries=registries,
        )
    assert settings.kubernetes_version is not None, "the settings require it"
    return KubernetesCluster(
        stack,
        "Kubernetes",
        name=name,
        version=settings.kubernetes_version,
        network=shared.network,
        nodes=nodes,
        key=shared.key,
        log_retention_days=environment.log_retention_days,
        removal_policy=stack.removal_policy,
        extended_support=settings.extended_support,
        subnet_ids=[subnets[zone] for zone in control_plane_zones(list(subnets))],
        registries=registries,
    )


def dependencies(settings: DependenciesChartSettings, region: str) -> Chart:
    """Return AWS's chart of what HyperPod needs."""
    # Without nodes to ask, its agent would take images of us-east-1. Certificates are the
    # business of EKS's add-on.
    values: dict[str, Any] = {"global": {"region": region}, "cert-manager": {"enabled": False}}
    for key, value in settings.values.items():
        ours = values.get(key)
        values[key] = {**ours, **value} if ours and isinstance(value, dict) else value
    return Chart(
        repository=settings.repository,
        version=settings.version,
        digest=settings.digest,
        # What HyperPod looks for.
        release="hyperpod-dependencies",
        namespace="kube-system",
        values=values,
    )
