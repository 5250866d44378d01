"""What people may do in Kubernetes: in the namespace of their team, or without teams in one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sagemaker_platform.hyperpod.eks_add_ons.task_governance import team_namespace

# What EKS's own policies leave out: tasks of HyperPod's and Kubeflow's operators, models, spaces.
_TASKS: Mapping[str, Sequence[str]] = {
    "sagemaker.amazonaws.com": ["hyperpodpytorchjobs", "hyperpodpytorchjobs/status"],
    "kubeflow.org": ["mpijobs", "mpijobs/status", "pytorchjobs", "pytorchjobs/status"],
    "inference.sagemaker.aws.amazon.com": [
        "inferenceendpointconfigs",
        "inferenceendpointconfigs/status",
        "jumpstartmodels",
        "jumpstartmodels/status",
        "modelweightscacheconfigs",
        "modelweightscacheconfigs/status",
    ],
    "workspace.jupyter.org": ["workspaces", "workspaces/status"],
}
_ALL = ["create", "delete", "get", "list", "patch", "update", "watch"]
_LOOK = ["get", "list", "watch"]
EVERYBODY = "hyperpod-teams"
"""Kubernetes group of all people of a cluster: they see its nodes, queues and ranks."""
USERS = "hyperpod-users"
"""Kubernetes group of all people of a cluster without teams."""
USERS_NAMESPACE = "default"
"""Where people of a cluster without teams work, and the `hyp` CLI unless it is told another."""


def team_group(team: str) -> str:
    """Return the Kubernetes group of a team's people."""
    return f"hyperpod-team-{team}"


def cluster_manifests() -> list[dict[str, Any]]:
    """Return what lets all people see nodes, queues and ranks, and nothing of teams.

    Policies of EKS name no nodes (Amazon EKS User Guide: "Review access policy permissions").
    """
    return [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": EVERYBODY},
            "rules": [
                {"apiGroups": [""], "resources": ["namespaces", "nodes"], "verbs": _LOOK},
                {
                    "apiGroups": ["kueue.x-k8s.io"],
                    "resources": ["clusterqueues", "resourceflavors", "workloadpriorityclasses"],
                    "verbs": _LOOK,
                },
            ],
        },
        _binding("ClusterRole", EVERYBODY, EVERYBODY),
    ]


def team_manifests(team: str) -> list[dict[str, Any]]:
    """Return what lets a team run tasks in its namespace, which Task Governance has made.

    Pods, volumes and the like come from the EKS policy of the access entry.
    """
    return _task_manifests(team_group(team), team_namespace(team))


def user_manifests() -> list[dict[str, Any]]:
    """Return what lets people of a cluster without teams run tasks and deploy models.

    Pods, volumes and the like come from the EKS policy of the access entry.
    """
    return [*cluster_manifests(), *_task_manifests(USERS, USERS_NAMESPACE)]


def _task_manifests(name: str, namespace: str) -> list[dict[str, Any]]:
    """Return a role for tasks in a namespace, and its binding to the group of that name."""
    return [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": name, "namespace": namespace},
            "rules": [
                *(
                    {"apiGroups": [group], "resources": list(kinds), "verbs": _ALL}
                    for group, kinds in _TASKS.items()
                ),
                {
                    "apiGroups": ["kueue.x-k8s.io"],
                    "resources": ["localqueues", "workloads"],
                    "verbs": _LOOK,
                },
            ],
        },
        _binding("Role", name, name, namespace),
    ]


def _binding(kind: str, role: str, group: str, namespace: str | None = None) -> dict[str, Any]:
    metadata = {"name": role} if namespace is None else {"name": role, "namespace": namespace}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": f"{kind}Binding",
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
    }
