"""What an inference component is, and how CloudFormation says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.inference.alarms import EndpointAlarms
from sagemaker_platform.inference.autoscaling import Autoscaling
from sagemaker_platform.inference.deployment import TrafficShift
from sagemaker_platform.inference.model import ModelSource

_Component = sagemaker.CfnInferenceComponent


@checks_types
@dataclass(frozen=True, kw_only=True)
class InstanceScaling:
    """Instances that come and go with the copies of components (AWS: managed instance scaling).

    Args:
        min_instances: never fewer; 0 lets the endpoint reach zero.
        max_instances: never more.
        scale_in: ``IDLE_RELEASE`` removes instances without copies; ``CONSOLIDATION``
            moves copies together first. Absent, SageMaker's default.
        max_step: instances removed at a time, with CONSOLIDATION.
        cooldown_minutes: wait after the last operation, with CONSOLIDATION.
    """

    min_instances: int
    max_instances: int
    scale_in: Literal["IDLE_RELEASE", "CONSOLIDATION"] | None = None
    max_step: int | None = None
    cooldown_minutes: int | None = None

    def to_property(self) -> sagemaker.CfnEndpointConfig.ManagedInstanceScalingProperty:
        """Return the property of a variant."""
        return sagemaker.CfnEndpointConfig.ManagedInstanceScalingProperty(
            status="ENABLED",
            min_instance_count=self.min_instances,
            max_instance_count=self.max_instances,
            scale_in_policy=None
            if self.scale_in is None
            else {
                "strategy": self.scale_in,
                "maximumStepSize": self.max_step,
                "cooldownInMinutes": self.cooldown_minutes,
            },
        )


@checks_types
@dataclass(frozen=True, kw_only=True)
class Compute:
    """What one copy of a component gets of an instance.

    Args:
        min_memory_mb: memory of the host.
        max_memory_mb: the copy is stopped if it uses more. Defaults to no limit.
        accelerators: GPUs or Neuron devices.
        cpu_cores: processor cores.
    """

    min_memory_mb: int
    max_memory_mb: int | None = None
    accelerators: int | None = None
    cpu_cores: float | None = None

    def to_property(self) -> _Component.InferenceComponentComputeResourceRequirementsProperty:
        """Return the property of a component."""
        return _Component.InferenceComponentComputeResourceRequirementsProperty(
            min_memory_required_in_mb=self.min_memory_mb,
            max_memory_required_in_mb=self.max_memory_mb,
            number_of_accelerator_devices_required=self.accelerators,
            number_of_cpu_cores_required=self.cpu_cores,
        )


@checks_types
@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where copies are put.

    Args:
        strategy: ``SPREAD`` over the instances, or ``BINPACK`` onto few.
        max_zone_imbalance: how many copies more one zone may have than another, as far as
            the instances allow.
    """

    strategy: Literal["SPREAD", "BINPACK"]
    max_zone_imbalance: int = 0

    def to_property(self) -> _Component.InferenceComponentSchedulingConfigProperty:
        """Return the property of a component."""
        return _Component.InferenceComponentSchedulingConfigProperty(
            placement_strategy=self.strategy,
            availability_zone_balance=_Component.InferenceComponentAvailabilityZoneBalanceProperty(
                enforcement_mode="PERMISSIVE", max_imbalance=self.max_zone_imbalance
            ),
        )


@checks_types
@dataclass(frozen=True, kw_only=True)
class Adapter:
    """A fine-tuned adapter on the model of a component, without its own compute.

    Args:
        name: added to the component's name.
        data: S3 URI of a ``.tar.gz`` file.
        data_key_arn: key that encrypts the data, if it is another than the endpoint's.
    """

    name: str
    data: str
    data_key_arn: str | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class Component:
    """A model among others on the same instances.

    Args:
        name: added to the endpoint's name; clients name the whole as component.
        source: the model.
        compute: what a copy gets, of any instance.
        compute_by_type: what a copy gets of an instance of a type, in place of ``compute``;
            for two to five types.
        source_by_type: the model on the types of ``compute_by_type`` that need another source,
            such as another degree of tensor parallelism.
        copies: at the first deployment.
        usd_per_hour: price of a copy's share of an instance. If omitted, the dashboard
            shows no costs.
        cache_data: keep image and model data on the instances, so that further copies
            start faster.
        placement: if omitted, SageMaker's choice.
        model_data_download_timeout_seconds: from 60 to 3600.
        container_startup_timeout_seconds: from 60 to 3600.
        autoscaling: if omitted, the number of copies is fixed.
        adapters: adapters on this model.
        alarms: thresholds.
        traffic_shift: size and time of the batches of an update, which is always rolling.
    """

    name: str
    source: ModelSource
    compute: Compute | None = None
    compute_by_type: Sequence[tuple[str, Compute]] = ()
    source_by_type: Mapping[str, ModelSource] = field(default_factory=dict)
    copies: int = 1
    usd_per_hour: float | None = None
    cache_data: bool = True
    placement: Placement | None = None
    model_data_download_timeout_seconds: int | None = None
    container_startup_timeout_seconds: int | None = None
    autoscaling: Autoscaling | None = None
    adapters: Sequence[Adapter] = ()
    alarms: EndpointAlarms | None = None
    traffic_shift: TrafficShift | None = None

    def __post_init__(self) -> None:
        require_each("adapters", self.adapters, Adapter)

    def to_startup_property(
        self,
    ) -> _Component.InferenceComponentStartupParametersProperty | None:
        """Return the property with the time-outs, or None if there are none."""
        download = self.model_data_download_timeout_seconds
        startup = self.container_startup_timeout_seconds
        if download is None and startup is None:
            return None
        return _Component.InferenceComponentStartupParametersProperty(
            model_data_download_timeout_in_seconds=download,
            container_startup_health_check_timeout_in_seconds=startup,
        )
