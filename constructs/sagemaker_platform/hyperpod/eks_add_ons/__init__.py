"""HyperPod's own add-ons of EKS: operators, Task Governance, metrics, and the people of teams."""

from sagemaker_platform.hyperpod.eks_add_ons.add_on import AddOn, AddOnTarget
from sagemaker_platform.hyperpod.eks_add_ons.container_insights import ContainerInsights
from sagemaker_platform.hyperpod.eks_add_ons.grafana import GrafanaWorkspace, Saml
from sagemaker_platform.hyperpod.eks_add_ons.inference_operator import InferenceOperator
from sagemaker_platform.hyperpod.eks_add_ons.observability import MetricKind, Observability
from sagemaker_platform.hyperpod.eks_add_ons.pod_roles import (
    PodRole,
    WebIdentityProvider,
    WebIdentityRole,
)
from sagemaker_platform.hyperpod.eks_add_ons.prometheus import PrometheusWorkspace
from sagemaker_platform.hyperpod.eks_add_ons.spaces import Spaces
from sagemaker_platform.hyperpod.eks_add_ons.task_governance import (
    PriorityClass,
    Quota,
    Scheduler,
    TaskGovernance,
    Team,
    team_cluster_queue,
    team_namespace,
    team_queue,
)
from sagemaker_platform.hyperpod.eks_add_ons.task_metrics import TaskMetrics
from sagemaker_platform.hyperpod.eks_add_ons.team_access import (
    EVERYBODY,
    USERS,
    USERS_NAMESPACE,
    cluster_manifests,
    team_group,
    team_manifests,
    user_manifests,
)
from sagemaker_platform.hyperpod.eks_add_ons.training_operator import TrainingOperator

__all__ = [
    "EVERYBODY",
    "USERS",
    "USERS_NAMESPACE",
    "AddOn",
    "AddOnTarget",
    "ContainerInsights",
    "GrafanaWorkspace",
    "InferenceOperator",
    "MetricKind",
    "Observability",
    "PodRole",
    "PriorityClass",
    "PrometheusWorkspace",
    "Quota",
    "Saml",
    "Scheduler",
    "Spaces",
    "TaskGovernance",
    "TaskMetrics",
    "Team",
    "TrainingOperator",
    "WebIdentityProvider",
    "WebIdentityRole",
    "cluster_manifests",
    "team_cluster_queue",
    "team_group",
    "team_manifests",
    "team_namespace",
    "team_queue",
    "user_manifests",
]
