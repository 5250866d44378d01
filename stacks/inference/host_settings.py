"""Hosts that a model's instances start from: container image, instance type and AMI together."""

from collections.abc import Sequence

from sagemaker_platform.catalog.hosts import HostError, check_ami, choose_ami
from stacks.fields import validation_error
from stacks.inference.instance_settings import InstanceSettings
from stacks.inference.model_settings import ModelSettings


def host_ami(instances: InstanceSettings, models: Sequence[ModelSettings]) -> str | None:
    """Return the AMI of instances: the given one, or what the images of the models need.

    Raises:
        HostError: no AMI suits them all.
    """
    if instances.inference_ami_version is not None:
        return instances.inference_ami_version
    types = instances.instance_types
    return choose_ami([model.resolve(types).image for model in models], types)


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
    images = [model.resolve(types).image for model in known]
    try:
        if ami is not None:
            check_ami(ami, images, types)
        else:
            choose_ami(images, types)
    except HostError as error:
        if ami is not None:
            raise validation_error(str(error), at=f"{at}inference_ami_version", value=ami) from None
        raise validation_error(
            str(error), at=f"{key or at}{known[0].container_key}", value=images[0]
        ) from None
