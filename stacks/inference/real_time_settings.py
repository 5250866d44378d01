"""Settings of endpoints that answer at once, from instances."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog.local_disks import has_local_storage
from stacks.fields import Name, Percentage, UtcTime, validation_error
from stacks.inference.capture_settings import DataCaptureSettings
from stacks.inference.common_settings import (
    CappedEndpointSettings,
    DeploymentSettings,
    InstanceAlarmSettings,
    MetricsSettings,
)
from stacks.inference.explainer_settings import ExplainerSettings
from stacks.inference.host_settings import check_host, host_ami, is_isolated
from stacks.inference.instance_settings import InstanceSettings
from stacks.inference.invoker_settings import refuse_repeated
from stacks.inference.model_settings import ModelSettings
from stacks.inference.monitoring_settings import MonitoredSettings
from stacks.inference.scaling_settings import AutoscalingSettings


def check_capacity(
    instances: InstanceSettings, scaling: AutoscalingSettings | None, *, at: str = ""
) -> int:
    """Check the number of instances against its limits, and return the least.

    Args:
        instances: what the model runs on.
        scaling: limits, if it is scaled.
        at: path of the settings of the variant, with a dot at its end.
    """
    count = instances.instance_count
    if scaling is None:
        return count
    for name in instances.instance_types:
        if name.startswith("ml.t"):
            raise validation_error(
                "must not be burstable with autoscaling, which SageMaker does not support. "
                "Choose another type, or remove autoscaling",
                at=f"{at}{'instance_pools' if instances.instance_pools else 'instance_type'}",
                value=name,
            )
    if not scaling.least <= count <= scaling.most:
        raise validation_error(
            f"must be from autoscaling.min_instances ({scaling.least}) to "
            f"autoscaling.max_instances ({scaling.most})",
            at=f"{at}instance_count",
            value=count,
        )
    return scaling.least


def check_deployment(
    deployment: DeploymentSettings, *, fewest: int, types: Sequence[str], variants: int = 1
) -> None:
    """Refuse a way to update that the endpoint cannot have."""
    strategy = deployment.strategy
    if strategy == "all-at-once":
        return
    if any(name.startswith("ml.inf1.") for name in types):
        raise validation_error(
            "must be all-at-once, because SageMaker cannot shift traffic in parts on ml.inf1",
            at="deployment.strategy",
            value=strategy,
        )
    if strategy == "rolling" and variants > 1:
        raise validation_error(
            (
                "must be another strategy, because SageMaker supports no rolling update of "
                "several variants"
            ),
            at="deployment.strategy",
            value=strategy,
        )
    if fewest < 2:
        raise validation_error(
            "requires at least 2 instances, because a step is at most half of them",
            at="deployment.strategy",
            value=strategy,
        )


class InstanceEndpointSettings(CappedEndpointSettings, InstanceSettings):
    """A real-time endpoint on dedicated instances."""

    autoscaling: AutoscalingSettings | None = None
    """Autoscaling. Optional. If omitted, the number of instances is fixed."""
    data_capture: DataCaptureSettings | None = None
    """Capture of requests and responses. Optional."""
    alarms: InstanceAlarmSettings = InstanceAlarmSettings()
    """Alarms of the endpoint."""
    deployment: DeploymentSettings = DeploymentSettings()
    """How an update shifts the traffic."""
    metrics: MetricsSettings | None = None
    """Additional metrics. Optional."""

    @model_validator(mode="after")
    def _check_changes(self) -> Self:
        check_deployment(
            self.deployment,
            fewest=check_capacity(self, self.autoscaling),
            types=self.instance_types,
        )
        return self


class VariantSettings(ModelSettings, InstanceSettings):
    """A further model next to the endpoint's own, which gets a part of the requests."""

    name: Annotated[Name, Field(max_length=20)]
    """Name of the variant."""
    weight: Annotated[float, Field(ge=0, le=1_000_000)]
    """Share of the requests, relative to the other weights."""
    autoscaling: AutoscalingSettings | None = None
    """Autoscaling. Optional. If omitted, the number of instances is fixed."""


class ShadowSettings(ModelSettings, InstanceSettings):
    """A model that gets copies of requests, and whose responses are discarded."""

    sampling_percentage: Percentage = 100
    """Share of the requests that SageMaker copies."""


class ShadowExperimentSettings(ModelSettings, InstanceSettings):
    """A new model next to the endpoint's own for some time, to compare their answers."""

    name: Annotated[Name, Field(max_length=20)]
    """The experiment is called `<environment>-<endpoint>-<name>`."""
    sampling_percentage: Percentage = 100
    """Share of the requests that SageMaker copies."""
    start: UtcTime | None = None
    """Start time. Defaults to the time of the deployment."""
    end: UtcTime | None = None
    """End time. Defaults to a week after the start."""
    desired_state: Literal["running", "completed", "cancelled"] = "running"
    """Whether the experiment runs. Ended experiments stay in the file until you remove them."""
    keep_results: bool = True
    """Whether requests and both responses are stored in the bucket of captured data."""

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise validation_error(
                f"must be later than start ({self.start})", at="end", value=self.end
            )
        if self.start is not None and self.end is not None:
            # SageMaker API reference, InferenceExperimentSchedule.
            length = datetime.fromisoformat(self.end) - datetime.fromisoformat(self.start)
            if length > timedelta(days=30):
                raise validation_error(
                    f"must be at most 30 days after start ({self.start})", at="end", value=self.end
                )
        if self.instance_pools:
            raise validation_error(
                "must be one type in an experiment. Set instance_type",
                at="instance_pools",
                value=self.instance_pools,
            )
        return self


class RealTimeSettings(MonitoredSettings, InstanceEndpointSettings, ModelSettings):
    """A real-time endpoint of one model, or of several that divide the requests."""

    type: Literal["real_time"] = "real_time"
    """A real-time endpoint on dedicated instances."""
    weight: Annotated[float, Field(ge=0, le=1_000_000)] = 1
    """Share of the requests, relative to the weights of `variants`."""
    variants: Annotated[list[VariantSettings], Field(max_length=9)] = []
    """Additional models. Each gets a share of the requests."""
    shadow: ShadowSettings | None = None
    """A shadow model that gets copies of requests."""
    shadow_experiment: ShadowExperimentSettings | None = None
    """A shadow model for a limited time, which SageMaker adds and removes."""
    network_isolation: bool | None = None
    """Whether the container has no network access, not even to AWS. Defaults to the value of the
    model's hub, or to false."""
    explainer: ExplainerSettings | None = None
    """Online explanations with SageMaker Clarify. Optional."""

    @model_validator(mode="after")
    def _check_experiment(self) -> Self:
        experiment = self.shadow_experiment
        if experiment is None:
            return self
        experiment.check_placement(experiment.instance_types, at="shadow_experiment")
        if experiment.fast_model_loader is not None:
            raise validation_error(
                (
                    "must be omitted in a shadow experiment, which compares the model as it "
                    "is. Remove the block"
                ),
                at="shadow_experiment.fast_model_loader",
                value=experiment.fast_model_loader.max_hours,
            )
        for key in ("variants", "shadow", "autoscaling", "instance_pools"):
            if getattr(self, key):
                raise validation_error(
                    (
                        f"must not be combined with {key}, because SageMaker compares two "
                        "variants of fixed size. Remove one of them"
                    ),
                    at="shadow_experiment.name",
                    value=experiment.name,
                )
        if self.data_capture and self.data_capture.redaction and experiment.keep_results:
            raise validation_error(
                (
                    "must be false with data_capture.redaction, because the experiment stores "
                    "requests without redaction"
                ),
                at="shadow_experiment.keep_results",
                value=True,
            )
        check_disks(self, [experiment], at="shadow_experiment.instance_type")
        self._check_experiment_host(experiment)
        return self

    def _check_experiment_host(self, experiment: ShadowExperimentSettings) -> None:
        """Refuse an experiment that needs an AMI: SageMaker takes none for it.

        Source: API reference, ``RealTimeInferenceConfig``: instance type and count only.
        """
        check_host(experiment, [experiment], at="shadow_experiment.")
        models: list[tuple[str, RealTimeSettings | ShadowExperimentSettings]] = [
            ("", self),
            ("shadow_experiment.", experiment),
        ]
        for at, model in models:
            ami = host_ami(model, [model]) if model.lock is not None else None
            if ami is not None:
                raise validation_error(
                    f"requires the host {ami}, which SageMaker does not support for "
                    "experiments. Choose an image or an instance type that starts on the "
                    "default host, or replace shadow_experiment with shadow",
                    at=f"{at}instance_type",
                    value=model.instance_type,
                )

    @model_validator(mode="after")
    def _check_variants(self) -> Self:
        isolated = is_isolated(self.network_isolation, self, [self])
        self.check_placement(self.instance_types, isolated=isolated)
        for index, variant in enumerate(self.variants):
            variant.check_placement(
                variant.instance_types, isolated=isolated, at=f"variants.{index}"
            )
        if self.shadow is not None:
            self.shadow.check_placement(self.shadow.instance_types, isolated=isolated, at="shadow")
        check_host(self, [self])
        for index, variant in enumerate(self.variants):
            check_host(variant, [variant], at=f"variants.{index}.")
        if self.shadow is not None:
            check_host(self.shadow, [self.shadow], at="shadow.")
        if self.variants and self.shadow is not None:
            raise validation_error(
                (
                    "must not be combined with a shadow, because SageMaker copies only the "
                    "requests of a single variant. Remove one of them"
                ),
                at="variants",
                value=[variant.name for variant in self.variants],
            )
        if not self.variants and "weight" in self.model_fields_set:
            raise validation_error(
                "must be omitted without variants. Remove the line", at="weight", value=self.weight
            )
        refuse_repeated([v.name for v in self.variants], what="variant", at="variants")
        if self.variants and self.weight + sum(v.weight for v in self.variants) == 0:
            raise validation_error(
                "must leave at least one variant with a weight above 0",
                at="weight",
                value=self.weight,
            )
        fewest = [
            check_capacity(variant, variant.autoscaling, at=f"variants.{index}.")
            for index, variant in enumerate(self.variants)
        ]
        others: list[InstanceSettings] = [*self.variants, *([self.shadow] if self.shadow else [])]
        if others:
            check_deployment(
                self.deployment,
                fewest=min([*fewest, 2]),
                types=[name for other in others for name in other.instance_types],
                variants=1 + len(others),
            )
        check_disks(self, others, at="variants" if self.variants else "shadow")
        return self

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below the endpoint."""
        yield "", self
        for index, variant in enumerate(self.variants):
            yield f".variants.{index}", variant
        if self.shadow is not None:
            yield ".shadow", self.shadow
        if self.shadow_experiment is not None:
            yield ".shadow_experiment", self.shadow_experiment


def check_disks(one: InstanceSettings, others: Sequence[InstanceSettings], *, at: str) -> None:
    """Refuse instances with local disks among others: they share a configuration.

    Its key is for all volumes or for none.
    """
    first = has_local_storage(one.instance_types[0])
    for other in others:
        if has_local_storage(other.instance_types[0]) is not first:
            raise validation_error(
                f"must have local disks if and only if {one.instance_types[0]} has, because "
                "all volumes of an endpoint have the same encryption key, or no key",
                at=at,
                value=other.instance_types[0],
            )
