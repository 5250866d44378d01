"""What an environment has for the placeholders of a definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from sagemaker_platform.catalog.images import ImageError, find_image, table
from stacks.pipelines.definition import PipelineDefinition

if TYPE_CHECKING:
    from sagemaker_platform.pipelines import JobKind
    from stacks.pipelines.settings import PipelinesSettings
    from stacks.settings import EnvironmentSettings


def image_uri(
    name: str, settings: PipelinesSettings, environment: EnvironmentSettings
) -> str | None:
    """Return the URI of an image by the name that definitions use; None if there is none.

    It is an image of the settings, one of the environment's repositories with its tag, or one of
    AWS's images for serving with its version and, if there are several, its accelerator.
    """
    if name in settings.images:
        return str(settings.images[name])
    first, _, rest = name.partition(":")
    if rest and first in environment.foundation.image_repositories:
        suffix = ".cn" if environment.region.startswith("cn-") else ""
        registry = f"{environment.account}.dkr.ecr.{environment.region}.amazonaws.com{suffix}"
        return f"{registry}/{environment.name}/{name}"
    version, _, accelerator = rest.partition(":")
    if not version:
        return None
    try:
        return find_image(
            framework=first,
            version=version,
            accelerator=accelerator or None,
            region=environment.region,
        ).uri
    except ImageError:
        return None


def image_names(settings: PipelinesSettings, environment: EnvironmentSettings) -> list[str]:
    """Return names of images for messages: those of AWS have a version."""
    return [
        *settings.images,
        *(f"{name}:TAG" for name in environment.foundation.image_repositories),
        *(
            f"{framework}:{version}"
            for framework, versions in table()["frameworks"].items()
            for version in versions
        ),
    ]


def job_kinds(definition: PipelineDefinition) -> Sequence[JobKind]:
    """Return the kinds of jobs that the steps of a definition start."""
    operations = {step.operation for step in definition.steps} - {"CreateModel", None}
    return sorted(
        cast("JobKind", one.removeprefix("Create"))
        for one in operations
        if one is not None and one != "CreateModelPackage"
    )
