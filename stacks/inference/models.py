"""Settings of a model: where its container and its data come from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, ValidationInfo, model_validator

from sagemaker_platform.offerings import (
    Image,
    ImageError,
    LargeModel,
    LargeModelError,
    LargeModelPlan,
    find_image,
    find_instance_type,
    plan_large_model,
)
from stacks.fields import EnvironmentVariable, KeyArn, Settings, fault

_IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?P<china>\.cn)?"
    r"/[a-z0-9]+([._/-][a-z0-9]+)*"
    r"(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?"
)
_MODEL_DATA = re.compile(
    r"s3://[a-z0-9](?!\S*\.\.\S*/)[a-z0-9.-]{1,61}[a-z0-9]/(?=[^/]|$)[^*?$\s]*"
)
_SOURCES = ("image", "framework", "large_model")


def _image(value: str) -> str:
    match = _IMAGE.fullmatch(value)
    if (
        match is None
        or len(value) > 255
        or bool(match["china"]) is not match["region"].startswith("cn-")
    ):
        raise fault(
            "must be an image in ECR, such as "
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/model:1.0"
        )
    return value


def _model_data(value: str) -> str:
    if _MODEL_DATA.fullmatch(value) is None:
        raise fault(
            "must be a file s3://bucket/key.tar.gz, or a prefix s3://bucket/prefix/ that ends in /"
        )
    return value


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the settings of a model are checked against, beside themselves.

    Args:
        region: the environment's region.
    """

    region: str


@dataclass(frozen=True, kw_only=True)
class ResolvedModel:
    """Where a model comes from, with everything known.

    Args:
        image: URI of the container.
        accelerator: what the image is made for, if it is one of AWS.
        data: S3 URI of the model.
        compressed: whether the data are a compressed archive.
        data_key_arn: KMS key of the data.
    """

    image: str
    accelerator: str | None
    data: str | None
    compressed: bool
    data_key_arn: str | None


class FrameworkSettings(Settings):
    """An image of AWS, from the table `offerings/images.json`."""

    name: str
    """Name of the framework, such as pytorch."""
    version: str
    """Version of the framework, in quotes."""
    accelerator: Literal["cpu", "graviton", "gpu", "neuron"] | None = None
    """What the image is made for; absent, the only one that there is."""

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        if isinstance(info.context, Surroundings):
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
            raise fault(str(error), at=at, value=getattr(self, at)) from None


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
            raise fault("must say how large the model is: give parameters_billions, or weights_gib")
        if self.parameters_billions is not None and self.weights_gib is not None:
            raise fault(
                "excludes parameters_billions: give one of them",
                at="weights_gib",
                value=self.weights_gib,
            )
        if isinstance(info.context, Surroundings):
            self.find(info.context.region)
        return self

    def find(self, region: str) -> Image:
        """Return the container's image in a region."""
        framework = "djl-lmi" if self.server == "lmi" else "vllm"
        try:
            return find_image(framework=framework, version=self.version, region=region)
        except ImageError as error:
            at = "version" if error.part == "version" else "server"
            raise fault(str(error), at=at, value=getattr(self, at)) from None

    def model(self) -> LargeModel:
        """Return it as the arithmetic takes it."""
        from sagemaker_platform.offerings.large_models import weights_gib

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


class ModelSettings(Settings):
    """A model, as part of whatever serves it.

    Its container is one of `image`, `framework` and `large_model`; a large model may have an
    image of your own too.
    """

    image: Annotated[str, AfterValidator(_image)] | None = None
    """URI of the container in ECR, in the environment's region."""
    framework: FrameworkSettings | None = None
    """An image of AWS, by framework and version."""
    large_model: LargeModelSettings | None = None
    """A large language model in a container of AWS, set up for the instance type."""
    model_data: Annotated[str, AfterValidator(_model_data)] | None = None
    """S3 URI of the model: a .tar.gz file, or a prefix that ends in /; another single file with
    `model_data_compression: none`. Absent, the image holds the model."""
    model_data_compression: Literal["gzip", "none"] | None = None
    """Whether SageMaker unpacks the data; absent, a .tar.gz file alone."""
    model_data_key_arn: KeyArn | None = None
    """KMS key of the model data, if it is another than the environment's."""
    environment: Annotated[
        dict[EnvironmentVariable, Annotated[str, Field(max_length=1024)]], Field(max_length=100)
    ] = {}
    """Environment variables of the container; they go before those of `large_model`."""

    _resolved: ResolvedModel | None = PrivateAttr(None)

    @property
    def resolved(self) -> ResolvedModel:
        """Where the model comes from; known of settings that were read for a region."""
        if self._resolved is None:
            raise ValueError("expected settings that were validated with Surroundings")
        return self._resolved

    def check_region(self, region: str, *, at: str) -> None:
        """Refuse what is not in the environment's region.

        Args:
            region: region of the environment.
            at: path of this model in the settings of the environment.
        """
        key = self.model_data_key_arn
        if key is not None and key.split(":")[3] != region:
            raise fault(
                f"must be in {region}, where the model data is",
                at=f"{at}.model_data_key_arn",
                value=key,
            )
        if self.image is None:
            return
        match = _IMAGE.fullmatch(self.image)
        if match is None or match["region"] != region:
            raise fault(
                f"must be in {region}: SageMaker pulls images from its own region",
                at=f"{at}.image",
                value=self.image,
            )

    def check_placement(
        self, instance_types: Sequence[str], *, share_instance: bool = False, at: str = ""
    ) -> None:
        """Refuse instance types that the model does not run on.

        Args:
            instance_types: what it may run on.
            share_instance: whether other models, or copies, share an instance with it.
            at: path of this model below the settings that are checked.
        """
        prefix = f"{at}." if at else ""
        for instance_type in instance_types:
            if self.large_model is not None:
                model = self.large_model.model()
                try:
                    plan_large_model(model, instance_type, share_instance=share_instance)
                except LargeModelError as error:
                    raise fault(
                        f"does not fit: {error}",
                        at=f"{prefix}large_model",
                        value=instance_type,
                    ) from None
            wanted = self._resolved.accelerator if self._resolved else None
            kind = find_instance_type(instance_type).kind
            # A GPU may idle; what is not there may not.
            if wanted and wanted != kind and (wanted, kind) != ("cpu", "gpu"):
                raise fault(
                    f"does not run on {instance_type}: the image is for {wanted}, and the "
                    f"instance type takes {kind or 'none of these'}",
                    at=f"{prefix}framework",
                    value=self.framework.name if self.framework else wanted,
                )

    def plan(
        self, instance_types: Sequence[str], *, share_instance: bool = False
    ) -> LargeModelPlan | None:
        """Return how a large model runs on all of some instance types; None for others."""
        if self.large_model is None:
            return None
        model = self.large_model.model()
        plans = [
            plan_large_model(model, name, share_instance=share_instance) for name in instance_types
        ]
        # One environment for all types: what the one with the fewest accelerators can do.
        return min(plans, key=lambda plan: plan.tensor_parallel_degree)

    @model_validator(mode="after")
    def _check_model(self, info: ValidationInfo) -> Self:
        self._check_container()
        self._check_data()
        if isinstance(info.context, Surroundings):
            self._resolved = self._resolve(info.context)
        return self

    def _check_container(self) -> None:
        given = [key for key in _SOURCES if getattr(self, key) is not None]
        if not given:
            raise fault(f"is missing: give it, or else {' or '.join(_SOURCES[1:])}", at="image")
        if len(given) > 1 and given != ["image", "large_model"]:
            raise fault(
                f"excludes {given[0]}: give one of them",
                at=given[1],
                value=getattr(self, given[1]).model_dump(exclude_none=True),
            )
        if self.large_model is None:
            return
        if self.image is not None and self.large_model.version is not None:
            raise fault(
                "belongs to an image of AWS, and image is given: remove the line",
                at="large_model.version",
                value=self.large_model.version,
            )
        if self.image is None and self.model_data is None:
            raise fault(
                "needs model_data, which its container loads: a prefix of S3",
                at="large_model",
                value=self.large_model.server,
            )

    def _check_data(self) -> None:
        data, compression = self.model_data, self.model_data_compression
        for key in ("model_data_key_arn", "model_data_compression"):
            if data is None and (value := getattr(self, key)) is not None:
                what = "to decrypt" if key == "model_data_key_arn" else "to unpack"
                raise fault(
                    f"has no model_data {what}: give model_data, or remove the line",
                    at=key,
                    value=value,
                )
        if data is None:
            return
        if data.endswith("/"):
            if compression == "gzip":
                raise fault(
                    "belongs to a single file: what is below a prefix is copied as it is",
                    at="model_data_compression",
                    value=compression,
                )
        elif compression is None and not data.endswith(".tar.gz"):
            raise fault(
                "must be a file s3://bucket/key.tar.gz, or a prefix s3://bucket/prefix/ that ends "
                "in /; for another single file give model_data_compression: none",
                at="model_data",
                value=data,
            )

    def _resolve(self, surroundings: Surroundings) -> ResolvedModel:
        block = self.framework or self.large_model
        found = None
        if self.image is None and block is not None:
            found = block.find(surroundings.region)
        image = self.image if found is None else found.uri
        assert image is not None
        data, compression = self.model_data, self.model_data_compression
        return ResolvedModel(
            image=image,
            accelerator=found.accelerator if found else None,
            data=data,
            compressed=data is not None and not data.endswith("/") and compression != "none",
            data_key_arn=self.model_data_key_arn,
        )
