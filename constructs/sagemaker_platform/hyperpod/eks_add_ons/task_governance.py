"""Task Governance: who may use how much of a cluster with EKS, and who comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import CfnResource
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.security import acknowledge_new_type


@checks_types
@dataclass(frozen=True, kw_only=True)
class PriorityClass:
    """A rank of tasks, which a task names by the label ``kueue.x-k8s.io/priority-class``.

    Args:
        name: up to 40 lower-case letters, digits and hyphens; tasks call it ``<name>-priority``.
        weight: from 0 to 100; the higher, the sooner.
    """

    name: str
    weight: int


@checks_types
@dataclass(frozen=True, kw_only=True)
class Scheduler:
    """How the tasks of all teams are put in order.

    Args:
        fair_share: whether idle compute goes to teams by their weights; else to who comes first.
        idle_resource_sharing: whether compute without a quota may be borrowed.
        priority_classes: up to 10; without any, all tasks of a team are equal.
    """

    fair_share: bool = True
    idle_resource_sharing: bool = True
    priority_classes: Sequence[PriorityClass] = ()

    def __post_init__(self) -> None:
        require_each("priority_classes", self.priority_classes, PriorityClass)


@checks_types
@dataclass(frozen=True, kw_only=True)
class Quota:
    """What a team has of one instance type: whole instances, or parts of them.

    Args:
        instance_type: a type of the cluster.
        count: instances. Excludes the others.
        accelerators: accelerators; SageMaker fills in what is missing in proportion.
        vcpus: virtual processors.
        memory_gib: memory.
        partition: profile and number of GPU partitions. Excludes ``accelerators``.
    """

    instance_type: str
    count: int | None = None
    accelerators: int | None = None
    vcpus: float | None = None
    memory_gib: float | None = None
    partition: tuple[str, int] | None = None

    def to_api(self) -> dict[str, Any]:
        """Return the quota for the API of SageMaker."""
        found = {
            "InstanceType": self.instance_type,
            "Count": self.count,
            "Accelerators": self.accelerators,
            "VCpu": self.vcpus,
            "MemoryInGiB": self.memory_gib,
            "AcceleratorPartition": {"Type": self.partition[0], "Count": self.partition[1]}
            if self.partition
            else None,
        }
        return {key: value for key, value in found.items() if value is not None}


@checks_types
@dataclass(frozen=True, kw_only=True)
class Team:
    """A team and its share of a cluster.

    Args:
        name: up to 40 lower-case letters, digits and hyphens; see `team_namespace`.
        quotas: up to 15, at most one for an instance type and kind; none: the team only borrows.
        fair_share_weight: from 0 to 100.
        sharing: what becomes of its idle compute, and whether it takes that of others.
        borrow_limit_percent: the most that it borrows, in percent of its quota.
        preempt: whether its tasks of a higher rank stop those of a lower one.
        enabled: whether the quota counts.
    """

    name: str
    quotas: Sequence[Quota]
    fair_share_weight: int = 0
    sharing: Literal["Lend", "DontLend", "LendAndBorrow"] = "LendAndBorrow"
    borrow_limit_percent: int | None = None
    preempt: bool = True
    enabled: bool = True

    def __post_init__(self) -> None:
        require_each("quotas", self.quotas, Quota)


def team_namespace(team: str) -> str:
    """Return the Kubernetes namespace that Task Governance makes for a team."""
    return f"hyperpod-ns-{team}"


def team_queue(team: str) -> str:
    """Return the queue in the team's namespace that its tasks name (Kueue's LocalQueue)."""
    return f"{team_namespace(team)}-localqueue"


def team_cluster_queue(team: str) -> str:
    """Return the queue that holds the team's quota (Kueue's ClusterQueue), as metrics name it."""
    return f"{team_namespace(team)}-clusterqueue"


@checks_types
class TaskGovernance(Construct):
    """The order and the quotas of tasks on a HyperPod cluster with EKS.

    The cluster must have the add-on ``amazon-sagemaker-hyperpod-taskgovernance`` already, and no
    Kueue of anybody else. Names are those of the cluster and the team: neither a scheduler nor a
    quota can change them, nor move to another cluster.

    It requires aws-cdk-lib 2.273 or later.

    Args:
        name: name of the cluster, which the scheduler has too; with a hyphen and the name of a
            team up to 63 characters.
        cluster: the cluster.
        scheduler: if omitted, there is none, and what comes first runs first.
        teams: unique names.
        after: what must be there before, such as the add-on.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        cluster: sagemaker.CfnCluster,
        scheduler: Scheduler | None,
        teams: Sequence[Team],
        after: Sequence[IDependable],
    ) -> None:
        require_each("teams", teams, Team)
        super().__init__(scope, id)
        arn = cluster.attr_cluster_arn
        made: list[CfnResource] = []
        if scheduler is not None:
            made.append(self._scheduler(name, arn, scheduler))
        made += [self._quota(name, arn, team) for team in teams]
        # One after the other: nothing says that the service takes several at once for a cluster.
        for index, resource in enumerate(made):
            resource.node.add_dependency(*(made[index - 1 : index] or (cluster, *after)))
        self.quotas: Mapping[str, CfnResource] = dict(
            zip((team.name for team in teams), made[len(made) - len(teams) :], strict=True)
        )

    def _scheduler(
        self, name: str, arn: str, scheduler: Scheduler
    ) -> sagemaker.CfnClusterSchedulerConfig:
        cfn = sagemaker.CfnClusterSchedulerConfig
        return cfn(
            self,
            "Scheduler",
            name=name,
            cluster_arn=arn,
            scheduler_config=cfn.SchedulerConfigProperty(
                fair_share=_switch(scheduler.fair_share),
                idle_resource_sharing=_switch(scheduler.idle_resource_sharing),
                priority_classes=[
                    cfn.PriorityClassProperty(name=one.name, weight=one.weight)
                    for one in scheduler.priority_classes
                ]
                or None,
            ),
        )

    def _quota(self, name: str, arn: str, team: Team) -> CfnResource:
        sharing: dict[str, Any] = {"Strategy": team.sharing}
        if team.borrow_limit_percent is not None:
            sharing["BorrowLimit"] = team.borrow_limit_percent
        # The CDK has no class of it yet.
        resource = CfnResource(
            self,
            f"Quota{team.name.title().replace('-', '')}",
            type="AWS::SageMaker::ComputeQuota",
            properties={
                "Name": f"{name}-{team.name}",
                "ClusterArn": arn,
                "ComputeQuotaTarget": {
                    "TeamName": team.name,
                    "FairShareWeight": team.fair_share_weight,
                },
                "ComputeQuotaConfig": {
                    "ComputeQuotaResources": [quota.to_api() for quota in team.quotas],
                    "ResourceSharingConfig": sharing,
                    "PreemptTeamTasks": "LowerPriority" if team.preempt else "Never",
                },
                "ActivationState": _switch(team.enabled),
            },
        )
        acknowledge_new_type(resource)
        return resource


def _switch(on: bool) -> Literal["Enabled", "Disabled"]:
    return "Enabled" if on else "Disabled"
