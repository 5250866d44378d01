"""Settings of containers of AWS: by framework, or for large language models."""

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from sagemaker_platform.catalog import Image, ImageError, LargeModel, find_image
from stacks.fields import Settings, validation_error
from stacks.model_context import ModelContext


class FrameworkSettings(Settings):
    """An image of AWS, from the table `catalog/images.json`."""

    name: str
    """Name of the framework, such as pytorch."""
    version: str
    """Version of the framework, in quotes."""
    accelerator: Literal["cpu", "graviton", "gpu", "neuron"] | None = None
    """What the image is made for; absent, the only one that there is."""

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        if isinstance(info.context, ModelContext):
            self.find(info.context.region)
        return self

    def find(self, region: str) -> Image:
        """Return the image in a region."""
        try:
            return find_image(
                framework=self.name,
                version=self.version,
                accelerator=self.accelerator,
                region=region,
            )
        except ImageError as error:
            at = "name" if error.part == "region" else error.part
            raise validation_error(str(error), at=at, value=getattr(self, at)) from None


class LargeModelSettings(Settings):
    """A large language model, by its size."""

    server: Literal["lmi", "vllm"]
    """AWS's container that serves it: DJL's Large Model Inference, or vLLM."""
    version: str | None = None
    """Version of the container, in quotes; absent, the newest in the table of images."""
    parameters_billions: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Number of parameters, in billions; or else `weights_gib`."""
    weights_gib: Annotated[float, Field(gt=0, le=20_000)] | None = None
    """Size of the weights in GiB; absent, from parameters and `dtype`."""
    dtype: Literal["fp32", "bf16", "fp16", "fp8", "int8", "int4"] = "bf16"
    """Type of the parameters. A container takes quantized ones as the model says."""
    cache_gib: Annotated[float, Field(gt=0, le=20_000)] | None = None
    """Accelerator memory for the requests under way; absent, a fifth of the weights."""
    tensor_parallel_degree: Annotated[int, Field(ge=1, le=16)] | None = None
    """Among how many accelerators the model is parted; absent, all of an instance, or as few
    as hold it where it shares the instance."""
    max_model_len: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Longest request with its answer, in tokens; absent, the model's own limit."""

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        if self.parameters_billions is None and self.weights_gib is None:
            raise validation_error(
                "must say how large the model is: give parameters_billions, or weights_gib"
            )
        if self.parameters_billions is not None and self.weights_gib is not None:
            raise validation_error(
                "excludes parameters_billions: give one of them",
                at="weights_gib",
                value=self.weights_gib,
            )
        if isinstance(info.context, ModelContext):
            self.find(info.context.region)
        return self

    def find(self, region: str) -> Image:
        """Return the container's image in a region."""
        framework = "djl-lmi" if self.server == "lmi" else "vllm"
        try:
            return find_image(framework=framework, version=self.version, region=region)
        except ImageError as error:
            at = "version" if error.part == "version" else "server"
            raise validation_error(str(error), at=at, value=getattr(self, at)) from None

    def model(self) -> LargeModel:
        """Return it as the arithmetic takes it."""
        from sagemaker_platform.catalog.large_models import weights_gib

        size = self.weights_gib
        if size is None:
            assert self.parameters_billions is not None
            size = weights_gib(parameters_billions=self.parameters_billions, dtype=self.dtype)
        return LargeModel(
            server=self.server,
            weights_gib=size,
            dtype=self.dtype,
            cache_gib=self.cache_gib,
            tensor_parallel_degree=self.tensor_parallel_degree,
            max_model_len=self.max_model_len,
        )
