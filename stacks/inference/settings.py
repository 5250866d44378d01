"""Settings of endpoints."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, Tag, model_validator

from stacks.fields import Settings, fault, one_of_types
from stacks.inference.asynchronous import AsynchronousSettings
from stacks.inference.components import InferenceComponentsSettings
from stacks.inference.models import ModelSettings
from stacks.inference.real_time import (
    MultiContainerSettings,
    MultiModelSettings,
    RealTimeSettings,
)
from stacks.inference.serverless import ServerlessSettings
from stacks.inference.transforms import BatchTransformSettings

AnyEndpoint = Annotated[
    Annotated[RealTimeSettings, Tag("<real_time>")]
    | Annotated[InferenceComponentsSettings, Tag("<inference_components>")]
    | Annotated[AsynchronousSettings, Tag("<asynchronous>")]
    | Annotated[ServerlessSettings, Tag("<serverless>")]
    | Annotated[MultiModelSettings, Tag("<multi_model>")]
    | Annotated[MultiContainerSettings, Tag("<multi_container>")],
    one_of_types(
        "real_time",
        "inference_components",
        "asynchronous",
        "serverless",
        "multi_model",
        "multi_container",
    ),
]


class InferenceSettings(Settings):
    """Endpoints that serve models."""

    endpoints: Annotated[list[AnyEndpoint], Field(min_length=1, max_length=25)] = []
    """The endpoints."""
    batch_transforms: Annotated[list[BatchTransformSettings], Field(max_length=25)] = []
    """Jobs that put files through a model."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.endpoints and not self.batch_transforms:
            raise fault("has nothing to serve: give endpoints or batch_transforms")
        transforms = [transform.name.replace("-", "") for transform in self.batch_transforms]
        for index, name in enumerate(transforms):
            if name in transforms[:index]:
                raise fault(
                    "is the name of an earlier job, whatever the hyphens",
                    at=f"batch_transforms.{index}.name",
                    value=self.batch_transforms[index].name,
                )
        # Names of outputs have no hyphens.
        names = [endpoint.name.replace("-", "") for endpoint in self.endpoints]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise fault(
                    "is the name of an earlier endpoint, whatever the hyphens",
                    at=f"endpoints.{index}.name",
                    value=self.endpoints[index].name,
                )
        return self

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below ``inference``."""
        for index, endpoint in enumerate(self.endpoints):
            for path, model in endpoint.models():
                yield f"endpoints.{index}{path}", model
        for index, transform in enumerate(self.batch_transforms):
            yield f"batch_transforms.{index}", transform
