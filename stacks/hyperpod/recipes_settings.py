"""Settings of HyperPod recipes: which version, and what runs them."""

import re
from typing import Annotated, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog.hosts import HostError, accelerator_of, check_gpu
from stacks.arns import EcrImage, region_of_image
from stacks.fields import (
    Commit,
    RepositoryUrl,
    Settings,
    TrainingInstanceTypeName,
    validation_error,
)

# What the launcher takes for accelerators, by the name of the type.
_WITH_ACCELERATORS = re.compile(r"ml\.(p|g|trn)")


class TrainingJobRecipeSettings(Settings):
    """Recipes as SageMaker training jobs, for personas that run jobs."""

    instance_type: TrainingInstanceTypeName
    """Instance type of jobs."""
    image: EcrImage | None = None
    """Container image of jobs. Defaults to the image of clusters."""
    max_run_hours: Annotated[int, Field(ge=1, le=672)] = 24
    """Time after which SageMaker stops a job. More than 120 needs a higher quota."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not _WITH_ACCELERATORS.match(self.instance_type):
            raise validation_error(
                "must have accelerators, which all recipes need. Choose a p, g or trn type",
                at="instance_type",
                value=self.instance_type,
            )
        _check_tag(self.image, "image")
        if self.image is not None:
            self.check_image(self.image, at="image")
        return self

    def check_image(self, image: str, *, at: str) -> None:
        """Refuse an image that is made for other accelerators than the instance type has.

        Args:
            image: the image of jobs.
            at: path of its key below the settings that are checked.
        """
        kind = "neuron" if self.instance_type.startswith("ml.trn") else "gpu"
        wanted = accelerator_of(image)
        if wanted is not None and wanted != kind:
            raise validation_error(
                f"does not run on {self.instance_type}: the image is for {wanted}, and the "
                f"instance type takes {kind}",
                at=at,
                value=image,
            )
        try:
            check_gpu(image, self.instance_type)
        except HostError as error:
            raise validation_error(str(error), at=at, value=image) from None


class RecipesSettings(Settings):
    """A ready launcher configuration for each partition, team, and for training jobs."""

    commit: Commit
    """Commit of the recipes repository that people check out."""
    repository: RepositoryUrl = "https://github.com/aws/sagemaker-hyperpod-recipes.git"
    """URL of the repository, or of your mirror for a closed network."""
    image: EcrImage
    """Container image of recipes, with a tag or digest."""
    training_jobs: TrainingJobRecipeSettings | None = None
    """Recipes as training jobs, without a cluster. Optional. If omitted, recipes run on clusters
    only."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_tag(self.image, "image")
        if self.training_jobs is not None and self.training_jobs.image is None:
            self.training_jobs.check_image(self.image, at="image")
        return self

    def check_region(self, region: str, *, closed: bool) -> None:
        """Refuse images that a network without a way out does not reach."""
        jobs = self.training_jobs
        for at, image in (("image", self.image), ("training_jobs.image", jobs and jobs.image)):
            if closed and image and region_of_image(image) != region:
                raise validation_error(
                    f"must be in {region}: a network without NAT gateways cannot reach "
                    "registries of other regions. Copy the image into your registry",
                    at=f"hyperpod.recipes.{at}",
                    value=image,
                )


def _check_tag(image: str | None, at: str) -> None:
    if image is not None and ":" not in image:
        raise validation_error(
            ("must have a tag or a digest, because the latest version can change without notice"),
            at=at,
            value=image,
        )
