"""HyperPod clusters: their nodes, network, file systems, scripts, and who watches them."""

from sagemaker_platform.hyperpod.alarms import ClusterAlarms, ClusterEvents, Thresholds, dashboard
from sagemaker_platform.hyperpod.cluster import HyperPodCluster, TieredStorage
from sagemaker_platform.hyperpod.existing_cluster import ExistingHyperPodCluster
from sagemaker_platform.hyperpod.extension import ClusterExtension
from sagemaker_platform.hyperpod.file_systems import (
    DataRepository,
    ExistingLustreFileSystem,
    HomeFileSystem,
    ILustreFileSystem,
    LustreFileSystem,
)
from sagemaker_platform.hyperpod.instance_group import (
    AutomaticPatching,
    BatchSize,
    InstanceGroup,
    LifecycleScript,
    Mount,
    Rollout,
    ScheduledUpdate,
    SlurmNode,
    Taint,
)
from sagemaker_platform.hyperpod.instance_role import InstanceRole
from sagemaker_platform.hyperpod.lifecycle import LifecycleScripts, NodeSetup, OsUser
from sagemaker_platform.hyperpod.orchestrator import (
    AccountingDatabase,
    EksOrchestrator,
    SlurmOrchestrator,
)
from sagemaker_platform.hyperpod.restricted_group import (
    RestrictedInstanceGroup,
    RestrictedStorage,
    SharedRestrictedStorage,
)
from sagemaker_platform.hyperpod.security_group import ClusterSecurityGroup
from sagemaker_platform.hyperpod.sessions import LoginSessions, list_clusters, see_clusters

__all__ = [
    "AccountingDatabase",
    "AutomaticPatching",
    "BatchSize",
    "ClusterAlarms",
    "ClusterEvents",
    "ClusterExtension",
    "ClusterSecurityGroup",
    "DataRepository",
    "EksOrchestrator",
    "ExistingHyperPodCluster",
    "ExistingLustreFileSystem",
    "HomeFileSystem",
    "HyperPodCluster",
    "ILustreFileSystem",
    "InstanceGroup",
    "InstanceRole",
    "LifecycleScript",
    "LifecycleScripts",
    "LoginSessions",
    "LustreFileSystem",
    "Mount",
    "NodeSetup",
    "OsUser",
    "RestrictedInstanceGroup",
    "RestrictedStorage",
    "Rollout",
    "ScheduledUpdate",
    "SharedRestrictedStorage",
    "SlurmNode",
    "SlurmOrchestrator",
    "Taint",
    "Thresholds",
    "TieredStorage",
    "dashboard",
    "list_clusters",
    "see_clusters",
]
