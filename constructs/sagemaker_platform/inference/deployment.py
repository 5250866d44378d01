"""How an endpoint moves from its old instances to the new ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_sagemaker as sagemaker


@dataclass(frozen=True, kw_only=True)
class TrafficShift:
    """Blue/green deployment: new instances beside the old, then the traffic moves.

    Args:
        strategy: ``all-at-once``; ``canary``, a part first and the rest later; or
            ``linear``, in equal steps.
        step_percent: size of the canary, or of a step, from 1 to 50.
        wait_seconds: how long the alarms are watched after each shift, from 0 to 3600.
        max_minutes: an update that takes longer is rolled back, from 10 to 480.
    """

    strategy: Literal["all-at-once", "canary", "linear"] = "all-at-once"
    step_percent: int = 10
    wait_seconds: int = 300
    max_minutes: int = 60


def deployment_config(
    shift: TrafficShift, alarm_names: Sequence[str]
) -> sagemaker.CfnEndpoint.DeploymentConfigProperty:
    """Return the deployment configuration that rolls back on the given alarms."""
    step = sagemaker.CfnEndpoint.CapacitySizeProperty(
        type="CAPACITY_PERCENT", value=shift.step_percent
    )
    return sagemaker.CfnEndpoint.DeploymentConfigProperty(
        auto_rollback_configuration=sagemaker.CfnEndpoint.AutoRollbackConfigProperty(
            alarms=[sagemaker.CfnEndpoint.AlarmProperty(alarm_name=n) for n in alarm_names]
        ),
        blue_green_update_policy=sagemaker.CfnEndpoint.BlueGreenUpdatePolicyProperty(
            maximum_execution_timeout_in_seconds=shift.max_minutes * 60,
            termination_wait_in_seconds=shift.wait_seconds,
            traffic_routing_configuration=sagemaker.CfnEndpoint.TrafficRoutingConfigProperty(
                type=shift.strategy.replace("-", "_").upper(),
                wait_interval_in_seconds=shift.wait_seconds,
                canary_size=step if shift.strategy == "canary" else None,
                linear_step_size=step if shift.strategy == "linear" else None,
            ),
        ),
    )
