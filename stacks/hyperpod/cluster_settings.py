"""Settings that clusters have whatever orchestrates them, and the rules among them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog.cluster_instances import (
    ClusterInstanceType,
    Orchestrator,
    cluster_instance_types,
)
from stacks.arns import TrainingPlanArn
from stacks.fields import (
    AmiId,
    AvailabilityZone,
    ClusterInstanceTypeName,
    Name,
    SecurityGroupId,
    Settings,
    TagValue,
    validation_error,
)
from stacks.hyperpod.existing_settings import NodeRoleSettings
from stacks.hyperpod.storage_settings import LustreSettings
from stacks.hyperpod.update_settings import AutomaticPatchingSettings, ScheduledUpdateSettings
from stacks.sagemaker_api import instance_types

# What else lives in a subnet: interface endpoints, file systems, apps of Studio, functions.
OTHER_ADDRESSES = 64
# AWS keeps five addresses of each subnet.
_KEPT_ADDRESSES = 5
# Connections of clients to a Lustre file system through EFA, one for each interface (FSx for
# Lustre User Guide: "Managing EFA interfaces", read 2026-11-27).
_EFA_CONNECTIONS = 1024


class ClusterAlarmSettings(Settings):
    """From when on something is wrong with the cluster."""

    unhealthy_nodes: Annotated[int, Field(ge=1, le=6758)] = 1
    """Reports of unhealthy nodes in 5 minutes."""
    failed_operations: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Operations that failed in 15 minutes, such as starting an instance."""
    replaced_nodes_per_day: Annotated[int, Field(ge=1, le=6758)] = 3
    """Nodes replaced in 24 hours."""
    free_storage_percent: Annotated[int, Field(ge=1, le=50)] = 15
    """Free space of a file system below which the alarm goes off."""


class GroupSettings(Settings):
    """What groups of instances have, restricted or not."""

    name: Annotated[Name, Field(max_length=63)]
    """Name, unique in the cluster."""
    instance_count: Annotated[int, Field(ge=0, le=6758)]
    """Number of instances."""
    availability_zone: AvailabilityZone | None = None
    """Availability zone, one of the environment's. Defaults to the zone of the cluster. It
    cannot change later."""
    training_plan_arn: TrainingPlanArn | None = None
    """Training plan that provides the instances."""
    threads_per_core: Literal[1, 2] | None = None
    """`1` turns off multithreading. Defaults to the instance type's default."""
    volume_size_gib: Annotated[int, Field(ge=1, le=16_384)] | None = None
    """A second EBS volume, mounted at `/opt/sagemaker`. Optional."""
    deep_health_checks: list[Literal["instance_stress", "instance_connectivity"]] = []
    """Deep health checks that run before an instance is used. They take one to two hours."""

    @model_validator(mode="after")
    def _check_common(self) -> Self:
        checks = self.deep_health_checks
        if len(set(checks)) < len(checks):
            raise validation_error("names one twice", at="deep_health_checks", value=checks)
        for offered in self.offered:
            if self.threads_per_core == 2 and not offered.is_multithreaded:
                raise validation_error(
                    f"must be 1, because cores of {offered.name} have one thread",
                    at="threads_per_core",
                    value=2,
                )
            if checks and not offered.accelerators:
                raise validation_error(
                    f"requires accelerators, but {offered.name} has none. Remove the line",
                    at="deep_health_checks",
                    value=checks,
                )
        sold = instance_types("ReservedCapacityInstanceType")
        if self.training_plan_arn is not None:
            for name in self.types:
                if name not in sold:
                    raise validation_error(
                        f"must be an instance type of training plans: {', '.join(sold)}",
                        at="instance_type",
                        value=name,
                    )
        return self

    @property
    def types(self) -> Sequence[str]:
        """The instance types."""
        raise NotImplementedError

    @property
    def offered(self) -> Iterator[ClusterInstanceType]:
        """What is known of the instance types."""
        return (cluster_instance_types()[name] for name in self.types)

    @property
    def only_efa(self) -> bool:
        """Whether network interfaces have no addresses."""
        return False

    def addresses(self, orchestrator: Orchestrator) -> int:
        """Return how many addresses the group takes in its subnet."""
        return self.instance_count * max(
            offered.addresses(orchestrator, only_efa=self.only_efa) for offered in self.offered
        )


class InstanceGroupSettings(GroupSettings):
    """A group of instances that are alike."""

    instance_type: ClusterInstanceTypeName | None = None
    """Instance type."""
    instance_types: Annotated[list[ClusterInstanceTypeName], Field(min_length=1, max_length=20)] = (
        Field(default=[], validate_default=False)
    )
    """Instance types in order of preference, in place of `instance_type`."""
    min_instance_count: Annotated[int, Field(ge=0, le=6758)] | None = None
    """Minimum number of instances for the group to succeed. With fewer, SageMaker rolls the
    group back. Defaults to no minimum."""
    capacity: Literal["on_demand", "spot"] = "on_demand"
    """Whether the instances are on-demand or Spot instances, which AWS can reclaim. It cannot
    change later."""
    image_id: AmiId | None = None
    """Your AMI, built from HyperPod's. Defaults to HyperPod's latest AMI."""
    network_interface: Literal["efa", "efa_only"] | None = None
    """Type of EFA interfaces. `efa_only` interfaces carry no IP traffic and need no IP
    addresses. Defaults to `efa`."""
    scheduled_update: ScheduledUpdateSettings | None = None
    """Scheduled software updates. Optional. If omitted, you update the software yourself."""
    automatic_patching: AutomaticPatchingSettings | None = None
    """Automatic security patches by AWS. Optional."""

    @model_validator(mode="after")
    def _check_group(self) -> Self:
        self._check_types()
        minimum = self.min_instance_count
        if minimum is not None and minimum > self.instance_count:
            raise validation_error(
                f"must be at most instance_count ({self.instance_count})",
                at="min_instance_count",
                value=minimum,
            )
        for offered in self.offered:
            if self.network_interface is not None and not offered.has_efa:
                raise validation_error(
                    f"requires instance types with EFA, which {offered.name} does not have",
                    at="network_interface",
                    value=self.network_interface,
                )
        if self.image_id is not None:
            for key in ("scheduled_update", "automatic_patching"):
                if getattr(self, key) is not None:
                    raise validation_error(
                        "applies only to HyperPod's images. Remove it, or remove image_id, "
                        "whose updates you manage",
                        at=key,
                        value="...",
                    )
        return self

    def _check_types(self) -> None:
        if self.instance_type is not None and self.instance_types:
            raise validation_error(
                "must not be combined with instance_type. Remove one of them",
                at="instance_types",
                value=self.instance_types,
            )
        if self.instance_type is None and not self.instance_types:
            raise validation_error(
                "must have instance_type or instance_types", at="name", value=self.name
            )
        if len(set(self.instance_types)) < len(self.instance_types):
            raise validation_error(
                "names one twice", at="instance_types", value=self.instance_types
            )
        architectures = {offered.architecture for offered in self.offered}
        if len(architectures) > 1:
            raise validation_error(
                "must have one architecture, because all run the same image; got "
                f"{' and '.join(sorted(architectures))}",
                at="instance_types",
                value=self.instance_types,
            )
        plan = self.training_plan_arn
        if plan is not None and self.capacity == "spot":
            raise validation_error(
                (
                    "must not be combined with Spot instances, because a training plan is "
                    "reserved capacity. Remove one of them"
                ),
                at="training_plan_arn",
                value=plan,
            )
        if plan is not None and self.instance_type is None:
            raise validation_error(
                (
                    "requires instance_type, because a training plan provides instances of one "
                    "type. Replace instance_types"
                ),
                at="training_plan_arn",
                value=plan,
            )

    @property
    def types(self) -> Sequence[str]:
        """The instance types."""
        return [self.instance_type] if self.instance_type else self.instance_types

    @property
    def only_efa(self) -> bool:
        """Whether network interfaces have no addresses."""
        return self.network_interface == "efa_only"

    @property
    def needs_continuous(self) -> tuple[str, object] | None:
        """The first key that only continuous provisioning can do, with its value."""
        if self.instance_types:
            return "instance_types", self.instance_types
        if self.min_instance_count is not None:
            return "min_instance_count", self.min_instance_count
        if self.capacity == "spot":
            return "capacity", self.capacity
        return None


class ClusterSettings(Settings):
    """What all clusters have."""

    name: Annotated[Name, Field(max_length=42)]
    """The cluster is called `<environment>-<name>`."""
    team: TagValue | None = None
    """Team that uses the cluster: the tag `team`. If omitted, the team of the environment."""
    availability_zone: AvailabilityZone | None = None
    """Availability zone of the file systems, and of groups that name no zone. Defaults to the
    first zone of the environment. It cannot change later."""
    node_recovery: Literal["automatic", "none"] = "automatic"
    """Whether SageMaker restarts or replaces faulty nodes, or only labels them."""
    node_provisioning_mode: Literal["continuous", "standard"] = "continuous"
    """`continuous`: start with the available capacity and keep trying for the rest. `standard`:
    all or nothing."""
    security_group_ids: Annotated[list[SecurityGroupId], Field(max_length=4)] = []
    """Your security groups, added to all nodes."""
    node_role: NodeRoleSettings | None = None
    """Additional permissions of the nodes' role, or an existing role. Optional."""
    lustre: LustreSettings | None = None
    """A file system for data. Optional."""
    alarms: ClusterAlarmSettings = ClusterAlarmSettings()
    """Alarms of the cluster."""

    @property
    def groups(self) -> Sequence[InstanceGroupSettings]:
        """The groups, whatever the orchestrator."""
        raise NotImplementedError

    @property
    def placed(self) -> Mapping[str, GroupSettings]:
        """All groups, restricted ones too, by their paths."""
        return {f"instance_groups.{index}": group for index, group in enumerate(self.groups)}

    def check_groups(self) -> None:
        """Refuse groups that do not fit the cluster or each other."""
        ids = self.security_group_ids
        if len(set(ids)) < len(ids):
            raise validation_error("names one twice", at="security_group_ids", value=ids)
        names: set[str] = set()
        for at, placed in self.placed.items():
            if placed.name in names:
                raise validation_error(
                    "must be unique: an earlier group has the same name",
                    at=f"{at}.name",
                    value=placed.name,
                )
            names.add(placed.name)
        for index, group in enumerate(self.groups):
            at = f"instance_groups.{index}"
            needs = group.needs_continuous
            if self.node_provisioning_mode == "standard" and needs is not None:
                key, value = needs
                raise validation_error(
                    "needs node_provisioning_mode continuous", at=f"{at}.{key}", value=value
                )

    def warnings(self) -> Iterator[str]:
        """Yield what synthesizes and is probably not what the team expects."""
        if self.lustre is None or not self.lustre.efa_enabled:
            return
        connections = sum(
            group.instance_count * max(one.lustre_interfaces for one in group.offered)
            for group in self.groups
        )
        if not connections:
            yield (
                f"cluster {self.name}: lustre.efa_enabled has no effect, because no group has "
                "instances with EFA. Remove it before the first deploy: it cannot change later"
            )
        elif connections > _EFA_CONNECTIONS:
            yield (
                f"cluster {self.name}: nodes open {connections} connections through EFA to "
                f"the Lustre file system, which accepts {_EFA_CONNECTIONS}. Connections "
                "beyond this limit fail"
            )

    def check_place(
        self,
        orchestrator: Orchestrator,
        *,
        at: str,
        zones: Sequence[str],
        subnet_prefix_length: int | None,
        used: dict[str, int],
    ) -> None:
        """Refuse zones outside the environment, and more nodes than a subnet has room for.

        Args:
            orchestrator: of the cluster.
            at: path of the cluster.
            zones: zones of the environment.
            subnet_prefix_length: of its private subnets; None where it is not known.
            used: addresses that earlier clusters take, by zone; those of this one are added.
        """
        if self.availability_zone not in (None, *zones):
            raise _no_zone(self.availability_zone, zones, f"{at}.availability_zone")
        for own_path, group in self.placed.items():
            path = f"{at}.{own_path}"
            if group.availability_zone not in (None, *zones):
                raise _no_zone(group.availability_zone, zones, f"{path}.availability_zone")
            zone = group.availability_zone or self.zone(zones)
            own = group.addresses(orchestrator)
            used[zone] = used.get(zone, 0) + own
            if subnet_prefix_length is None:
                continue
            needed = used[zone] + OTHER_ADDRESSES + _KEPT_ADDRESSES
            if needed > 2 ** (32 - subnet_prefix_length):
                length = 32 - math.ceil(math.log2(needed))
                raise validation_error(
                    f"needs {own} IP addresses in {zone}, {used[zone]} together with the "
                    f"groups before it. The subnet must be a /{length} or larger, a quarter "
                    f"of a /{length - 2} network; it is a /{subnet_prefix_length}",
                    at=f"{path}.instance_count",
                    value=group.instance_count,
                )

    def lustre_efa_zone(self, zones: Sequence[str]) -> str | None:
        """Return the zone in which nodes reach the Lustre file system through EFA, if any."""
        return self.zone(zones) if self.lustre and self.lustre.efa_enabled else None

    def zone(self, zones: Sequence[str]) -> str:
        """Return the zone of the cluster."""
        return self.availability_zone or zones[0]


def _no_zone(zone: str | None, zones: Sequence[str], at: str) -> Exception:
    return validation_error(
        f"must be a zone of the environment: {', '.join(zones)}", at=at, value=zone
    )
