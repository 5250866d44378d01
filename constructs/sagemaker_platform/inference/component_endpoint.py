"""Inference components: several models that share an endpoint's instances."""

from collections.abc import Sequence
from dataclasses import replace

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each, require_some
from sagemaker_platform.foundation import put_statement
from sagemaker_platform.inference.alarms import AlarmGroup, EndpointAlarms
from sagemaker_platform.inference.autoscaling import CopyAutoscaling
from sagemaker_platform.inference.component import Adapter, Component, InstanceScaling
from sagemaker_platform.inference.cross_region_cap import CrossRegionCap
from sagemaker_platform.inference.dashboard import EndpointDashboard, show_component
from sagemaker_platform.inference.data_capture import DataCapture
from sagemaker_platform.inference.deployment import TrafficShift
from sagemaker_platform.inference.endpoint import (
    Endpoint,
    EndpointContext,
    EndpointMetrics,
)
from sagemaker_platform.inference.instances import Instances
from sagemaker_platform.inference.model import (
    Model,
    Runner,
    make_runner,
    models_by_type,
    read_data,
)
from sagemaker_platform.inference.named_endpoint import VARIANT

_Component = sagemaker.CfnInferenceComponent


@checks_types
class ComponentEndpoint(Endpoint):
    """An endpoint whose instances are shared by inference components.

    Each component scales by itself, up to the instances' limit, and is updated by itself, in
    batches that are taken back when its alarms go off. A change of the instances replaces
    them as ``traffic_shift`` says.

    CloudFormation gives a component the number of copies at first; whether an update of
    another property sets it again is not documented. Where it does, autoscaling corrects
    it.

    Args:
        name: name of the endpoint, unique in account and region.
        components: the models.
        instances: what they share.
        context: network, key, topic and so on.
        scaling: if omitted, the number of instances is fixed.
        network_isolation: the containers reach nothing.
        data_capture: if omitted, requests are not kept.
        traffic_shift: how a change of the instances moves the traffic.
        metrics: metrics to publish. Defaults to SageMaker's default metrics.

    Attributes:
        components: the components by their full names.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        components: Sequence[Component],
        instances: Instances,
        context: EndpointContext,
        scaling: InstanceScaling | None = None,
        network_isolation: bool = False,
        data_capture: DataCapture | None = None,
        traffic_shift: TrafficShift | None = None,
        metrics: EndpointMetrics | None = None,
        cross_region_cap: CrossRegionCap | None = None,
    ) -> None:
        require_some("components", components)
        require_each("components", components, Component)
        super().__init__(scope, id, name=name, context=context)
        for component in components:
            full_name = f"{name}-{component.name}"
            if len(full_name) > 63:
                raise ValueError(f"expected names of at most 63 characters, got {full_name}")
        components = [
            replace(
                component,
                source=self._sharded(
                    f"FastModelLoader-{component.name}",
                    component.source,
                    name=f"{name}-{component.name}",
                ),
            )
            for component in components
        ]
        self._runner = self._run(components, data_capture)
        assert self._runner.security_group is not None
        configuration = self._configure(
            variants=[
                instances.to_property(
                    VARIANT, model_name=None, scaling=scaling.to_property() if scaling else None
                )
            ],
            instances=[instances],
            metrics=metrics,
            cap=cross_region_cap,
            role=self._runner.role,
            vpc_config={
                "securityGroupIds": [self._runner.security_group.security_group_id],
                "subnets": list(self._runner.subnet_ids),
            },
            enable_network_isolation=True if network_isolation else None,
            data_capture_config=(
                data_capture.to_property(name, context.key) if data_capture else None
            ),
        )
        groups = {
            component.name: self._alarms(component, gpus=instances.gpus) for component in components
        }
        self._alarm_groups, self._gpus = list(groups.values()), instances.gpus
        self._shown = components
        self.resource = self._serve(
            configuration,
            deployment=(traffic_shift or TrafficShift()).to_property(
                # The first of each component, before others.
                [name for group in groups.values() for name in group.alarm_names[:1]],
            ),
            roles=[self._runner.role],
            # There is nothing to retain: the instances follow the copies.
            retain=False,
        )
        self.components: dict[str, sagemaker.CfnInferenceComponent] = {}
        for component in components:
            self._add(component, groups[component.name], network_isolation=network_isolation)

    def invoke_statements(self) -> list[iam.PolicyStatement]:
        """Return what a role needs to call the components of this endpoint."""
        [allow] = super().invoke_statements()
        return [
            iam.PolicyStatement(
                actions=allow.actions,
                resources=[
                    *allow.resources,
                    *(self._arn("inference-component", name) for name in self.components),
                ],
            )
        ]

    def _show(self, dashboard: EndpointDashboard) -> None:
        for component in self._shown:
            show_component(
                dashboard,
                component_name=f"{self.name}-{component.name}",
                gpus=self._gpus,
                usd_per_hour=component.usd_per_hour,
            )

    def _run(self, components: Sequence[Component], data_capture: DataCapture | None) -> Runner:
        self._log_groups = {
            one.name: self._make_log_group(f"LogGroup-{one.name}", self._log_group_of(one))
            for one in components
        }
        context = self.context
        return make_runner(
            self,
            sources=[
                source
                for component in components
                for source in (component.source, *component.source_by_type.values())
            ],
            network=context.network,
            key=context.key,
            log_group_names=[
                self.log_group_name,
                *(self._log_group_of(component) for component in components),
            ],
            statements=[
                *(
                    statement
                    for component in components
                    for adapter in component.adapters
                    for statement in read_data(self, adapter.data, adapter.data_key_arn)
                ),
                *([put_statement(data_capture.bucket, self.name)] if data_capture else ()),
            ],
            what="the components of",
        )

    def _log_group_of(self, component: Component) -> str:
        return f"/aws/sagemaker/InferenceComponents/{self.name}-{component.name}"

    def _alarms(self, component: Component, *, gpus: int) -> AlarmGroup:
        name = f"{self.name}-{component.name}"
        settings = component.alarms or EndpointAlarms()
        group = AlarmGroup(
            self,
            f"Alarms-{component.name}",
            subject=name,
            dimensions={"InferenceComponentName": name},
            topic=self.context.alarm_topic,
        )
        group.server_errors(settings)
        group.latency(settings)
        scaling = component.autoscaling
        # Who lets the copies go to zero is not told when none is there.
        if settings.no_capacity and (scaling is None or not scaling.scale_to_zero):
            group.add(
                "NoCapacity",
                metric="NoCapacityInvocationFailures",
                statistic="Sum",
                threshold=0,
                datapoints=2,
                meaning="requests find no copy of the model",
                watched=False,
            )
        if gpus and settings.accelerator_memory_percent is not None:
            group.add(
                "AcceleratorMemory",
                metric="GPUMemoryUtilizationNormalized",
                namespace="/aws/sagemaker/InferenceComponents",
                statistic="Maximum",
                threshold=settings.accelerator_memory_percent,
                datapoints=3,
                meaning="the GPUs have hardly any memory left",
                # Servers of language models fill the memory by design.
                watched=False,
            )
        return group

    def _add(self, component: Component, alarms: AlarmGroup, *, network_isolation: bool) -> None:
        name = f"{self.name}-{component.name}"
        model = Model(
            self,
            f"Model-{component.name}",
            sources=[component.source],
            runner=self._runner,
            network_isolation=network_isolation,
        )
        model_name = model.resource.attr_model_name
        by_type = component.compute_by_type
        overrides = models_by_type(
            self,
            f"Model-{component.name}",
            {name: [source] for name, source in component.source_by_type.items()},
            runner=self._runner,
            network_isolation=network_isolation,
        )
        compute, placement = component.compute, component.placement
        scheduling = placement.to_property() if placement else None
        resource = _Component(
            self,
            f"Component-{component.name}",
            inference_component_name=name,
            endpoint_name=self.resource.attr_endpoint_name,
            variant_name=VARIANT,
            runtime_config={"copyCount": component.copies},
            specification=None
            if by_type
            else _Component.InferenceComponentSpecificationProperty(
                model_name=model_name,
                compute_resource_requirements=compute.to_property() if compute else None,
                data_cache_config={"enableCaching": component.cache_data},
                scheduling_config=scheduling,
                startup_parameters=component.to_startup_property(),
            ),
            specifications=[
                _Component.InferenceComponentSpecificationForInstanceTypeProperty(
                    instance_type=instance_type,
                    model_name=overrides.get(instance_type, model_name),
                    compute_resource_requirements=of_type.to_property(),
                    data_cache_config={"enableCaching": component.cache_data},
                    scheduling_config=scheduling,
                    startup_parameters=component.to_startup_property(),
                )
                for instance_type, of_type in by_type
            ]
            or None,
            deployment_config=(component.traffic_shift or TrafficShift()).to_component_property(
                alarms.alarm_names
            ),
        )
        resource.add_resource_dependency(self._log_groups[component.name])
        self.components[name] = resource
        for adapter in component.adapters:
            self._adapt(component, resource, adapter)
        if component.autoscaling is not None:
            CopyAutoscaling(
                self,
                f"Autoscaling-{component.name}",
                component_name=name,
                settings=component.autoscaling,
                after=[resource],
                adapters=[adapter.name for adapter in component.adapters],
            )

    def _adapt(
        self,
        component: Component,
        base: sagemaker.CfnInferenceComponent,
        adapter: Adapter,
    ) -> None:
        base_name = f"{self.name}-{component.name}"
        name = f"{base_name}-{adapter.name}"
        if len(name) > 63:
            raise ValueError(f"expected names of at most 63 characters, got {name}")
        resource = _Component(
            self,
            f"Adapter-{component.name}-{adapter.name}",
            inference_component_name=name,
            endpoint_name=self.resource.attr_endpoint_name,
            specification=_Component.InferenceComponentSpecificationProperty(
                base_inference_component_name=base_name,
                container=_Component.InferenceComponentContainerSpecificationProperty(
                    artifact_url=adapter.data
                ),
            ),
        )
        # It is named by its name, and goes before it.
        resource.add_resource_dependency(base)
        self.components[name] = resource
