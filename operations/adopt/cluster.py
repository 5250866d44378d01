"""Describes a HyperPod cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from operations.adopt.found import (
    Asking,
    Existing,
    Found,
    Keys,
    Note,
    divide,
    slug,
    without_none,
)
from operations.assembly import Json

_LONGEST = 42
_AT: Keys = ("hyperpod", "clusters", 0)
_CHECKS: Mapping[str, str] = {
    "InstanceStress": "instance_stress",
    "InstanceConnectivity": "instance_connectivity",
}
_EFFECTS: Mapping[str, str] = {
    "NoSchedule": "no_schedule",
    "PreferNoSchedule": "prefer_no_schedule",
    "NoExecute": "no_execute",
}
_PATCHING: Mapping[str, str] = {"WhenIdle": "when_idle", "WhenAllIdle": "when_all_idle"}


def read(asking: Asking, identifier: str, environment: str | None) -> Found:
    """Return a cluster as settings.

    Args:
        asking: asks the account.
        identifier: name or ARN of the cluster.
        environment: name of the environment; if None, derived.
    """
    cluster = asking.require("sagemaker", "describe_cluster", ClusterName=identifier)
    name, arn = cluster["ClusterName"], cluster["ClusterArn"]
    chosen, own = divide(name, environment, _LONGEST)
    network: Json = cluster.get("VpcConfig", {})
    eks: Json = cluster.get("Orchestrator", {}).get("Eks", {})
    found = Found(
        environment=chosen,
        block={},
        tags=asking.tags(arn),
        subnets=[
            *network.get("Subnets", []),
            *(
                subnet
                for group in cluster.get("InstanceGroups", [])
                for subnet in group.get("OverrideVpcConfig", {}).get("Subnets", [])
            ),
        ],
        resources=[Existing("AWS::SageMaker::Cluster", {"ClusterArn": arn}, _properties(cluster))],
    )
    notes = found.notes
    zones = _zones(asking, found.subnets)
    block: Json = {
        "name": own,
        "orchestrator": "eks" if eks else "slurm",
        "node_recovery": "none" if cluster.get("NodeRecovery") == "None" else "automatic",
        "node_provisioning_mode": "continuous"
        if cluster.get("NodeProvisioningMode") == "Continuous"
        else "standard",
        "instance_groups": [
            _group(index, one, eks=bool(eks), zones=zones, notes=notes)
            for index, one in enumerate(cluster.get("InstanceGroups", []))
        ],
    }
    if groups := network.get("SecurityGroupIds"):
        notes.append(
            Note(
                (*_AT, "security_group_ids"),
                "The platform adds a security group to the nodes, and HyperPod cannot change the "
                "groups of a cluster: a deployment replaces the cluster",
            )
        )
        block["security_group_ids"] = groups
    if eks:
        block |= _existing_eks(asking, eks["ClusterArn"], notes)
    else:
        strategy = cluster.get("Orchestrator", {}).get("Slurm", {}).get("SlurmConfigStrategy")
        if strategy and block["node_provisioning_mode"] == "standard":
            block["slurm_config_strategy"] = strategy.lower()
    tiered: Json = cluster.get("TieredStorageConfig", {})
    if tiered.get("Mode") == "Enable":
        memory = tiered.get("InstanceMemoryAllocationPercentage")
        block["tiered_storage"] = without_none({"memory_percent": memory})
    if cluster.get("RestrictedInstanceGroups"):
        text = "It has restricted instance groups: write restricted_instance_groups"
        notes.append(Note(_AT, text))
    if cluster.get("AutoScaling", {}).get("Mode") == "Enable":
        notes.append(Note(_AT, "Karpenter scales it: write autoscaling, and autoscaled in groups"))
    found.block = {"hyperpod": {"clusters": [block]}}
    return found


def _zones(asking: Asking, subnets: Any) -> Mapping[str, str]:
    if not subnets:
        return {}
    found = asking.ask("ec2", "describe_subnets", SubnetIds=list(subnets)).get("Subnets", [])
    return {one["SubnetId"]: one["AvailabilityZone"] for one in found}


def _existing_eks(asking: Asking, arn: str, notes: list[Note]) -> Json:
    described = asking.ask("eks", "describe_cluster", name=arn.rpartition("/")[2])
    network: Json = described.get("cluster", {}).get("resourcesVpcConfig", {})
    group = network.get("clusterSecurityGroupId")
    if group is None:
        text = "AWS does not return the security group of the control plane: replace it"
        notes.append(Note((*_AT, "existing", "security_group_id"), text))
    return {
        "existing": {"arn": arn, "security_group_id": group or "sg-00000000000000000"},
        # Its owner has installed them.
        "add_ons": [],
    }


def _group(
    index: int, group: Json, *, eks: bool, zones: Mapping[str, str], notes: list[Note]
) -> Json:
    at = (*_AT, "instance_groups", index)
    requirements: Json = group.get("InstanceRequirements", {})
    types = requirements.get("DesiredInstanceTypes") or requirements.get("CurrentInstanceTypes", [])
    override = group.get("OverrideVpcConfig", {}).get("Subnets", [])
    storage = group.get("InstanceStorageConfigs", [])
    patch: Json = group.get("AutoPatchConfig", {})
    if schedule := group.get("ScheduledUpdateConfig", {}).get("ScheduleExpression"):
        notes.append(Note(at, f"Updated by the schedule {schedule}: compare scheduled_update"))
    if "TargetCount" not in group and "CurrentCount" not in group:
        notes.append(Note(at, "AWS does not return the number of instances: choose it"))
    if script := group.get("LifeCycleConfig", {}).get("SourceS3Uri"):
        notes.append(
            Note(
                at,
                f"Nodes run scripts of {script}. The platform's own take their place: put what "
                "you need into node_setup_script",
            )
        )
    if role := group.get("ExecutionRole"):
        notes.append(Note(at, f"Nodes have the role {role}: compare node_role"))
    for one in storage:
        for member in ("FsxLustreConfig", "FsxOpenZfsConfig"):
            if member in one:
                text = f"Mounts {one[member].get('DnsName')}: compare lustre.existing and homes"
                notes.append(Note(at, text))
    return without_none(
        {
            "name": slug(group["InstanceGroupName"], 63),
            **(dict(_kubernetes(group)) if eks else dict(_slurm(group, at, notes))),
            "instance_type": None if types else group.get("InstanceType"),
            "instance_types": types,
            "instance_count": _count(group),
            "min_instance_count": group.get("MinCount") or None,
            "availability_zone": zones.get(override[0]) if override else None,
            "capacity": "spot" if "Spot" in group.get("CapacityRequirements", {}) else None,
            "training_plan_arn": group.get("TrainingPlanArn"),
            "threads_per_core": group.get("ThreadsPerCore"),
            "volume_size_gib": next(_volumes(storage), None),
            "deep_health_checks": [
                _CHECKS[one] for one in group.get("OnStartDeepHealthChecks", []) if one in _CHECKS
            ],
            "network_interface": group.get("NetworkInterface", {})
            .get("InterfaceType", "")
            .replace("-", "_")
            or None,
            "automatic_patching": {"strategy": _PATCHING[patch["PatchingStrategy"]]}
            if patch.get("PatchingStrategy") in _PATCHING
            else None,
        }
    )


def _count(group: Json) -> int:
    """Return how many instances there should be; 1 where AWS tells no number."""
    told: list[int] = [group[key] for key in ("TargetCount", "CurrentCount") if key in group]
    return told[0] if told else 1


def _volumes(storage: list[Json]) -> Iterator[int]:
    for one in storage:
        volume: Json = one.get("EbsVolumeConfig", {})
        if volume.get("VolumeSizeInGB") and not volume.get("RootVolume"):
            yield volume["VolumeSizeInGB"]


def _slurm(group: Json, at: Keys, notes: list[Note]) -> Iterator[tuple[str, Any]]:
    slurm: Json = group.get("SlurmConfig", {})
    kind = slurm.get("NodeType")
    if kind is None:
        text = "AWS does not return what the nodes are to Slurm: controller, login or compute"
        notes.append(Note(at, text))
        name = group["InstanceGroupName"].lower()
        kind = next((one for one in ("controller", "login") if one in name), "compute")
    yield "node_type", kind.lower()
    if kind.lower() == "compute":
        names = slurm.get("PartitionNames") or [slug(group["InstanceGroupName"], 30)]
        yield "partition", names[0]


def _kubernetes(group: Json) -> Iterator[tuple[str, Any]]:
    config: Json = group.get("KubernetesConfig", {})
    labels = config.get("DesiredLabels") or config.get("CurrentLabels")
    taints = config.get("DesiredTaints") or config.get("CurrentTaints") or []
    if labels:
        yield "labels", labels
    if taints:
        yield (
            "taints",
            [
                without_none(
                    {
                        "key": one["Key"],
                        "value": one.get("Value"),
                        "effect": _EFFECTS[one["Effect"]],
                    }
                )
                for one in taints
            ],
        )


def _properties(cluster: Json) -> Json:
    """Return a cluster by the names of CloudFormation, which counts instances otherwise."""
    groups = [
        {**group, "InstanceCount": _count(group)} for group in cluster.get("InstanceGroups", [])
    ]
    return {**cluster, "InstanceGroups": groups}
