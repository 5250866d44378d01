"""Turns the settings of inference components into what the constructs take."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from sagemaker_platform.catalog import find_instance_type
from sagemaker_platform.inference import (
    Adapter,
    Component,
    Compute,
    InstanceScaling,
    ModelSource,
    Placement,
)
from stacks.inference.component_settings import ComponentSettings, InferenceComponentsSettings
from stacks.inference.mapping import alarms_of, autoscaling_of, price_of, traffic_shift_of
from stacks.inference.model_mapping import longest_timeouts, source_of, sources_by_type

_SCALE_IN: Mapping[str, Literal["IDLE_RELEASE", "CONSOLIDATION"]] = {
    "idle_release": "IDLE_RELEASE",
    "consolidation": "CONSOLIDATION",
}
_PLACEMENT: Mapping[str, Literal["SPREAD", "BINPACK"]] = {
    "spread": "SPREAD",
    "binpack": "BINPACK",
}


def instance_scaling_of(settings: InferenceComponentsSettings) -> InstanceScaling | None:
    """Return how instances come and go with copies."""
    scaling = settings.instance_scaling
    if scaling is None:
        return None
    release = scaling.scale_in
    return InstanceScaling(
        min_instances=settings.least,
        max_instances=scaling.max_instances,
        scale_in=_SCALE_IN[release.strategy] if release else None,
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
    download, startup = longest_timeouts([settings], types)
    by_type = [(name, compute_on(settings, name)) for name in types]
    # One for all types only where it is given as one.
    same = len(types) == 1 or settings.compute is not None
    compute = by_type[0][1] if same else None
    by_source = {
        name: [_with_adapters(settings, one) for one in sources]
        for name, sources in sources_by_type({None: settings}, types, share_instance=True).items()
    }
    component = Component(
        name=settings.name,
        source=_with_adapters(settings, source_of(settings, types, share_instance=True)),
        compute=None if by_source else compute,
        compute_by_type=by_type if by_source or not same else [],
        source_by_type={name: source for name, [source] in by_source.items()},
        copies=settings.copies,
        usd_per_hour=_price_of_copy(endpoint, compute, region),
        cache_data=settings.cache_data,
        placement=None
        if placement is None
        else Placement(
            strategy=_PLACEMENT[placement.strategy],
            max_zone_imbalance=placement.max_zone_imbalance,
        ),
        model_data_download_timeout_seconds=settings.model_data_download_timeout_seconds
        or download,
        container_startup_timeout_seconds=settings.container_startup_timeout_seconds or startup,
        autoscaling=autoscaling_of(settings.autoscaling),
        adapters=[
            Adapter(name=one.name, data=one.model_data, data_key_arn=one.model_data_key_arn)
            for one in settings.adapters
        ],
        alarms=alarms_of(settings.alarms),
    )
    shift = traffic_shift_of(settings.deployment, component)
    return replace(component, traffic_shift=shift)


def _with_adapters(settings: ComponentSettings, source: ModelSource) -> ModelSource:
    """Return a source whose container takes adapters, if the component has some."""
    # What the settings say goes before it.
    return replace(source, environment={**settings.adapter_environment, **source.environment})


def compute_on(settings: ComponentSettings, instance_type: str) -> Compute:
    """Return what a copy gets of an instance."""
    given = settings.compute_on(instance_type)
    if given is not None:
        return Compute(
            min_memory_mb=given.min_memory_mb,
            max_memory_mb=given.max_memory_mb,
            accelerators=given.accelerators,
            cpu_cores=given.cpu_cores,
        )
    plan = settings.plan(instance_type, share_instance=True)
    assert plan is not None, "checked with the component"
    return Compute(
        min_memory_mb=plan.min_memory_mib,
        accelerators=plan.tensor_parallel_degree,
        # AWS advises none with Fast Model Loader, in ``sagemaker-serve``.
        cpu_cores=None if settings.fast_model_loader else plan.cpu_cores,
    )


def _price_of_copy(
    endpoint: InferenceComponentsSettings, compute: Compute | None, region: str
) -> float | None:
    """Return the price of what one copy has of an instance, by what it has most of."""
    price = price_of(endpoint, region)
    if price is None or compute is None or endpoint.instance_type is None:
        return None
    whole = find_instance_type(endpoint.instance_type)
    share = max(
        (compute.accelerators or 0) / (whole.accelerators or 1),
        (compute.cpu_cores or 0) / whole.vcpus,
        compute.min_memory_mb / (whole.memory_gib * 1024),
    )
    return price * min(share, 1)
