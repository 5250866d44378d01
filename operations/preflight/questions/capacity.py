"""Whether training plans are for the right use, in the right zone, and have free instances.

A plan is bought for some uses, one instance type, and zones (API reference of SageMaker,
DescribeTrainingPlan, 2026-11). `references` asks whether it is there and active.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from operations.account import NotFoundInAccountError
from operations.assembly import Json
from operations.preflight.answer import Answer, failed, passed
from operations.preflight.questions.network import wanted_zones
from operations.preflight.target import Target


@dataclass(frozen=True)
class _Use:
    """Instances of a plan.

    Attributes:
        arn: ARN of the plan.
        kind: what the plan must be bought for.
        instance_type: type of the instances.
        count: how many a new stack takes; zero if the stack is there, since it has them.
    """

    arn: str
    kind: str
    instance_type: str
    count: int


def training_plans(target: Target) -> Iterator[Answer]:
    """Training plans are for this use, of this instance type, in these zones, and free."""
    uses = list(_uses(target))
    for arn in sorted({use.arn for use in uses}):
        try:
            plan = target.account.ask(
                "sagemaker",
                "describe_training_plan",
                TrainingPlanName=arn.rpartition("/")[2],
            )
        except NotFoundInAccountError:
            continue
        faults = list(_faults(plan, [use for use in uses if use.arn == arn], target))
        free = f"{plan.get('AvailableInstanceCount', 0)} instances are free"
        yield failed(arn, "; ".join(faults)) if faults else passed(arn, free)


def _faults(plan: Json, uses: list[_Use], target: Target) -> Iterator[str]:
    kinds = {use.kind for use in uses} - set(plan.get("TargetResources", []))
    if kinds:
        bought = ", ".join(plan.get("TargetResources", [])) or "nothing"
        yield f"it is bought for {bought}, and used for {', '.join(sorted(kinds))}: buy another"
    parts = plan.get("ReservedCapacitySummaries", [])
    has = {str(one["InstanceType"]) for one in parts if "InstanceType" in one}
    others = {use.instance_type for use in uses} - has
    if has and others:
        yield f"it has {', '.join(sorted(has))}, and {', '.join(sorted(others))} is used"
    zones = {str(one[key]) for one in parts for key in _ZONES if key in one}
    wanted = wanted_zones(target)
    if zones and wanted and not zones & set(wanted):
        names = ", ".join(sorted(str(one.get("AvailabilityZone", "")) for one in parts))
        yield f"it is in {names}, and the environment in {', '.join(wanted)}: use that zone"
    count, free = sum(use.count for use in uses), int(plan.get("AvailableInstanceCount", 0))
    if count > free:
        yield f"{count} instances wanted, {free} free: stop what uses it, or buy another"


_ZONES = ("AvailabilityZone", "AvailabilityZoneId")


def _uses(target: Target) -> Iterator[_Use]:
    new = {(stack, logical_id) for stack, logical_id, _ in target.new(*_TYPES)}
    for stack, logical_id, cluster in target.of_type("AWS::SageMaker::Cluster"):
        for key in ("InstanceGroups", "RestrictedInstanceGroups"):
            for group in cluster.get(key) or []:
                if isinstance(arn := group.get("TrainingPlanArn"), str):
                    # With continuous provisioning, a cluster is ready with its minimum.
                    count = int(group.get("MinInstanceCount", group.get("InstanceCount", 0)))
                    yield _use(arn, "hyperpod-cluster", group, count, (stack, logical_id) in new)
    for stack, logical_id, config in target.of_type("AWS::SageMaker::EndpointConfig"):
        for variant in config.get("ProductionVariants", []):
            arn = variant.get("CapacityReservationConfig", {}).get("MlReservationArn")
            if isinstance(arn, str) and ":training-plan/" in arn:
                count = int(variant.get("InitialInstanceCount", 1))
                yield _use(arn, "endpoint", variant, count, (stack, logical_id) in new)
    for _, _, domain in target.of_type("AWS::SageMaker::Domain"):
        for app in domain.get("DefaultUserSettings", {}).values():
            spec = app.get("DefaultResourceSpec", {}) if isinstance(app, dict) else {}
            if isinstance(arn := spec.get("TrainingPlanArn"), str):
                yield _use(arn, "studio-apps", spec, 0, False)


_TYPES = ("AWS::SageMaker::Cluster", "AWS::SageMaker::EndpointConfig")


def _use(arn: str, kind: str, given: Json, count: int, new: bool) -> _Use:
    return _Use(arn, kind, str(given.get("InstanceType")), count if new else 0)
