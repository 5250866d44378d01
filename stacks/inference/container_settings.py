"""Settings of containers of AWS: by framework, or for large language models."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from sagemaker_platform.catalog import Image, ImageError, LargeModel, find_image
from sagemaker_platform.catalog.model_figures import FiguresError, ModelFigures, read_figures
from sagemaker_platform.catalog.server_options import DEGREES, LENGTHS, find_number
from stacks.fields import Settings, validation_error
from stacks.model_context import ModelContext


class FrameworkSettings(Settings):
    """An image of AWS, from the table `catalog/images.json`."""

    name: str
    """Name of the framework, such as pytorch."""
    version: str
    """Version of the framework, in quotes."""
    accelerator: Literal["cpu", "graviton", "gpu", "neuron"] | None = None
    """Device that the image supports. Defaults to the device of the instance type."""

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        if isinstance(info.context, ModelContext):
            # All images for processors are in the registries of those for GPUs.
            self.find(info.context.region, kind=self.accelerator or "gpu")
        return self

    def find(self, region: str, *, kind: str | None) -> Image:
        """Return the image in a region.

        Args:
            region: where it is pulled.
            kind: what the instance type takes, where `accelerator` is absent.
        """
        try:
            return find_image(
                framework=self.name,
                version=self.version,
                accelerator=self.accelerator,
                kind=kind,
                region=region,
            )
        except ImageError as error:
            at = "name" if error.part == "region" else error.part
            raise validation_error(str(error), at=at, value=getattr(self, at)) from None


class LargeModelSettings(Settings):
    """A large language model, by its size."""

    server: Literal["lmi", "vllm"]
    """AWS container that serves the model: DJL Large Model Inference (LMI), or vLLM."""
    version: str | None = None
    """Version of the container, in quotes. Defaults to the latest in the table of images."""
    parameters_billions: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Number of parameters, in billions. Alternative: `weights_gib`."""
    weights_gib: Annotated[float, Field(gt=0, le=20_000)] | None = None
    """Size of the weights in GiB. Defaults to an estimate from parameters and `dtype`."""
    dtype: Literal["fp32", "bf16", "fp16", "fp8", "int8", "int4"] = "bf16"
    """Type of the parameters. Defaults to the type in `config`, or to bf16. The container reads
    the quantization from the model."""
    config: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    """The model's `config.json`: a path relative to the settings file. With it, the platform
    computes the KV cache for `max_model_len`, and chooses a tensor parallel degree that divides
    the heads. Defaults to the file that `make models` found next to the data. Without any,
    memory is estimated from the size."""
    cache_gib: Annotated[float, Field(gt=0, le=20_000)] | None = None
    """Accelerator memory for requests in flight. Defaults to a fifth of the weights."""
    tensor_parallel_degree: Annotated[int, Field(ge=1, le=16)] | None = None
    """Number of accelerators over which the model is sharded. Defaults to all of an instance, or
    the fewest that hold the model if it shares the instance."""
    max_model_len: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Maximum length of a request and its response, in tokens. Defaults to the largest length
    that fits if there is a `config`, otherwise to 8192."""

    _figures: ModelFigures | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        if self.parameters_billions is None and self.weights_gib is None:
            raise validation_error(
                "must give the size of the model. Add parameters_billions or weights_gib"
            )
        if self.parameters_billions is not None and self.weights_gib is not None:
            raise validation_error(
                "must not be combined with parameters_billions. Remove one of them",
                at="weights_gib",
                value=self.weights_gib,
            )
        if isinstance(info.context, ModelContext):
            self.find(info.context.region)
            if self.config is not None:
                self._figures = self._read(info.context.file.parent / self.config, self.config)
        return self

    @staticmethod
    def _read(path: Path, value: str) -> ModelFigures:
        try:
            content = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise validation_error(
                "must be a JSON file next to the settings file; cannot read it: "
                f"{' '.join(str(error).split())}",
                at="config",
                value=value,
            ) from None
        try:
            if not isinstance(content, dict):
                raise FiguresError("must contain one JSON object")
            return read_figures(content)
        except FiguresError as error:
            raise validation_error(
                f"{error}. Use the config.json of a language model", at="config", value=value
            ) from None

    def set_figures(self, figures: ModelFigures | None) -> None:
        """Use figures that were looked up, unless the settings name a `config.json`."""
        self._figures = self._figures or figures

    def find(self, region: str, *, newest: str | None = None) -> Image:
        """Return the container's image in a region.

        Args:
            region: where it is pulled.
            newest: version in place of the newest of the table, if none is given.
        """
        version = self.version or newest
        framework = "djl-lmi" if self.server == "lmi" else "vllm"
        try:
            return find_image(framework=framework, version=version, region=region)
        except ImageError as error:
            at = "version" if error.part == "version" else "server"
            raise validation_error(str(error), at=at, value=getattr(self, at)) from None

    def model(self, environment: Mapping[str, str]) -> LargeModel:
        """Return it as the arithmetic takes it.

        Args:
            environment: variables of the container, which go before these settings.
        """
        from sagemaker_platform.catalog.large_models import weights_gib

        figures = self._figures
        given = "dtype" in self.model_fields_set or figures is None
        dtype = self.dtype if given or figures is None else figures.dtype
        size = self.weights_gib
        if size is None:
            assert self.parameters_billions is not None
            size = weights_gib(parameters_billions=self.parameters_billions, dtype=dtype)
        return LargeModel(
            server=self.server,
            weights_gib=size,
            dtype=dtype,
            cache_gib=self.cache_gib,
            tensor_parallel_degree=find_number(environment, DEGREES) or self.tensor_parallel_degree,
            max_model_len=find_number(environment, LENGTHS) or self.max_model_len,
            figures=figures,
        )
