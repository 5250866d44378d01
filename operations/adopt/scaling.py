"""Describes autoscaling of variants and components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from operations.adopt.found import Asking, Existing, Keys, Note, slug, without_none
from operations.assembly import Json

# Metrics that SageMaker has for it, and the key.
_PREDEFINED: Mapping[str, str] = {
    "SageMakerVariantInvocationsPerInstance": "invocations_per_instance",
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": "concurrent_requests_per_instance",
    "SageMakerInferenceComponentInvocationsPerCopy": "invocations_per_copy",
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution": (
        "concurrent_requests_per_copy"
    ),
    "SageMakerVariantProvisionedConcurrencyUtilization": "utilization_percent",
}
_WHOLE = ("invocations_per_instance", "invocations_per_copy")
_LONGEST = 63


def scaling_of(
    asking: Asking, resource: str, unit: str, at: Keys, notes: list[Note]
) -> tuple[Json | None, list[Existing], list[str]]:
    """Return the autoscaling of a variant or component, its target, and what must be deleted.

    Args:
        asking: asks the account.
        resource: `ResourceId`, such as ``endpoint/churn/variant/main``.
        unit: what is counted: instances, copies or concurrency.
        at: where the settings will be.
        notes: get what has no key.
    """
    of = {"ServiceNamespace": "sagemaker"}
    targets = asking.every(
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets",
        ResourceIds=[resource],
        **of,
    )
    if not targets:
        return None, [], []
    target: Json = targets[0]
    policies = asking.every(
        "application-autoscaling",
        "describe_scaling_policies",
        "ScalingPolicies",
        ResourceId=resource,
        **of,
    )
    actions = asking.every(
        "application-autoscaling",
        "describe_scheduled_actions",
        "ScheduledActions",
        ResourceId=resource,
        **of,
    )
    least = target["MinCapacity"]
    block: Json = {
        **({"scale_to_zero": True} if least == 0 else {f"min_{unit}": least}),
        f"max_{unit}": target["MaxCapacity"],
    }
    for policy in policies:
        block |= dict(_policy(policy, at, notes))
    if schedules := [_schedule(one, target) for one in actions]:
        block["schedules"] = schedules
    identifier = {
        "ResourceId": resource,
        "ScalableDimension": str(target["ScalableDimension"]),
        "ServiceNamespace": "sagemaker",
    }
    existing = Existing(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        identifier,
        {
            **identifier,
            "MinCapacity": least,
            "MaxCapacity": target["MaxCapacity"],
        },
        where={key: identifier[key] for key in ("ResourceId", "ScalableDimension")},
    )
    # Source: the service's message, "Only one TargetTrackingScaling policy for a given metric
    # specification is allowed".
    old = [
        f"scaling policy {one['PolicyName']} of {resource}: delete it before you deploy, with `aws "
        "application-autoscaling delete-scaling-policy`. A target takes one policy for a metric, "
        "and the settings have one"
        for one in policies
    ]
    return block, [existing], old


def _policy(policy: Json, at: Keys, notes: list[Note]) -> Iterator[tuple[str, Any]]:
    tracking: Json = policy.get("TargetTrackingScalingPolicyConfiguration", {})
    if not tracking:
        text = f"The scaling policy {policy['PolicyName']} has steps: write them with `steps`"
        notes.append(Note(at, text))
        return
    for member, key in (
        ("ScaleInCooldown", "scale_in_cooldown_seconds"),
        ("ScaleOutCooldown", "scale_out_cooldown_seconds"),
    ):
        if member in tracking:
            yield key, tracking[member]
    value = tracking["TargetValue"]
    predefined = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
    if predefined:
        key = _PREDEFINED.get(predefined, "")
        if not key:
            notes.append(Note(at, f"The scaling policy tracks {predefined}, which has no key"))
        elif key == "utilization_percent":
            yield key, round(value * 100)
        else:
            yield key, int(value) if key in _WHOLE else value
        return
    custom: Json = tracking.get("CustomizedMetricSpecification", {})
    if custom.get("MetricName") == "ApproximateBacklogSizePerInstance":
        yield "backlog_per_instance", value
    elif "MetricName" in custom:
        yield (
            "custom_metric",
            {
                "metric": without_none(
                    {
                        "namespace": custom["Namespace"],
                        "name": custom["MetricName"],
                        "dimensions": {
                            one["Name"]: one["Value"] for one in custom.get("Dimensions", [])
                        }
                        or None,
                        "statistic": custom.get("Statistic"),
                    }
                ),
                "target": value,
            },
        )
    else:
        text = (
            f"The scaling policy {policy['PolicyName']} tracks an expression: write custom_metric"
        )
        notes.append(Note(at, text))


def _schedule(action: Json, target: Json) -> Json:
    limits: Json = action.get("ScalableTargetAction", {})
    return without_none(
        {
            "name": slug(action["ScheduledActionName"], _LONGEST),
            "expression": action["Schedule"],
            "time_zone": action.get("Timezone"),
            "min_capacity": limits.get("MinCapacity", target["MinCapacity"]),
            "max_capacity": limits.get("MaxCapacity", target["MaxCapacity"]),
        }
    )
