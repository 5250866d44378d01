"""How an update moves an endpoint from old to new instances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.inference.alarms import MOST_WATCHED


@checks_types
@dataclass(frozen=True, kw_only=True)
class TrafficShift:
    """How an update replaces what runs, while alarms are watched.

    Args:
        strategy: ``all-at-once``, ``canary`` (a part first and the rest later) and
            ``linear`` (in equal steps) start all new instances next to the old ones and
            then move the traffic. ``rolling`` starts and moves a batch, removes as many
            old ones, and goes on with the next: it needs the fewest instances.
        step_percent: size of the canary, of a step, or of a batch, from 5 to 50.
        rollback_percent: batch size of a rollback of a rolling update. Defaults to all
            at once.
        step_copies: size of a batch of copies of a component, in place of ``step_percent``; 5 to
            50 percent of its copies. Defaults to the percentage.
        rollback_copies: the same of a batch in which an update is taken back.
        wait_seconds: how long the alarms are watched after each shift, from 0 to 3600.
        max_minutes: an update that takes longer is rolled back, from 10 to 480.
        rollback: whether alarms roll an update back.
    """

    strategy: Literal["all-at-once", "canary", "linear", "rolling"] = "all-at-once"
    step_percent: int = 10
    rollback_percent: int | None = None
    step_copies: int | None = None
    rollback_copies: int | None = None
    wait_seconds: int = 300
    max_minutes: int = 60
    rollback: bool = True

    def to_property(
        self, alarm_names: Sequence[str]
    ) -> sagemaker.CfnEndpoint.DeploymentConfigProperty:
        """Return the property of an endpoint that rolls back on the given alarms."""
        rolling = self.strategy == "rolling"
        return sagemaker.CfnEndpoint.DeploymentConfigProperty(
            auto_rollback_configuration=sagemaker.CfnEndpoint.AutoRollbackConfigProperty(
                alarms=[
                    sagemaker.CfnEndpoint.AlarmProperty(alarm_name=name)
                    for name in alarm_names[:MOST_WATCHED]
                ]
            )
            if self.rollback and alarm_names
            else None,
            blue_green_update_policy=None if rolling else self._blue_green(),
            rolling_update_policy=self._rolling() if rolling else None,
        )

    def to_component_property(
        self, alarm_names: Sequence[str]
    ) -> sagemaker.CfnInferenceComponent.InferenceComponentDeploymentConfigProperty:
        """Return the property of an inference component, whose updates are always rolling."""
        return sagemaker.CfnInferenceComponent.InferenceComponentDeploymentConfigProperty(
            auto_rollback_configuration=sagemaker.CfnInferenceComponent.AutoRollbackConfigurationProperty(
                alarms=[
                    sagemaker.CfnInferenceComponent.AlarmProperty(alarm_name=name)
                    for name in alarm_names[:MOST_WATCHED]
                ]
            )
            if self.rollback and alarm_names
            else None,
            rolling_update_policy=sagemaker.CfnInferenceComponent.InferenceComponentRollingUpdatePolicyProperty(
                maximum_batch_size=_batch(self.step_copies, self.step_percent),
                maximum_execution_timeout_in_seconds=self.max_minutes * 60,
                rollback_maximum_batch_size=_batch(self.rollback_copies, self.rollback_percent),
                wait_interval_in_seconds=self.wait_seconds,
            ),
        )

    def _blue_green(self) -> sagemaker.CfnEndpoint.BlueGreenUpdatePolicyProperty:
        step = _capacity(self.step_percent)
        return sagemaker.CfnEndpoint.BlueGreenUpdatePolicyProperty(
            maximum_execution_timeout_in_seconds=self.max_minutes * 60,
            termination_wait_in_seconds=self.wait_seconds,
            traffic_routing_configuration=sagemaker.CfnEndpoint.TrafficRoutingConfigProperty(
                type=self.strategy.replace("-", "_").upper(),
                wait_interval_in_seconds=self.wait_seconds,
                canary_size=step if self.strategy == "canary" else None,
                linear_step_size=step if self.strategy == "linear" else None,
            ),
        )

    def _rolling(self) -> sagemaker.CfnEndpoint.RollingUpdatePolicyProperty:
        back = self.rollback_percent
        return sagemaker.CfnEndpoint.RollingUpdatePolicyProperty(
            maximum_batch_size=_capacity(self.step_percent),
            maximum_execution_timeout_in_seconds=self.max_minutes * 60,
            rollback_maximum_batch_size=None if back is None else _capacity(back),
            wait_interval_in_seconds=self.wait_seconds,
        )


def _capacity(percent: int) -> sagemaker.CfnEndpoint.CapacitySizeProperty:
    return sagemaker.CfnEndpoint.CapacitySizeProperty(type="CAPACITY_PERCENT", value=percent)


def _batch(
    copies: int | None, percent: int | None
) -> sagemaker.CfnInferenceComponent.InferenceComponentCapacitySizeProperty | None:
    """Return the size of a batch of copies; None for SageMaker's default."""
    size = sagemaker.CfnInferenceComponent.InferenceComponentCapacitySizeProperty
    if copies is not None:
        return size(type="COPY_COUNT", value=copies)
    return None if percent is None else size(type="CAPACITY_PERCENT", value=percent)
