"""Warnings of each synth about endpoints: idle GPUs, and updates that cannot succeed in time."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sagemaker_platform.catalog import find_instance_type
from sagemaker_platform.catalog.hosts import accelerator_of
from stacks.inference.component_settings import ComponentSettings, InferenceComponentsSettings
from stacks.inference.model_mapping import longest_timeouts
from stacks.inference.model_settings import ModelSettings
from stacks.inference.packing import fits
from stacks.inference.real_time_settings import RealTimeSettings
from stacks.inference.serverless_settings import ServerlessSettings

if TYPE_CHECKING:
    from stacks.inference.settings import AnyEndpoint, InferenceSettings


def inference_warnings(settings: "InferenceSettings") -> Iterator[str]:
    """Yield what is doubtful about endpoints and batch transforms, with the path of the key."""
    for index, transform in enumerate(settings.batch_transforms):
        at = f"inference.batch_transforms[{index}]"
        yield from _idle([transform.instance_type], [transform], at)
    for index, endpoint in enumerate(settings.endpoints):
        at = f"inference.endpoints[{index}]"
        if not isinstance(endpoint, ServerlessSettings):
            yield from _idle(endpoint.instance_types, _models_on_instances(endpoint), f"{at}")
        if isinstance(endpoint, InferenceComponentsSettings):
            yield from _component_times(endpoint, at)
            yield from _room_for_updates(endpoint, at)
        elif not isinstance(endpoint, ServerlessSettings):
            yield from _times(endpoint, at)


def _models_on_instances(endpoint: "AnyEndpoint") -> list[ModelSettings]:
    """Return the models on the endpoint's own instances; variants have others."""
    if isinstance(endpoint, RealTimeSettings):
        return [endpoint]
    return [model for _, model in endpoint.models()]


def _idle(types: Sequence[str], models: Sequence[ModelSettings], at: str) -> Iterator[str]:
    """Yield instance types whose GPUs no image uses."""
    for name in types:
        if find_instance_type(name).kind != "gpu":
            continue
        found = [model.resolve([name]) for model in models]
        made_for = {one.accelerator or accelerator_of(one.image) for one in found}
        if made_for == {"cpu"}:
            yield (
                f"{at}: the GPUs of {name} stay idle, because the image is for CPUs. Choose "
                "an image for GPUs or an instance type without them"
            )


def _times(endpoint: "AnyEndpoint", at: str) -> Iterator[str]:
    assert not isinstance(endpoint, InferenceComponentsSettings | ServerlessSettings)
    models = _models_on_instances(endpoint)
    download, startup = longest_timeouts(models, endpoint.instance_types)
    download = endpoint.model_data_download_timeout_seconds or download or 0
    startup = endpoint.container_startup_timeout_seconds or startup or 0
    estimate = endpoint.deployment.estimate(download + startup)
    yield from _too_short(endpoint.deployment.max_minutes, estimate, f"{at}.deployment")


def _component_times(endpoint: InferenceComponentsSettings, at: str) -> Iterator[str]:
    for number, component in enumerate(endpoint.components):
        download, startup = longest_timeouts([component], endpoint.instance_types)
        download = component.model_data_download_timeout_seconds or download or 0
        startup = component.container_startup_timeout_seconds or startup or 0
        estimate = component.deployment.estimate(download + startup)
        path = f"{at}.components[{number}].deployment"
        yield from _too_short(component.deployment.max_minutes, estimate, path)


def _too_short(given: int | None, estimate: int, at: str) -> Iterator[str]:
    if given is not None and given < estimate:
        yield (
            f"{at}.max_minutes: {given} minutes are less than the {estimate} that instances, "
            "the time-outs of the model and the waits can take together. SageMaker rolls back an "
            f"update that takes longer. Use {estimate} or more, or remove the line"
        )


def _room_for_updates(endpoint: InferenceComponentsSettings, at: str) -> Iterator[str]:
    """Yield components whose new copies find no room next to the old ones.

    An update starts a batch of new copies before it stops old ones (SageMaker guide, "Update
    inference components": rolling deployments). With several instance types, it is not known
    which of them there will be.
    """
    if len(endpoint.instance_types) > 1:
        return
    [name] = endpoint.instance_types
    scaling = endpoint.instance_scaling
    most = scaling.max_instances if scaling else endpoint.instance_count
    key = "instance_scaling.max_instances" if scaling else "instance_count"
    for number, component in enumerate(endpoint.components):
        for copies, when in _numbers_of_copies(component):
            batch = component.deployment.batch(copies)
            placed = [
                (one.share_on(name), one.copies)
                for one in endpoint.components
                if one is not component
            ]
            placed.append((component.share_on(name), copies + batch))
            if fits(placed, name, most):
                continue
            larger = range(most + 1, most + 101)
            enough = next((more for more in larger if fits(placed, name, more)), None)
            yield (
                f"{at}.components[{number}].copies: an update of {component.name} starts {batch} "
                f"new {'copy' if batch == 1 else 'copies'} before it stops old ones, and {most} x "
                f"{name} cannot hold {'it' if batch == 1 else 'them'} next to {copies} "
                f"{'copy' if copies == 1 else 'copies'}{when}, so the update would fail. "
                + (f"Set {key} to {enough} or more" if enough else "Use a larger instance type")
                + ", or delete the component before each update"
            )
            break


def _numbers_of_copies(component: ComponentSettings) -> Iterator[tuple[int, str]]:
    yield component.copies, ""
    if component.autoscaling is not None:
        yield component.autoscaling.most, ", which autoscaling allows"
