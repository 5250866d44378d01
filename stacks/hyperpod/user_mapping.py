"""Maps clusters with EKS to what their users need in IAM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from sagemaker_platform.hyperpod import see_clusters
from sagemaker_platform.security import WildcardStatement

if TYPE_CHECKING:
    from stacks.hyperpod.eks_settings import EksClusterSettings


def kubernetes_user_statements(
    scope: Stack, clusters: Sequence[EksClusterSettings], *, environment: str
) -> Iterator[iam.PolicyStatement]:
    """Yield what it takes to see all clusters with EKS, and to reach the API of Kubernetes.

    One policy is enough for them, because IAM attaches ten to a role. It is independent of the
    stacks of the clusters: names tell EKS clusters apart, and a tag those of SageMaker, whose ARNs
    end with an ID.
    """
    if not clusters:
        return
    yield from see_clusters(scope, tag=("environment", environment))
    arns = [
        one.existing.arn
        if one.existing
        else scope.format_arn(
            service="eks", resource="cluster", resource_name=f"{environment}-{one.name}"
        )
        for one in clusters
    ]
    yield iam.PolicyStatement(
        actions=["eks:AccessKubernetesApi", "eks:DescribeCluster"], resources=arns
    )
    yield WildcardStatement(
        actions=["eks:DescribeAccessEntry"],
        resources=[
            scope.format_arn(
                service="eks",
                resource="access-entry",
                resource_name=f"{name}/role/{scope.account}/*",
            )
            for name in (arn.rpartition("/")[2] for arn in arns)
        ],
        wildcard_reason="Access entries of these clusters. Their ARNs end with an ID of EKS.",
    )
