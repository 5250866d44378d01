"""Turns settings into what the constructs take."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aws_cdk import aws_s3 as s3

from sagemaker_platform.catalog import find_instance_type, hosting_price
from sagemaker_platform.foundation import Metric
from sagemaker_platform.inference import (
    Autoscaling,
    Component,
    DataCapture,
    EndpointAlarms,
    EndpointMetrics,
    ExperimentTimes,
    Explainer,
    Instances,
    Notifications,
    Routing,
    ScheduledCapacity,
    Serverless,
    Step,
    StepScaling,
    TrafficShift,
    Variant,
)
from stacks.inference.asynchronous_settings import AsynchronousAlarmSettings, NotificationSettings
from stacks.inference.capture_settings import DataCaptureSettings
from stacks.inference.common_settings import (
    ComponentDeploymentSettings,
    DeploymentSettings,
    InstanceAlarmSettings,
    MetricsSettings,
    Off,
)
from stacks.inference.component_settings import InferenceComponentsSettings
from stacks.inference.explainer_settings import ExplainerSettings
from stacks.inference.host_settings import host_ami, volume_size
from stacks.inference.instance_settings import InstanceSettings
from stacks.inference.model_mapping import longest_timeouts, source_of, sources_by_type
from stacks.inference.model_settings import ModelSettings
from stacks.inference.multi_settings import MultiContainerSettings, MultiModelSettings
from stacks.inference.real_time_settings import (
    RealTimeSettings,
    ShadowExperimentSettings,
    ShadowSettings,
)
from stacks.inference.scaling_settings import (
    AutoscalingSettings,
    BacklogScalingSettings,
    ConcurrencyScalingSettings,
    CopyScalingSettings,
    MetricSettings,
    ScalingSettings,
)
from stacks.inference.serverless_settings import ServerlessAlarmSettings, ServerlessSettings

_ROUTING: Mapping[str, Literal["RANDOM", "LEAST_OUTSTANDING_REQUESTS", "PREFIX_AWARE"]] = {
    "random": "RANDOM",
    "least_outstanding_requests": "LEAST_OUTSTANDING_REQUESTS",
    "prefix_aware": "PREFIX_AWARE",
}
_STATES: Mapping[str, Literal["Running", "Completed", "Cancelled"]] = {
    "running": "Running",
    "completed": "Completed",
    "cancelled": "Cancelled",
}


def instances_of(
    settings: InstanceSettings, models: Sequence[ModelSettings], *, region: str | None
) -> Instances:
    """Return the instances of a variant.

    Args:
        settings: the instances.
        models: what runs on them. Large models and models of hubs have time-outs, except those
            of components, which have time-outs of their own.
        region: for their list price; None, if there is none.
    """
    routing = settings.routing
    of_components = isinstance(settings, InferenceComponentsSettings)
    download, startup = longest_timeouts(() if of_components else models, settings.instance_types)
    return Instances(
        types=settings.instance_types,
        count=settings.instance_count,
        gpus=_gpus(settings.instance_types),
        usd_per_hour=price_of(settings, region),
        volume_size_gb=volume_size(settings, models),
        provision_timeout_seconds=settings.provision_timeout_seconds,
        model_data_download_timeout_seconds=settings.model_data_download_timeout_seconds
        or download,
        container_startup_timeout_seconds=settings.container_startup_timeout_seconds or startup,
        ami_version=host_ami(settings, models),
        routing=None
        if routing is None
        else Routing(
            strategy=_ROUTING[routing.strategy],
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


def price_of(settings: InstanceSettings, region: str | None) -> float | None:
    """Return the price of an instance, if it is known and there is one type."""
    if settings.usd_per_hour is not None or region is None or settings.instance_type is None:
        return settings.usd_per_hour
    return hosting_price(settings.instance_type, region)


def autoscaling_of(settings: ScalingSettings | None) -> Autoscaling | None:
    """Return what moves a capacity, whatever it is a capacity of."""
    if settings is None:
        return None
    invocations: int | None = None
    concurrent_requests: float | None = None
    backlog: float | None = None
    utilization: float | None = None
    match settings:
        case AutoscalingSettings():
            invocations = settings.invocations_per_instance
            concurrent_requests = settings.concurrent_requests_per_instance
        case CopyScalingSettings():
            invocations = settings.invocations_per_copy
            concurrent_requests = settings.concurrent_requests_per_copy
        case BacklogScalingSettings():
            backlog = settings.backlog_per_instance
        case ConcurrencyScalingSettings():
            percent = settings.utilization_percent
            utilization = None if percent is None else percent / 100
    custom, steps = settings.custom_metric, settings.steps
    return Autoscaling(
        min_capacity=settings.least,
        max_capacity=settings.most,
        invocations=invocations,
        concurrent_requests=concurrent_requests,
        backlog=backlog,
        utilization=utilization,
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


def _metric(settings: MetricSettings) -> Metric:
    return Metric(**settings.model_dump())


def data_capture_of(settings: DataCaptureSettings, bucket: s3.IBucket) -> DataCapture:
    """Return what is kept of requests and responses."""
    return DataCapture(
        bucket=bucket,
        sampling_percentage=settings.sampling_percentage,
        csv_content_types=settings.csv_content_types,
        json_content_types=settings.json_content_types,
        requests=settings.capture != "responses",
        responses=settings.capture != "requests",
    )


def explainer_of(settings: ExplainerSettings | None) -> Explainer | None:
    """Return what explains answers."""
    if settings is None:
        return None
    text = settings.text_features
    return Explainer(
        **settings.model_dump(exclude={"text_features", "inference"}),
        text=None if text is None else (text.language, text.granularity),
        inference=settings.inference_config,
    )


def alarms_of(
    settings: InstanceAlarmSettings | ServerlessAlarmSettings | AsynchronousAlarmSettings,
) -> EndpointAlarms:
    """Return thresholds."""
    match settings:
        case AsynchronousAlarmSettings():
            return EndpointAlarms(
                server_errors_per_minute=_threshold(settings.failures_per_minute),
                oldest_request_seconds=_threshold(settings.oldest_request_seconds),
                accelerator_memory_percent=_threshold(settings.accelerator_memory_percent),
                no_capacity=settings.no_capacity,
            )
    given = settings.model_dump().items()
    thresholds: dict[str, Any] = {key: _threshold(value) for key, value in given}
    return EndpointAlarms(**thresholds)


def _threshold(value: int | Off) -> int | None:
    return None if value == "none" else value


def traffic_shift_of(
    settings: DeploymentSettings | ComponentDeploymentSettings, *starts: Instances | Component
) -> TrafficShift:
    """Return how an update replaces what runs.

    Args:
        settings: of the update.
        starts: what it starts, with the time-outs that it must leave time for.
    """
    seconds = [
        (one.model_data_download_timeout_seconds or 0)
        + (one.container_startup_timeout_seconds or 0)
        for one in starts
    ]
    given = settings.model_dump(exclude_none=True, exclude={"max_minutes", "rollback_alarms"})
    return TrafficShift(
        **given,
        max_minutes=settings.minutes(max(seconds, default=0)),
        rollback=settings.rollback_alarms,
    )


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
                    sources_by_type=sources_by_type(
                        {one.name: one for one in endpoint.containers}, types, share_instance=True
                    ),
                    invocation="Direct" if endpoint.invocation == "direct" else "Serial",
                    instances=instances_of(endpoint, endpoint.containers, region=region),
                    autoscaling=scaling,
                )
            ]
        case MultiModelSettings():
            return [
                Variant(
                    sources=[source_of(endpoint, types, cache_models=endpoint.cache_models)],
                    multi_model=True,
                    instances=instances_of(endpoint, [endpoint], region=region),
                    autoscaling=scaling,
                )
            ]
    return [
        Variant(
            sources=[source_of(endpoint, types)],
            sources_by_type=sources_by_type({None: endpoint}, types),
            instances=instances_of(endpoint, [endpoint], region=region),
            weight=endpoint.weight,
            autoscaling=scaling,
        ),
        *(
            Variant(
                name=variant.name,
                sources=[source_of(variant, variant.instance_types)],
                sources_by_type=sources_by_type({None: variant}, variant.instance_types),
                instances=instances_of(variant, [variant], region=region),
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
        sources_by_type=sources_by_type({None: settings}, settings.instance_types),
        instances=instances_of(settings, [settings], region=region),
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


def times_of(settings: ShadowExperimentSettings) -> ExperimentTimes:
    """Return when an experiment runs."""
    return ExperimentTimes(
        start=settings.start,
        end=settings.end,
        state=_STATES[settings.desired_state],
    )
