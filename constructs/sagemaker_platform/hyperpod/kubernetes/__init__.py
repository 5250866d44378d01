"""EKS clusters for HyperPod: control plane, add-ons, charts, manifests, and who may use them."""

from sagemaker_platform.hyperpod.kubernetes.add_ons import add_on_roles, add_on_values
from sagemaker_platform.hyperpod.kubernetes.api import ClusterAccess, KubernetesApi
from sagemaker_platform.hyperpod.kubernetes.cluster import KubernetesCluster
from sagemaker_platform.hyperpod.kubernetes.existing import ExistingKubernetesCluster
from sagemaker_platform.hyperpod.kubernetes.karpenter import AutoscalerRole, node_pool
from sagemaker_platform.hyperpod.kubernetes.kubectl import Chart, Kubectl, chart_repository_arn
from sagemaker_platform.hyperpod.kubernetes.nodes import (
    NODE_SCRIPT,
    KubernetesNodeSetup,
    node_statements,
)
from sagemaker_platform.hyperpod.kubernetes.volumes import (
    HOME_CLAIM,
    LUSTRE_CLAIM,
    home_volume,
    lustre_volume,
)

__all__ = [
    "HOME_CLAIM",
    "LUSTRE_CLAIM",
    "NODE_SCRIPT",
    "AutoscalerRole",
    "Chart",
    "ClusterAccess",
    "ExistingKubernetesCluster",
    "Kubectl",
    "KubernetesApi",
    "KubernetesCluster",
    "KubernetesNodeSetup",
    "add_on_roles",
    "add_on_values",
    "chart_repository_arn",
    "home_volume",
    "lustre_volume",
    "node_pool",
    "node_statements",
]
