"""Turns the settings of a model into what the constructs take."""

from collections.abc import Mapping, Sequence

from sagemaker_platform.catalog import LargeModelPlan
from sagemaker_platform.inference import ModelSource, Sharding
from stacks.inference.model_settings import ModelSettings


def source_of(
    model: ModelSettings,
    instance_types: Sequence[str] = (),
    *,
    share_instance: bool = False,
    hostname: str | None = None,
    cache_models: bool = True,
) -> ModelSource:
    """Return where a model comes from.

    Args:
        model: its settings.
        instance_types: what it runs on; the source is that on the first type.
        share_instance: whether other models, or copies, share an instance with it.
        hostname: name of its container among several.
        cache_models: whether a container of many models keeps those it has loaded.
    """
    found = model.resolve(instance_types)
    plan = model.plan(instance_types[0], share_instance=share_instance) if instance_types else None
    return ModelSource(
        image=found.image,
        data=found.data,
        compressed=found.compressed,
        data_key_arn=model.model_data_key_arn,
        environment={
            **found.environment,
            **(plan.environment if plan else {}),
            **model.environment,
        },
        model_package_arn=found.model_package_arn,
        hub_content_arn=found.hub_content_arn,
        accept_eula=found.accept_eula,
        hostname=hostname,
        cache_models=cache_models,
        sharding=_sharding(model, instance_types, plan),
    )


def sources_by_type(
    models: Mapping[str | None, ModelSettings],
    instance_types: Sequence[str],
    *,
    share_instance: bool = False,
) -> Mapping[str, Sequence[ModelSource]]:
    """Return the sources on each instance type where they differ from those on the first.

    Args:
        models: what runs on the instances, by the name of the container among several.
        instance_types: what they run on.
        share_instance: whether other models, or copies, share an instance with them.
    """
    first, *others = (
        [
            source_of(model, [name], share_instance=share_instance, hostname=hostname)
            for hostname, model in models.items()
        ]
        for name in instance_types
    )
    return {
        name: sources
        for name, sources in zip(instance_types[1:], others, strict=True)
        if sources != first
    }


def _sharding(
    model: ModelSettings, instance_types: Sequence[str], plan: LargeModelPlan | None
) -> Sharding | None:
    loader = model.fast_model_loader
    if loader is None or plan is None:
        return None
    return Sharding(
        instance_type=instance_types[0],
        tensor_parallel_degree=plan.tensor_parallel_degree,
        max_hours=loader.max_hours,
        revision=loader.revision or "",
    )


def longest_timeouts(
    models: Sequence[ModelSettings], instance_types: Sequence[str]
) -> tuple[int | None, int | None]:
    """Return the longest time-outs of models on instance types, if any are known."""
    found = [model.timeouts(name) for model in models for name in instance_types]
    downloads, startups = ([one[index] or 0 for one in found] for index in (0, 1))
    return max(downloads, default=0) or None, max(startups, default=0) or None
