"""A real-time endpoint: one model, several side by side, or one in the shadow of another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each, require_one_of, require_some
from sagemaker_platform.foundation import put_statement
from sagemaker_platform.inference.alarms import AlarmGroup, EndpointAlarms, instance_alarms
from sagemaker_platform.inference.autoscaling import Autoscaling, VariantAutoscaling
from sagemaker_platform.inference.cross_region_cap import CrossRegionCap
from sagemaker_platform.inference.dashboard import EndpointDashboard, show_instances, show_loading
from sagemaker_platform.inference.data_capture import DataCapture
from sagemaker_platform.inference.deployment import TrafficShift
from sagemaker_platform.inference.endpoint import (
    Endpoint,
    EndpointContext,
    EndpointMetrics,
)
from sagemaker_platform.inference.explainer import Explainer
from sagemaker_platform.inference.instances import Instances
from sagemaker_platform.inference.model import (
    Invocation,
    Model,
    ModelSource,
    models_by_type,
    read_data,
)
from sagemaker_platform.inference.named_endpoint import VARIANT


@checks_types
@dataclass(frozen=True, kw_only=True)
class Variant:
    """A model and the instances that serve it.

    Args:
        name: name of the variant. An update keeps it: SageMaker moves no traffic between
            variants of different names.
        sources: one container, or several that share the instances.
        sources_by_type: the containers on instance types that need others, such as another
            degree of tensor parallelism (AWS: ``InstancePool``, ModelNameOverride).
        multi_model: the container loads models from below its data's prefix on demand.
        invocation: of several containers: ``Serial``, or ``Direct``.
        instances: what the model runs on.
        weight: share of the requests, relative to the weights of the other variants; of a
            shadow, relative to that of the variant it follows.
        autoscaling: if omitted, the number of instances is fixed.
    """

    name: str = VARIANT
    sources: Sequence[ModelSource]
    sources_by_type: Mapping[str, Sequence[ModelSource]] = field(default_factory=dict)
    multi_model: bool = False
    invocation: Invocation = "Serial"
    instances: Instances
    weight: float = 1
    autoscaling: Autoscaling | None = None

    def __post_init__(self) -> None:
        require_some("sources", self.sources)
        require_each("sources", self.sources, ModelSource)
        require_one_of("invocation", self.invocation, Invocation)


@checks_types
class RealTimeEndpoint(Endpoint):
    """An encrypted endpoint in the VPC that scales, watches itself, and rolls back.

    An update starts new instances, moves the traffic, and moves it back when an alarm of
    the endpoint goes off. The number of instances that autoscaling has reached is kept.
    Changing the instance type of a scaled variant is refused by SageMaker while
    autoscaling is registered (AWS: "Update endpoints that use auto scaling"): turn
    ``autoscaling`` off, deploy, change.

    Args:
        name: name of the endpoint, unique in account and region; clients call it.
        variants: one, or several among which the requests are divided by weight.
        context: network, key, topic and so on.
        shadow: gets copies of requests, and its responses are discarded; only with a single
            variant (AWS: ``CreateEndpointConfig``, ShadowProductionVariants).
        network_isolation: the containers reach nothing.
        data_capture: if omitted, requests are not kept.
        explainer: explains answers. Defaults to no explanations.
        alarms: thresholds.
        traffic_shift: how an update moves the traffic.
        metrics: metrics to publish. Defaults to SageMaker's default metrics.
        cross_region_cap: cap on requests from routers of other regions. Defaults to no cap.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        variants: Sequence[Variant],
        context: EndpointContext,
        shadow: Variant | None = None,
        network_isolation: bool = False,
        data_capture: DataCapture | None = None,
        explainer: Explainer | None = None,
        alarms: EndpointAlarms | None = None,
        traffic_shift: TrafficShift | None = None,
        metrics: EndpointMetrics | None = None,
        cross_region_cap: CrossRegionCap | None = None,
    ) -> None:
        require_some("variants", variants)
        require_each("variants", variants, Variant)
        super().__init__(scope, id, name=name, context=context)
        if shadow is not None and len(variants) > 1:
            raise ValueError(f"expected one variant with a shadow, got {len(variants)}")
        self.models: dict[str, Model] = {}
        properties = []
        for variant in [*variants, *([shadow] if shadow else [])]:
            model = Model(
                self,
                _id("Model", variant),
                sources=[
                    self._sharded(
                        _id("FastModelLoader", variant),
                        source,
                        name=name if variant.name == VARIANT else f"{name}-{variant.name}",
                    )
                    for source in variant.sources
                ],
                multi_model=variant.multi_model,
                invocation=variant.invocation,
                network=context.network,
                key=context.key,
                log_group_name=self.log_group_name,
                network_isolation=network_isolation,
                runner_sources=[one for of in variant.sources_by_type.values() for one in of],
                statements=[
                    *([put_statement(data_capture.bucket, name)] if data_capture else ()),
                    *(read_data(self, explainer.shap_baseline_uri, None) if explainer else ()),
                ],
            )
            self.models[variant.name] = model
            properties.append(
                variant.instances.to_property(
                    variant.name,
                    model_name=model.resource.attr_model_name,
                    weight=variant.weight,
                    models_by_type=models_by_type(
                        self,
                        _id("Model", variant),
                        variant.sources_by_type,
                        runner=model.runner,
                        invocation=variant.invocation,
                        network_isolation=network_isolation,
                    ),
                )
            )
        configuration = self._configure(
            variants=properties[: len(variants)],
            instances=[v.instances for v in [*variants, *([shadow] if shadow else [])]],
            metrics=metrics,
            cap=cross_region_cap,
            shadow_production_variants=properties[len(variants) :] or None,
            data_capture_config=(
                data_capture.to_property(name, context.key) if data_capture else None
            ),
            explainer_config=explainer.to_property() if explainer else None,
        )
        groups = [
            instance_alarms(
                self,
                _id("Alarms", variant),
                endpoint_name=name,
                variant_name=variant.name,
                gpus=variant.instances.gpus,
                settings=alarms or EndpointAlarms(),
                topic=context.alarm_topic,
                configuration_name=configuration,
            )
            for variant in variants
        ]
        self._alarm_groups, self._variants = groups, variants
        self.resource = self._serve(
            configuration,
            deployment=(traffic_shift or TrafficShift()).to_property(_watched(groups)),
            roles=[model.runner.role for model in self.models.values()],
            retain=any(variant.autoscaling for variant in variants),
            several=len(variants) > 1,
        )
        for variant in variants:
            if variant.autoscaling is not None:
                VariantAutoscaling(
                    self,
                    _id("Autoscaling", variant),
                    endpoint_name=self.resource.attr_endpoint_name,
                    variant_name=variant.name,
                    settings=variant.autoscaling,
                )

    def _show(self, dashboard: EndpointDashboard) -> None:
        for variant in self._variants:
            show_instances(
                dashboard,
                endpoint_name=self.name,
                variant_name=variant.name,
                gpus=variant.instances.gpus,
                usd_per_hour=variant.instances.usd_per_hour,
            )
            if variant.multi_model:
                show_loading(dashboard, endpoint_name=self.name, variant_name=variant.name)


def _id(kind: str, variant: Variant) -> str:
    """Return the id of a part of a variant; that of the usual one says nothing of it."""
    return kind if variant.name == VARIANT else f"{kind}-{variant.name}"


def _watched(groups: Sequence[AlarmGroup]) -> list[str]:
    """Return the alarms that an update watches, the first of each variant before others."""
    most = max(len(group.alarm_names) for group in groups)
    return [
        group.alarm_names[index]
        for index in range(most)
        for group in groups
        if index < len(group.alarm_names)
    ]
