"""Turns the settings of a model into what the constructs take."""

from collections.abc import Sequence

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
        instance_types: what it runs on; a large model is set up for them.
        share_instance: whether other models, or copies, share an instance with it.
        hostname: name of its container among several.
        cache_models: whether a container of many models keeps those it has loaded.
    """
    found = model.resolve(instance_types)
    plan = model.plan(instance_types, share_instance=share_instance) if instance_types else None
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
