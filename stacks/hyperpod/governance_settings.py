"""Settings of Task Governance: the scheduler of a cluster with EKS, and the quotas of teams."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from sagemaker_platform.catalog.cluster_instances import cluster_instance_types
from sagemaker_platform.catalog.gpu_partitions import GPU_PARTITIONS, share_of_gpu
from stacks.fields import (
    AddOnVersion,
    ClusterInstanceTypeName,
    PersonaName,
    Settings,
    TeamName,
    close_to,
    validation_error,
)
from stacks.hyperpod.regions import COMPUTE_QUOTA, SCHEDULER

Dimension = Literal["accelerators", "vcpu", "memory_gib"]
_KINDS = ("count", "accelerators", "vcpu", "memory_gib", "accelerator_partition")
_UNITS: Mapping[Dimension, str] = {
    "accelerators": "accelerators",
    "vcpu": "vCPUs",
    "memory_gib": "GiB of memory",
}


class PriorityClassSettings(Settings):
    """A rank of tasks."""

    name: TeamName
    """Name, in lower-case letters, digits and hyphens. Tasks refer to it as `<name>-priority`."""
    weight: Annotated[int, Field(ge=0, le=100)]
    """Weight. Tasks with a higher weight run first."""


class SchedulerSettings(Settings):
    """How the tasks of all teams are put in order."""

    fair_share: bool = True
    """Distribute idle compute by the weights of teams. `false`: first come, first served."""
    idle_resource_sharing: bool = True
    """Let teams borrow compute that is in no quota."""
    priority_classes: Annotated[list[PriorityClassSettings], Field(max_length=10)] = []
    """Priority classes of tasks. If omitted, all tasks have the same priority."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("name", "weight"):
            values = [getattr(one, key) for one in self.priority_classes]
            for index, value in enumerate(values):
                if value in values[:index]:
                    raise validation_error(
                        f"must be unique: an earlier class has the same {key}",
                        at=f"priority_classes.{index}.{key}",
                        value=value,
                    )
        return self


class AcceleratorPartitionSettings(Settings):
    """Parts of GPUs (NVIDIA MIG)."""

    type: str
    """MIG profile of the partitions, such as `mig-3g.40gb`."""
    count: Annotated[int, Field(ge=1, le=10_000_000)]
    """How many."""


class QuotaSettings(Settings):
    """What a team has of one instance type: whole instances, or parts of them."""

    instance_type: ClusterInstanceTypeName
    """An instance type of the cluster."""
    count: Annotated[int, Field(ge=1, le=6758)] | None = None
    """Instances."""
    accelerators: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Number of accelerators. vCPUs and memory default to a proportional share."""
    vcpu: Annotated[float, Field(gt=0, le=10_000_000)] | None = None
    """Number of vCPUs, without accelerators. Memory defaults to a proportional share."""
    memory_gib: Annotated[float, Field(gt=0, le=10_000_000)] | None = None
    """Memory, without accelerators. vCPUs default to a proportional share."""
    accelerator_partition: AcceleratorPartitionSettings | None = None
    """GPU partitions, for instance types that support MIG."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if not given:
            raise validation_error(
                f"must have one of {', '.join(_KINDS[:-1])} or {_KINDS[-1]}",
                at="instance_type",
                value=self.instance_type,
            )
        if self.count is not None and len(given) > 1:
            raise validation_error(
                (
                    f"must not be combined with {given[1]}, because it counts whole instances. "
                    "Remove one of them"
                ),
                at="count",
                value=self.count,
            )
        offered = cluster_instance_types()[self.instance_type]
        partition = self.accelerator_partition
        if self.accelerators is not None:
            if not offered.accelerators:
                raise validation_error(
                    f"must be omitted, because {self.instance_type} has none. Remove the line",
                    at="accelerators",
                    value=self.accelerators,
                )
            if partition is not None:
                raise validation_error(
                    "must not be combined with accelerator_partition: one counts whole "
                    "accelerators, the other partitions. Use a separate entry for each",
                    at="accelerators",
                    value=self.accelerators,
                )
        if partition is not None:
            known = GPU_PARTITIONS.get(self.instance_type)
            if known is None:
                raise validation_error(
                    "requires an instance type with GPU partitions "
                    f"({', '.join(GPU_PARTITIONS)}); {self.instance_type} has none",
                    at="accelerator_partition.type",
                    value=partition.type,
                )
            if partition.type not in known:
                raise validation_error(
                    f"must be a profile of {self.instance_type}: {', '.join(known)}",
                    at="accelerator_partition.type",
                    value=partition.type,
                )
        return self

    @property
    def kind(self) -> Literal["partition", "whole"]:
        """Whether it is of parts of GPUs."""
        return "whole" if self.accelerator_partition is None else "partition"

    @property
    def amounts(self) -> Mapping[Dimension, float]:
        """What it is in each dimension, the way SageMaker fills in what is not given."""
        offered = cluster_instance_types()[self.instance_type]
        whole: dict[Dimension, float] = {
            "accelerators": offered.accelerators,
            "vcpu": offered.vcpus,
            "memory_gib": offered.memory_gib,
        }
        if self.count is not None:
            return {key: self.count * value for key, value in whole.items()}
        given: dict[Dimension, float | None] = {
            "accelerators": self.accelerators,
            "vcpu": self.vcpu,
            "memory_gib": self.memory_gib,
        }
        if self.accelerator_partition is not None:
            share = share_of_gpu(self.accelerator_partition.type)
            given["accelerators"] = float(share * self.accelerator_partition.count)
        # The first that is given decides on those that are not.
        share_given = next(value / whole[key] for key, value in given.items() if value is not None)
        missing = {
            "accelerators": 0.0,
            "vcpu": share_given * whole["vcpu"],
            "memory_gib": share_given * whole["memory_gib"],
        }
        return {key: missing[key] if (value := given[key]) is None else value for key in whole}


class TeamSettings(Settings):
    """A team, its people and its quota."""

    name: TeamName
    """Name of the team. Its namespace is `hyperpod-ns-<name>`. It cannot change later."""
    personas: Annotated[list[PersonaName], Field(max_length=20)] = []
    """Personas of the team. Their roles work only in the namespaces of their teams, and need the
    activity `use_hyperpod`."""
    fair_share_weight: Annotated[int, Field(ge=0, le=100)] = 0
    """Share of idle compute, relative to other teams. A team with 0 comes last."""
    resources: Annotated[list[QuotaSettings], Field(max_length=15)] = []
    """Quota of the team. If omitted, the team can only borrow."""
    sharing: Literal["lend", "dont_lend", "lend_and_borrow"] = "lend_and_borrow"
    """Whether the team lends its idle compute, and borrows from other teams."""
    borrow_limit_percent: Annotated[int, Field(ge=1, le=500)] | None = None
    """Maximum that the team borrows, in percent of its quota. Defaults to 50, as AWS does."""
    preemption: Literal["never", "lower_priority"] = "lower_priority"
    """Whether the team's tasks preempt its own tasks of lower priority."""
    activation: Literal["enabled", "disabled"] = "enabled"
    """`disabled`: the quota exists but has no effect."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.personas)) < len(self.personas):
            raise validation_error("names one twice", at="personas", value=self.personas)
        for index, quota in enumerate(self.resources):
            if (quota.instance_type, quota.kind) in [
                (one.instance_type, one.kind) for one in self.resources[:index]
            ]:
                raise validation_error(
                    "must be unique: an earlier entry has the same type. Add them up",
                    at=f"resources.{index}.instance_type",
                    value=quota.instance_type,
                )
        if self.borrow_limit_percent is not None and self.sharing != "lend_and_borrow":
            raise validation_error(
                (
                    f"applies only to sharing lend_and_borrow; with {self.sharing} the team "
                    "does not borrow. Remove the line"
                ),
                at="borrow_limit_percent",
                value=self.borrow_limit_percent,
            )
        if not self.resources and self.sharing != "lend_and_borrow":
            raise validation_error(
                (
                    "must be lend_and_borrow, because a team without resources can only "
                    "borrow. Change it, or add resources"
                ),
                at="sharing",
                value=self.sharing,
            )
        return self


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The instances that a cluster has of a type.

    Args:
        instances: how many; None, where an autoscaler decides.
    """

    instances: int | None


class TaskGovernanceSettings(Settings):
    """Who may use how much of the cluster, and who comes first."""

    version: AddOnVersion | None = None
    """Version of the add-on `amazon-sagemaker-hyperpod-taskgovernance`. Defaults to EKS's
    default for the cluster's Kubernetes version at the time of installation."""
    scheduler: SchedulerSettings | None = None
    """Scheduling policy of tasks. If omitted, tasks run in order of arrival."""
    teams: Annotated[list[TeamSettings], Field(max_length=50)] = []
    """The teams."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.scheduler is None and not self.teams:
            raise validation_error("must have a scheduler, teams, or both")
        names = [team.name for team in self.teams]
        for index, name in enumerate(names):
            if name.replace("-", "") in [one.replace("-", "") for one in names[:index]]:
                raise validation_error(
                    "must be unique: an earlier team has the same name if hyphens are ignored",
                    at=f"teams.{index}.name",
                    value=name,
                )
        return self

    @property
    def personas(self) -> Iterator[tuple[str, str]]:
        """The personas of the teams, with the paths of their keys."""
        for index, team in enumerate(self.teams):
            for number, persona in enumerate(team.personas):
                yield f"teams.{index}.personas.{number}", persona

    @property
    def divided_types(self) -> Mapping[str, str]:
        """Instance types of which teams get parts of GPUs, by the paths of their keys."""
        return {
            f"teams.{index}.resources.{number}.instance_type": quota.instance_type
            for index, team in enumerate(self.teams)
            for number, quota in enumerate(team.resources)
            if quota.accelerator_partition is not None
        }

    def check_capacity(self, capacity: Mapping[str, Capacity], *, at: str) -> None:
        """Refuse quotas of types that the cluster has not, and quotas larger than the cluster.

        Args:
            capacity: of the cluster, by instance type.
            at: path of these settings.
        """
        used: dict[str, dict[Dimension, float]] = {}
        for index, team in enumerate(self.teams):
            for number, quota in enumerate(team.resources):
                path = f"{at}.teams.{index}.resources.{number}"
                name = quota.instance_type
                if name not in capacity:
                    raise validation_error(
                        "must be an instance type of the cluster, which has "
                        f"{', '.join(capacity)}{close_to(name, list(capacity))}",
                        at=f"{path}.instance_type",
                        value=name,
                    )
                instances = capacity[name].instances
                if team.activation == "disabled" or instances is None:
                    continue
                taken = used.setdefault(name, dict.fromkeys(get_args(Dimension), 0.0))
                for dimension, amount in quota.amounts.items():
                    taken[dimension] += amount
                _check_taken(taken, quota, instances, at=path)

    def check_names(self, cluster: str, *, at: str) -> None:
        """Refuse names that become too long with that of the cluster."""
        for index, team in enumerate(self.teams):
            name = f"{cluster}-{team.name}"
            if len(name) > 63:
                raise validation_error(
                    f"makes the name of a quota, {name}, longer than 63 characters: shorten it by "
                    f"{len(name) - 63}",
                    at=f"{at}.teams.{index}.name",
                    value=team.name,
                )

    def check_environment(self, region: str, *, at: str) -> None:
        """Refuse what CloudFormation does not have in a region."""
        both = sorted(SCHEDULER.regions & COMPUTE_QUOTA.regions)
        fix = f"remove it. {', '.join(both)} support both scheduler configurations and quotas"
        if self.scheduler is not None:
            SCHEDULER.check(region, at=f"{at}.scheduler", fix=fix)
        if self.teams:
            COMPUTE_QUOTA.check(region, at=f"{at}.teams", fix=fix)


def _check_taken(
    taken: Mapping[Dimension, float], quota: QuotaSettings, instances: int, *, at: str
) -> None:
    offered = cluster_instance_types()[quota.instance_type]
    has: Mapping[Dimension, float] = {
        "accelerators": instances * offered.accelerators,
        "vcpu": instances * offered.vcpus,
        "memory_gib": instances * offered.memory_gib,
    }
    for dimension, amount in taken.items():
        # Parts of GPUs are fractions.
        if amount > has[dimension] + 1e-6:
            # The key of what is too much; without one, the key that it follows from.
            key = next(key for key in (dimension, *_KINDS) if getattr(quota, key) is not None)
            value = getattr(quota, key)
            raise validation_error(
                f"raises the sum of all quotas to {_figure(amount)} {_UNITS[dimension]} of "
                f"{quota.instance_type}, but the cluster has {_figure(has[dimension])} "
                f"({instances} instances)",
                at=f"{at}.{key}.count" if key == "accelerator_partition" else f"{at}.{key}",
                value=value.count if key == "accelerator_partition" else value,
            )


def _figure(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def capacities(groups: Sequence[tuple[Sequence[str], int | None]]) -> Mapping[str, Capacity]:
    """Return what a cluster has of each instance type.

    A group of several types counts for each of them in full: it may come with any.

    Args:
        groups: types of each group, and how many instances; None where an autoscaler decides.
    """
    found: dict[str, Capacity] = {}
    for types, count in groups:
        for name in types:
            before = found.get(name, Capacity(instances=0)).instances
            total = None if before is None or count is None else before + count
            found[name] = Capacity(instances=total)
    return found
