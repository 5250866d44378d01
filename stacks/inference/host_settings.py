"""Hosts that a model's instances start from: container image, instance type and AMI together."""

from collections.abc import Sequence

from sagemaker_platform.catalog.hosts import HostError, check_ami, choose_ami, starts_on
from sagemaker_platform.catalog.local_disks import has_local_storage
from stacks.fields import validation_error
from stacks.inference.instance_settings import InstanceSettings
from stacks.inference.model_settings import ModelSettings


def host_ami(instances: InstanceSettings, models: Sequence[ModelSettings]) -> str | None:
    """Return the AMI of instances: the given one, the hub's, or what the images need.

    Raises:
        HostError: no AMI suits them all.
    """
    if instances.inference_ami_version is not None:
        return instances.inference_ami_version
    types = instances.instance_types
    found = [model.resolve([name]) for model in models for name in types]
    published = {
        ami
        for one in found
        if one.looked_up is not None and (ami := one.looked_up.inference_ami_version) is not None
    }
    if len(published) == 1 and starts_on(ami := next(iter(published)), types):
        return ami
    return choose_ami([one.image for one in found], types)


def volume_size(instances: InstanceSettings, models: Sequence[ModelSettings]) -> int | None:
    """Return the volume of instances: the given one, or the largest that a hub asks for."""
    if instances.volume_size_gb is not None or has_local_storage(instances.instance_types[0]):
        return instances.volume_size_gb
    found = [
        one.looked_up.volume_size_gb or 0
        for model in models
        for name in instances.instance_types
        if (one := model.resolve([name])).looked_up is not None
    ]
    return max(found, default=0) or None


def is_isolated(
    given: bool | None, instances: InstanceSettings, models: Sequence[ModelSettings]
) -> bool:
    """Return whether containers reach nothing: as given, or as a hub publishes the model."""
    if given is not None:
        return given
    return any(
        one.looked_up is not None and one.looked_up.network_isolation
        for model in models
        if model.lock is not None and model.looked_up is not None
        for name in instances.instance_types
        for one in [model.resolve([name])]
    )


def check_host(
    instances: InstanceSettings, models: Sequence[ModelSettings], *, at: str = "", key: str = ""
) -> None:
    """Refuse instances on whose hosts the images of the models do not start.

    Args:
        instances: the instances.
        models: what runs on them.
        at: path of the instances below the settings that are checked, with a dot at its end.
        key: path of the first model in place of ``at``, with a dot at its end.
    """
    ami, types = instances.inference_ami_version, instances.instance_types
    known = [model for model in models if model.lock is not None]
    images = [model.resolve([name]).image for model in known for name in types]
    try:
        if ami is not None:
            check_ami(ami, images, types)
        else:
            host_ami(instances, known)
    except HostError as error:
        if ami is not None:
            raise validation_error(str(error), at=f"{at}inference_ami_version", value=ami) from None
        raise validation_error(
            str(error), at=f"{key or at}{known[0].container_key}", value=images[0]
        ) from None
