"""Turns settings of clusters into what the constructs take."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_platform.hyperpod import (
    AccountingDatabase,
    AutomaticPatching,
    BatchSize,
    InstanceGroup,
    LifecycleScript,
    Mount,
    RestrictedInstanceGroup,
    RestrictedStorage,
    Rollout,
    ScheduledUpdate,
    SlurmNode,
    SlurmOrchestrator,
    Taint,
)
from sagemaker_platform.hyperpod.file_systems import LustreDeploymentType, OpenZfsDeploymentType
from sagemaker_platform.hyperpod.instance_group import (
    DeepHealthCheck,
    PatchingStrategy,
    TaintEffect,
)
from stacks.hyperpod.cluster_settings import InstanceGroupSettings
from stacks.hyperpod.eks_group_settings import EksGroupSettings, RestrictedGroupSettings
from stacks.hyperpod.slurm_settings import SlurmClusterSettings, SlurmGroupSettings
from stacks.hyperpod.update_settings import ScheduledUpdateSettings

LUSTRE_TYPES: Mapping[str, LustreDeploymentType] = {
    "persistent_2": "PERSISTENT_2",
    "scratch_2": "SCRATCH_2",
}
OPENZFS_TYPES: Mapping[str, OpenZfsDeploymentType] = {
    "single_az_1": "SINGLE_AZ_1",
    "single_az_ha_1": "SINGLE_AZ_HA_1",
    "single_az_2": "SINGLE_AZ_2",
    "single_az_ha_2": "SINGLE_AZ_HA_2",
}
_CHECKS: Mapping[str, DeepHealthCheck] = {
    "instance_stress": "InstanceStress",
    "instance_connectivity": "InstanceConnectivity",
}
_STRATEGIES: Mapping[str, PatchingStrategy] = {
    "when_idle": "WhenIdle",
    "when_all_idle": "WhenAllIdle",
}
_EFFECTS: Mapping[str, TaintEffect] = {
    "no_schedule": "NoSchedule",
    "prefer_no_schedule": "PreferNoSchedule",
    "no_execute": "NoExecute",
}
_CONFIG_STRATEGIES: Mapping[str, Literal["Managed", "Overwrite", "Merge"]] = {
    "managed": "Managed",
    "overwrite": "Overwrite",
    "merge": "Merge",
}
_NODE_TYPES: Mapping[str, Literal["Controller", "Login", "Compute"]] = {
    "controller": "Controller",
    "login": "Login",
    "compute": "Compute",
}
_INTERFACES: Mapping[str, Literal["efa", "efa-only"]] = {"efa": "efa", "efa_only": "efa-only"}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def slurm_orchestrator(settings: SlurmClusterSettings) -> SlurmOrchestrator:
    """Return the orchestrator of a cluster."""
    database = settings.accounting_database
    if settings.node_provisioning_mode == "continuous":
        return SlurmOrchestrator(
            accounting_database=AccountingDatabase(**database.model_dump()) if database else None
        )
    return SlurmOrchestrator(
        strategy=_CONFIG_STRATEGIES[settings.slurm_config_strategy or "managed"]
    )


def slurm_group(
    settings: SlurmGroupSettings,
    *,
    subnet_id: str | None,
    script: LifecycleScript,
    alarm: cloudwatch.CfnAlarm,
    mounts: Sequence[Mount],
) -> InstanceGroup:
    """Return an instance group of a cluster with Slurm, which takes no rollout."""
    scheduled = settings.scheduled_update
    return replace(
        instance_group(settings, subnet_id=subnet_id, script=script, alarm=alarm),
        mounts=mounts,
        scheduled_update=ScheduledUpdate(schedule=scheduled.schedule) if scheduled else None,
        slurm=SlurmNode(
            kind=_NODE_TYPES[settings.node_type],
            partition=settings.partition,
        ),
    )


def eks_group(
    settings: EksGroupSettings,
    *,
    subnet_id: str | None,
    script: LifecycleScript,
    alarm: cloudwatch.CfnAlarm,
) -> InstanceGroup:
    """Return an instance group of a cluster with EKS."""
    return replace(
        instance_group(settings, subnet_id=subnet_id, script=script, alarm=alarm),
        image_release_version=settings.image_release_version,
        labels=settings.labels,
        taints=[
            Taint(key=taint.key, value=taint.value or None, effect=_EFFECTS[taint.effect])
            for taint in settings.taints
        ],
    )


def restricted_group(
    settings: RestrictedGroupSettings, *, subnet_id: str | None
) -> RestrictedInstanceGroup:
    """Return a restricted instance group."""
    storage = settings.storage
    return RestrictedInstanceGroup(
        name=settings.name,
        instance_type=settings.instance_type,
        instance_count=settings.instance_count,
        storage=RestrictedStorage(**storage.model_dump()) if storage else None,
        subnet_id=subnet_id,
        training_plan_arn=settings.training_plan_arn,
        threads_per_core=settings.threads_per_core,
        volume_gib=settings.volume_size_gib,
        deep_health_checks=[_CHECKS[check] for check in settings.deep_health_checks],
    )


def instance_group(
    settings: InstanceGroupSettings,
    *,
    subnet_id: str | None,
    script: LifecycleScript,
    alarm: cloudwatch.CfnAlarm,
) -> InstanceGroup:
    """Return what groups have whatever orchestrates the cluster."""
    scheduled, patching = settings.scheduled_update, settings.automatic_patching
    return InstanceGroup(
        name=settings.name,
        instance_types=settings.types,
        instance_count=settings.instance_count,
        min_instance_count=settings.min_instance_count,
        spot=settings.capacity == "spot",
        subnet_id=subnet_id,
        training_plan_arn=settings.training_plan_arn,
        threads_per_core=settings.threads_per_core,
        volume_gib=settings.volume_size_gib,
        deep_health_checks=[_CHECKS[check] for check in settings.deep_health_checks],
        image_id=settings.image_id,
        interface_type=_INTERFACES[settings.network_interface]
        if settings.network_interface
        else None,
        script=script,
        scheduled_update=ScheduledUpdate(
            schedule=scheduled.schedule, rollout=_rollout(scheduled, alarm)
        )
        if scheduled
        else None,
        automatic_patching=AutomaticPatching(strategy=_STRATEGIES[patching.strategy])
        if patching
        else None,
    )


def fsx_time(window: str) -> str:
    """Return a weekday and time the way FSx has them, such as ``7:03:00`` for Sunday."""
    weekday, time = window.split(":", 1)
    return f"{_WEEKDAYS.index(weekday) + 1}:{time}"


def digest(*values: str) -> str:
    """Return a short name for values that are too long to be one."""
    return hashlib.sha256("\n".join(values).encode()).hexdigest()[:8]


def _rollout(settings: ScheduledUpdateSettings, alarm: cloudwatch.CfnAlarm) -> Rollout:
    percent = settings.max_batch_percent
    return Rollout(
        batch_size=BatchSize(value=settings.max_batch_count or 1)
        if percent is None
        else BatchSize(value=percent, unit="CAPACITY_PERCENTAGE"),
        wait_seconds=settings.wait_seconds,
        alarms=[alarm] if settings.rollback_on_alarm else (),
    )
