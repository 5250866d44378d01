"""Turns settings into what the constructs take."""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import aws_iam as iam

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.inference import (
    Adapter,
    Autoscaling,
    Component,
    Compute,
    CustomMetric,
    DataCapture,
    EndpointAlarms,
    EndpointMetrics,
    ExperimentTimes,
    Instances,
    InstanceScaling,
    Invoker,
    Notifications,
    Placement,
    Routing,
    ScheduledCapacity,
    Serverless,
    Step,
    StepScaling,
    TrafficShift,
    TransformInput,
    TransformOutput,
    TransformRequests,
    Variant,
)
from sagemaker_platform.offerings import find_instance_type, hosting_price
from stacks.inference.asynchronous import AsynchronousAlarmSettings, NotificationSettings
from stacks.inference.capture import DataCaptureSettings
from stacks.inference.common import (
    ComponentDeploymentSettings,
    DeploymentSettings,
    InstanceAlarmSettings,
    InvokerSettings,
    MetricsSettings,
)
from stacks.inference.components import (
    ComponentSettings,
    ComputeSettings,
    InferenceComponentsSettings,
)
from stacks.inference.instances import InstanceSettings
from stacks.inference.models import ModelSettings
from stacks.inference.real_time import (
    MultiContainerSettings,
    MultiModelSettings,
    RealTimeSettings,
    ShadowExperimentSettings,
    ShadowSettings,
)
from stacks.inference.scaling import (
    AutoscalingSettings,
    BacklogScalingSettings,
    ConcurrencyScalingSettings,
    CopyScalingSettings,
    MetricSettings,
    ScalingSettings,
)
from stacks.inference.serverless import ServerlessAlarmSettings, ServerlessSettings
from stacks.inference.sources import source_of
from stacks.inference.transforms import (
    TransformInputSettings,
    TransformOutputSettings,
    TransformRequestSettings,
)


def instances_of(
    settings: InstanceSettings, model: ModelSettings | None = None, *, region: str | None
) -> Instances:
    """Return the instances of a variant.

    Args:
        settings: the instances.
        model: what runs on them; a large model has times of its own.
        region: for their list price; None, if there is none.
    """
    routing = settings.routing
    plan = model.plan(settings.instance_types) if model else None
    return Instances(
        types=settings.instance_types,
        count=settings.instance_count,
        gpus=_gpus(settings.instance_types),
        usd_per_hour=_price(settings, region),
        volume_size_gb=settings.volume_size_gb,
        provision_timeout_seconds=settings.provision_timeout_seconds,
        model_data_download_timeout_seconds=settings.model_data_download_timeout_seconds
        or (plan.model_data_download_timeout_seconds if plan else None),
        container_startup_timeout_seconds=settings.container_startup_timeout_seconds
        or (plan.container_startup_timeout_seconds if plan else None),
        ami_version=settings.inference_ami_version,
        routing=None
        if routing is None
        else Routing(
            strategy=routing.strategy.upper(),  # type: ignore[arg-type]
            prefix_length=routing.prefix_length,
            concurrency_threshold=routing.concurrency_threshold,
        ),
        capacity_reservation_arn=settings.capacity_reservation_arn,
    )


def _gpus(types: Sequence[str]) -> int:
    """Return the number of GPUs of an instance, if it is the same for all types."""
    found = [find_instance_type(name) for name in types]
    counts = {one.accelerators if one.kind == "gpu" else 0 for one in found}
    return counts.pop() if len(counts) == 1 else 0


def _price(settings: InstanceSettings, region: str | None) -> float | None:
    """Return the price of an instance, if it is known and there is one type."""
    if settings.usd_per_hour is not None or region is None or settings.instance_type is None:
        return settings.usd_per_hour
    return hosting_price(settings.instance_type, region)


def _price_of_copy(
    endpoint: InferenceComponentsSettings, compute: Compute | None, region: str
) -> float | None:
    """Return the price of what one copy has of an instance, by what it has most of."""
    price = _price(endpoint, region)
    if price is None or compute is None or endpoint.instance_type is None:
        return None
    whole = find_instance_type(endpoint.instance_type)
    share = max(
        (compute.accelerators or 0) / (whole.accelerators or 1),
        (compute.cpu_cores or 0) / whole.vcpus,
        compute.min_memory_mb / (whole.memory_gib * 1024),
    )
    return price * min(share, 1)


def autoscaling_of(settings: ScalingSettings | None) -> Autoscaling | None:
    """Return what moves a capacity, whatever it is a capacity of."""
    if settings is None:
        return None
    tracked: dict[str, float | None] = {}
    match settings:
        case AutoscalingSettings():
            tracked = {
                "invocations": settings.invocations_per_instance,
                "concurrent_requests": settings.concurrent_requests_per_instance,
            }
        case CopyScalingSettings():
            tracked = {
                "invocations": settings.invocations_per_copy,
                "concurrent_requests": settings.concurrent_requests_per_copy,
            }
        case BacklogScalingSettings():
            tracked = {"backlog": settings.backlog_per_instance}
        case ConcurrencyScalingSettings():
            percent = settings.utilization_percent
            tracked = {"utilization": None if percent is None else percent / 100}
    custom, steps = settings.custom_metric, settings.steps
    return Autoscaling(
        min_capacity=settings.least,
        max_capacity=settings.most,
        **tracked,  # type: ignore[arg-type]
        custom_metric=None if custom is None else _metric(custom.metric),
        custom_target=None if custom is None else custom.target,
        schedules=[ScheduledCapacity(**one.model_dump()) for one in settings.schedules],
        steps=None
        if steps is None
        else StepScaling(
            metric=_metric(steps.metric),
            threshold=steps.threshold,
            steps=[Step(above=step.above, change=step.change) for step in steps.steps],
            cooldown_seconds=steps.cooldown_seconds,
        ),
        scale_to_zero=settings.scale_to_zero,
        scale_in_cooldown_seconds=settings.scale_in_cooldown_seconds,
        scale_out_cooldown_seconds=settings.scale_out_cooldown_seconds,
    )


def _metric(settings: MetricSettings) -> CustomMetric:
    return CustomMetric(**settings.model_dump())


def data_capture_of(settings: DataCaptureSettings, bucket: DataBucket) -> DataCapture:
    """Return what is kept of requests and responses."""
    return DataCapture(
        bucket=bucket,
        sampling_percentage=settings.sampling_percentage,
        csv_content_types=settings.csv_content_types,
        json_content_types=settings.json_content_types,
        requests=settings.capture != "responses",
        responses=settings.capture != "requests",
    )


def alarms_of(
    settings: InstanceAlarmSettings | ServerlessAlarmSettings | AsynchronousAlarmSettings,
) -> EndpointAlarms:
    """Return thresholds."""
    match settings:
        case AsynchronousAlarmSettings():
            return EndpointAlarms(
                server_errors_per_minute=settings.failures_per_minute,
                oldest_request_seconds=settings.oldest_request_seconds,
                accelerator_memory_percent=settings.accelerator_memory_percent,
            )
    return EndpointAlarms(**settings.model_dump())


def traffic_shift_of(settings: DeploymentSettings | ComponentDeploymentSettings) -> TrafficShift:
    """Return how an update replaces what runs."""
    return TrafficShift(**settings.model_dump(exclude_none=True))


def metrics_of(settings: MetricsSettings | None) -> EndpointMetrics | None:
    """Return further metrics."""
    return None if settings is None else EndpointMetrics(**settings.model_dump())


def variants_of(
    endpoint: RealTimeSettings | MultiModelSettings | MultiContainerSettings, *, region: str
) -> list[Variant]:
    """Return the variants of an endpoint that answers at once."""
    scaling, types = autoscaling_of(endpoint.autoscaling), endpoint.instance_types
    match endpoint:
        case MultiContainerSettings():
            return [
                Variant(
                    sources=[
                        source_of(one, types, share_instance=True, hostname=one.name)
                        for one in endpoint.containers
                    ],
                    invocation="Direct" if endpoint.invocation == "direct" else "Serial",
                    instances=instances_of(endpoint, region=region),
                    autoscaling=scaling,
                )
            ]
        case MultiModelSettings():
            return [
                Variant(
                    sources=[source_of(endpoint, cache_models=endpoint.cache_models)],
                    multi_model=True,
                    instances=instances_of(endpoint, region=region),
                    autoscaling=scaling,
                )
            ]
    return [
        Variant(
            sources=[source_of(endpoint, types)],
            instances=instances_of(endpoint, endpoint, region=region),
            weight=endpoint.weight,
            autoscaling=scaling,
        ),
        *(
            Variant(
                name=variant.name,
                sources=[source_of(variant, variant.instance_types)],
                instances=instances_of(variant, variant, region=region),
                weight=variant.weight,
                autoscaling=autoscaling_of(variant.autoscaling),
            )
            for variant in endpoint.variants
        ),
    ]


def shadow_of(settings: ShadowSettings | None, *, region: str) -> Variant | None:
    """Return the variant that gets copies of requests."""
    if settings is None:
        return None
    return Variant(
        name="shadow",
        sources=[source_of(settings, settings.instance_types)],
        instances=instances_of(settings, settings, region=region),
        # Relative to the weight of the variant that it follows, which is 1.
        weight=settings.sampling_percentage / 100,
    )


def notifications_of(settings: NotificationSettings | None) -> Notifications | None:
    """Return who is told of results."""
    if settings is None:
        return None
    return Notifications(
        topics=settings.sns,
        with_response=settings.include_response,
        events=settings.eventbridge,
    )


def serverless_of(settings: ServerlessSettings) -> Serverless:
    """Return what a serverless endpoint has in place of instances."""
    return Serverless(
        memory_mb=settings.memory_mb,
        max_concurrency=settings.max_concurrency,
        provisioned_concurrency=settings.provisioned_concurrency,
        usd_per_gb_second=settings.usd_per_gb_second,
    )


def instance_scaling_of(settings: InferenceComponentsSettings) -> InstanceScaling | None:
    """Return how instances come and go with copies."""
    scaling = settings.instance_scaling
    if scaling is None:
        return None
    release = scaling.scale_in
    return InstanceScaling(
        min_instances=settings.least,
        max_instances=scaling.max_instances,
        scale_in=release.strategy.upper() if release else None,  # type: ignore[arg-type]
        max_step=release.max_step if release else None,
        cooldown_minutes=release.cooldown_minutes if release else None,
    )


def component_of(
    settings: ComponentSettings, endpoint: InferenceComponentsSettings, *, region: str
) -> Component:
    """Return a component.

    Args:
        settings: the component.
        endpoint: what it runs on.
        region: for the list price of an instance.
    """
    types, placement = endpoint.instance_types, settings.placement
    plan = settings.plan(types, share_instance=True)
    by_type = [(one.instance_type, _compute(one)) for one in settings.compute_by_type]
    if settings.compute is None and not by_type:
        by_type = [(name, _planned(settings, name)) for name in types]
    compute = None if settings.compute is None else _compute(settings.compute)
    if len(by_type) == 1:
        [(_, compute)], by_type = by_type, []
    return Component(
        name=settings.name,
        source=source_of(settings, types, share_instance=True),
        compute=compute,
        compute_by_type=by_type,
        copies=settings.copies,
        usd_per_hour=_price_of_copy(endpoint, compute, region),
        cache_data=settings.cache_data,
        placement=None
        if placement is None
        else Placement(
            strategy=placement.strategy.upper(),  # type: ignore[arg-type]
            max_zone_imbalance=placement.max_zone_imbalance,
        ),
        model_data_download_timeout_seconds=settings.model_data_download_timeout_seconds
        or (plan.model_data_download_timeout_seconds if plan else None),
        container_startup_timeout_seconds=settings.container_startup_timeout_seconds
        or (plan.container_startup_timeout_seconds if plan else None),
        autoscaling=autoscaling_of(settings.autoscaling),
        adapters=[
            Adapter(name=one.name, data=one.model_data, data_key_arn=one.model_data_key_arn)
            for one in settings.adapters
        ],
        alarms=alarms_of(settings.alarms),
        traffic_shift=traffic_shift_of(settings.deployment),
    )


def _planned(settings: ComponentSettings, instance_type: str) -> Compute:
    """Return what a copy of a large model gets of an instance."""
    plan = settings.plan([instance_type], share_instance=True)
    assert plan is not None
    return Compute(
        min_memory_mb=plan.min_memory_mib,
        accelerators=plan.tensor_parallel_degree,
        # AWS advises none beside Fast Model Loader, in ``sagemaker-serve``.
        cpu_cores=None if settings.fast_model_loader else plan.cpu_cores,
    )


def _compute(settings: ComputeSettings) -> Compute:
    return Compute(
        min_memory_mb=settings.min_memory_mb,
        max_memory_mb=settings.max_memory_mb,
        accelerators=settings.accelerators,
        cpu_cores=settings.cpu_cores,
    )


def times_of(settings: ShadowExperimentSettings) -> ExperimentTimes:
    """Return when an experiment runs."""
    return ExperimentTimes(
        start=settings.start,
        end=settings.end,
        state=settings.desired_state.title(),  # type: ignore[arg-type]
    )


def invoker_of(settings: InvokerSettings) -> Invoker:
    """Return who may call an endpoint."""
    principal: iam.IPrincipal
    if settings.role_arn is not None:
        principal = iam.ArnPrincipal(settings.role_arn)
    else:
        principal = iam.AccountPrincipal(settings.account)
    return Invoker(name=settings.name, principal=principal)


def input_of(settings: TransformInputSettings) -> TransformInput:
    """Return what a batch transform reads."""
    splits: dict[str, Literal["Line", "RecordIO", "TFRecord"] | None] = {
        "none": None,
        "line": "Line",
        "recordio": "RecordIO",
        "tfrecord": "TFRecord",
    }
    return TransformInput(
        uri=settings.uri,
        manifest=settings.type == "manifest",
        key_arn=settings.key_arn,
        content_type=settings.content_type,
        compressed=settings.compression == "gzip",
        split=splits[settings.split_type],
    )


def output_of(settings: TransformOutputSettings, bucket: DataBucket) -> TransformOutput:
    """Return what a batch transform writes."""
    return TransformOutput(
        bucket=bucket,
        accept=settings.accept,
        lines=settings.assemble_with == "line",
        joined=settings.join_source == "input",
        input_filter=settings.input_filter,
        output_filter=settings.output_filter,
    )


def requests_of(settings: TransformRequestSettings) -> TransformRequests:
    """Return how a batch transform calls its container."""
    strategy = settings.batch_strategy
    return TransformRequests(
        many_records=None if strategy is None else strategy == "multi_record",
        max_payload_mb=settings.max_payload_mb,
        max_concurrent=settings.max_concurrent_transforms,
        timeout_seconds=settings.timeout_seconds,
        max_retries=settings.max_retries,
    )
