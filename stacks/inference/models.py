"""Settings of a model: where its container and its data come from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
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
from stacks.fields import (
    EnvironmentVariable,
    HubContentName,
    HubContentVersion,
    HubName,
    KeyArn,
    ModelPackageArn,
    ModelPackageGroup,
    Settings,
    ShardRevision,
    fault,
    instance_types,
)
from stacks.inference.lock import Lock, LockedModel, command_for

_IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?P<china>\.cn)?"
    r"/[a-z0-9]+([._/-][a-z0-9]+)*"
    r"(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?"
)
_MODEL_DATA = re.compile(
    r"s3://[a-z0-9](?!\S*\.\.\S*/)[a-z0-9.-]{1,61}[a-z0-9]/(?=[^/]|$)[^*?$\s]*"
)
_SOURCES = ("image", "framework", "large_model", "model_package", "hub_content")
_LOOKED_UP = ("model_package", "hub_content")
PUBLIC_HUB = "SageMakerPublicHub"


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
        file: the settings file.
        lock: models that were looked up; None while they are being looked up.
    """

    region: str
    file: Path
    lock: Lock | None


@dataclass(frozen=True, kw_only=True)
class ResolvedModel:
    """Where a model comes from, with everything known.

    Args:
        image: URI of the container.
        accelerator: what the image is made for, if it is one of AWS.
        data: S3 URI of the model.
        compressed: whether the data are a compressed archive.
        environment: what the registry or the hub says besides.
        model_package_arn: the version in a registry that the model is made of.
        hub_content_arn: the reference in a private hub that gives access to the data.
        accept_eula: whether the model's license is accepted.
    """

    image: str
    accelerator: str | None = None
    data: str | None = None
    compressed: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    model_package_arn: str | None = None
    hub_content_arn: str | None = None
    accept_eula: bool = False


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


class ModelPackageSettings(Settings):
    """A version of a model in a registry, looked up by `make models`."""

    arn: ModelPackageArn | None = None
    """ARN of one version; or else `latest_approved`."""
    latest_approved: ModelPackageGroup | None = None
    """Name or ARN of a group: its latest approved version when `make models` was run."""

    @property
    def key(self) -> str:
        """What the lock file calls it."""
        return self.arn or f"latest approved of {self.latest_approved}"

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        if (self.arn is None) is (self.latest_approved is None):
            raise fault("must have one of arn and latest_approved")
        if isinstance(info.context, Surroundings):
            for at in ("arn", "latest_approved"):
                value: str = getattr(self, at) or ""
                if value.startswith("arn:") and value.split(":")[3] != info.context.region:
                    raise fault(
                        f"must be in {info.context.region}: a model is made of a version in its "
                        "own region",
                        at=at,
                        value=value,
                    )
        return self


class HubContentSettings(Settings):
    """A model of JumpStart or of a private hub, looked up by `make models`."""

    hub: HubName = PUBLIC_HUB
    """Name or ARN of the hub; absent, the public one, which is JumpStart."""
    name: HubContentName
    """Name of the model in the hub, such as huggingface-llm-mistral-7b."""
    version: HubContentVersion
    """Its version, in quotes."""
    accept_eula: bool = False
    """Whether you accept the license of a model that has one."""

    @property
    def key(self) -> str:
        """What the lock file calls it."""
        return f"{self.hub} {self.name} {self.version}"


class FastModelLoaderSettings(Settings):
    """Parting a large model into shards that load fast, by a job before the endpoint."""

    max_hours: Annotated[int, Field(ge=1, le=24)] = 3
    """How long the job may take; the deployment waits for it."""
    revision: ShardRevision | None = None
    """Any word; another one parts the model again, whose data has changed at the same place."""


class ModelSettings(Settings):
    """A model, as part of whatever serves it.

    Its container is one of `image`, `framework` and `large_model`, or what `model_package` or
    `hub_content` says, which bring their data too. A large model may have an image of your own.
    """

    image: Annotated[str, AfterValidator(_image)] | None = None
    """URI of the container in ECR, in the environment's region."""
    framework: FrameworkSettings | None = None
    """An image of AWS, by framework and version."""
    large_model: LargeModelSettings | None = None
    """A large language model in a container of AWS, set up for the instance type."""
    model_package: ModelPackageSettings | None = None
    """A version in a model registry."""
    fast_model_loader: FastModelLoaderSettings | None = None
    """Parting the large model into shards before it is served (Fast Model Loader); absent, it
    is served as it is."""
    hub_content: HubContentSettings | None = None
    """A model of JumpStart or of a private hub."""
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
    """Environment variables of the container; they go before those that are derived or
    looked up."""

    _surroundings: Surroundings | None = PrivateAttr(None)

    @property
    def looked_up(self) -> ModelPackageSettings | HubContentSettings | None:
        """What the lock file has to know, if anything."""
        return self.model_package or self.hub_content

    def resolve(self, instance_types: Sequence[str] = ()) -> ResolvedModel:
        """Return where the model comes from.

        Args:
            instance_types: what it runs on; a hub may name another container for some.

        Raises:
            ValueError: the settings were not read from a file.
        """
        surroundings = self._surroundings
        if surroundings is None or surroundings.lock is None:
            raise ValueError("expected settings that were read from a file")
        if self.looked_up is not None:
            return self._of(surroundings.lock.models[self.looked_up.key], instance_types)
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
        )

    def _of(self, model: LockedModel, instance_types: Sequence[str]) -> ResolvedModel:
        for instance_type in instance_types[:1]:
            model = model.on(instance_type)
        return ResolvedModel(
            image=model.image,
            data=model.model_data,
            compressed=model.compressed,
            environment=model.environment,
            model_package_arn=model.model_package_arn,
            hub_content_arn=model.hub_content_arn,
            accept_eula=self.hub_content is not None and self.hub_content.accept_eula,
        )

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
        self,
        types: Sequence[str],
        *,
        share_instance: bool = False,
        isolated: bool = False,
        at: str = "",
    ) -> None:
        """Refuse instance types that the model does not run on.

        Args:
            types: instance types that it may run on.
            share_instance: whether other models, or copies, share an instance with it.
            isolated: whether its containers reach nothing.
            at: path of this model below the settings that are checked.
        """
        prefix = f"{at}." if at else ""
        if self.fast_model_loader is not None:
            self._check_sharding(types, f"{prefix}fast_model_loader", isolated=isolated)
        for instance_type in types:
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
            if self._surroundings is None or self._surroundings.lock is None:
                continue
            self._check_looked_up(instance_type, types[0], prefix)
            wanted = self.resolve([instance_type]).accelerator
            kind = find_instance_type(instance_type).kind
            # A GPU may idle; what is not there may not.
            if wanted and wanted != kind and (wanted, kind) != ("cpu", "gpu"):
                raise fault(
                    f"does not run on {instance_type}: the image is for {wanted}, and the "
                    f"instance type takes {kind or 'none of these'}",
                    at=f"{prefix}framework",
                    value=self.framework.name if self.framework else wanted,
                )

    def _check_looked_up(self, instance_type: str, first: str, prefix: str) -> None:
        """Refuse instance types that a registry or a hub does not name, or not alike."""
        if self.looked_up is None or self._surroundings is None or self._surroundings.lock is None:
            return
        model = self._surroundings.lock.models[self.looked_up.key]
        at = f"{prefix}{'model_package' if self.model_package else 'hub_content'}"
        if model.instance_types and instance_type not in model.instance_types:
            known = ", ".join(model.instance_types[:8])
            more = ", ..." if len(model.instance_types) > 8 else ""
            raise fault(
                f"does not run on {instance_type}, but on {known}{more}",
                at=at,
                value=self.looked_up.key,
            )
        if model.on(instance_type) != model.on(first):
            raise fault(
                f"has another container or setting for {instance_type} than for {first}: give "
                "one instance type",
                at=at,
                value=self.looked_up.key,
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
            self._surroundings = info.context
            if info.context.lock is not None:
                self._check_locked(info.context.file, info.context.lock)
        return self

    def _check_locked(self, file: Path, lock: Lock) -> None:
        """Refuse what was not looked up, or what cannot be used as it was found."""
        wanted = self.looked_up
        if wanted is None:
            return
        at = "model_package" if self.model_package else "hub_content"
        model = lock.models.get(wanted.key)
        if model is None:
            raise fault(
                f"is not in {lock.path}: run {command_for(file)}, and check the file in",
                at=at,
                value=wanted.key,
            )
        if model.eula and self.hub_content and not self.hub_content.accept_eula:
            raise fault(
                f"has a license to accept: read {model.eula}, and set accept_eula: true",
                at="hub_content.accept_eula",
                value=False,
            )

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
        self._check_fast_model_loader()
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

    def _check_fast_model_loader(self) -> None:
        if self.fast_model_loader is None:
            return
        large, data = self.large_model, self.model_data
        value = self.fast_model_loader.max_hours
        if large is None or large.server != "lmi":
            raise fault(
                "needs large_model with server lmi, which loads the shards",
                at="fast_model_loader",
                value=value,
            )
        if data is None or not data.endswith("/"):
            raise fault(
                "needs model_data that is a prefix s3://bucket/prefix/, which is parted",
                at="fast_model_loader",
                value=value,
            )

    def _check_sharding(self, types: Sequence[str], at: str, *, isolated: bool) -> None:
        """Refuse what shards cannot be made for, or loaded on."""
        if isolated:
            raise fault(
                "needs containers that reach S3, from which they load: remove network_isolation",
                at=at,
                value=types[0],
            )
        if len(types) > 1:
            raise fault(
                "parts the model for one instance type: give instance_type",
                at=at,
                value=list(types),
            )
        known = instance_types("OptimizationJobDeploymentInstanceType")
        if types[0] not in known:
            fitting = [name for name in known if self._fits(name)]
            raise fault(
                f"is not offered for {types[0]}; this model fits on "
                f"{', '.join(fitting[:6]) or 'none of those where it is'}",
                at=at,
                value=types[0],
            )

    def _fits(self, instance_type: str) -> bool:
        assert self.large_model is not None
        try:
            plan_large_model(self.large_model.model(), instance_type)
        except ValueError:
            return False
        return True

    def _check_data(self) -> None:
        data, compression = self.model_data, self.model_data_compression
        for key in ("model_data_key_arn", "model_data_compression"):
            looked_up = self.looked_up is not None and key == "model_data_key_arn"
            if data is None and not looked_up and (value := getattr(self, key)) is not None:
                what = "to decrypt" if key == "model_data_key_arn" else "to unpack"
                raise fault(
                    f"has no model_data {what}: give model_data, or remove the line",
                    at=key,
                    value=value,
                )
        if data is None:
            return
        if self.looked_up is not None:
            of = "model_package" if self.model_package else "hub_content"
            raise fault(f"comes with {of}: remove the line", at="model_data", value=data)
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
