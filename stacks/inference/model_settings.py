"""Settings of a model: where its container and its data come from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from sagemaker_platform.catalog import (
    LargeModelError,
    LargeModelPlan,
    find_instance_type,
    plan_large_model,
)
from sagemaker_platform.catalog.hosts import HostError, accelerator_of, check_gpu
from sagemaker_platform.catalog.server_options import (
    OptionError,
    check_options,
    find_model_id,
)
from stacks.arns import EcrImage, KeyArn, region_of_image
from stacks.fields import EnvironmentVariable, validation_error
from stacks.inference.catalog_settings import HubContentSettings, ModelPackageSettings
from stacks.inference.container_settings import FrameworkSettings, LargeModelSettings
from stacks.inference.draft_settings import WithoutDraftSettings
from stacks.inference.fast_model_loader_settings import LAST_VERSION, FastModelLoaderSettings
from stacks.inference.lock import Lock, LockedConfiguration, LockedModel, command_for
from stacks.inference.model_data_settings import ModelDataUri
from stacks.inference.resolved_model import ResolvedModel
from stacks.model_context import ModelContext

_SOURCES = ("image", "framework", "large_model", "model_package", "hub_content")


class ModelSettings(WithoutDraftSettings):
    """A model, as part of whatever serves it.

    Its container is one of `image`, `framework` and `large_model`, or what `model_package` or
    `hub_content` says, which bring their data too. A large model may have an image of your own.
    """

    image: EcrImage | None = None
    """URI of the container in ECR, in the environment's region."""
    framework: FrameworkSettings | None = None
    """An AWS image, by framework and version."""
    large_model: LargeModelSettings | None = None
    """A large language model in an AWS container, configured for the instance type."""
    model_package: ModelPackageSettings | None = None
    """A version in the model registry."""
    fast_model_loader: FastModelLoaderSettings | None = None
    """Shards the large model before deployment (Fast Model Loader). Optional."""
    hub_content: HubContentSettings | None = None
    """A model of JumpStart or of a private hub."""
    model_data: ModelDataUri | None = None
    """S3 URI of the model: a .tar.gz file, or a prefix that ends in /; or another single file
    with `model_data_compression: none`. If omitted, the image contains the model."""
    model_data_compression: Literal["gzip", "none"] | None = None
    """Whether SageMaker unpacks the data. Defaults to unpacking .tar.gz files only."""
    model_data_key_arn: KeyArn | None = None
    """KMS key of the model data. Defaults to the environment's key."""
    environment: Annotated[
        dict[EnvironmentVariable, Annotated[str, Field(max_length=1024)]], Field(max_length=100)
    ] = {}
    """Environment variables. They override derived ones, and those of the registry or hub."""

    _context: ModelContext | None = PrivateAttr(None)

    @property
    def lock(self) -> Lock | None:
        """The models that were looked up; None while they are being looked up."""
        return Lock.of(self._context)

    @property
    def container_key(self) -> str:
        """The key that says which container it is."""
        return next(key for key in _SOURCES if getattr(self, key) is not None)

    @property
    def downloads(self) -> str | None:
        """The environment variable that makes the container download from the internet."""
        found = find_model_id(self.environment)
        return found[0] if found and not found[1].startswith("s3://") else None

    def check_download(self, *, at: str) -> None:
        """Refuse a model that a container in a closed network cannot download.

        Args:
            at: path of this model in the settings of the environment.
        """
        if self.downloads is not None:
            raise validation_error(
                "cannot be downloaded, because the network has no internet access. Copy "
                "the model to S3, set model_data and remove the variable, or set "
                "network.nat_gateways",
                at=f"{at}.environment.{self.downloads}",
                value=self.environment[self.downloads],
            )

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
        context, lock = self._context, self.lock
        if context is None or lock is None:
            raise ValueError("expected settings that were read from a file")
        if self.looked_up is not None:
            return self._of(lock.models[self.looked_up.key], instance_types)
        found = None
        if self.image is None and self.fast_model_loader and self.large_model:
            found = self.large_model.find(context.region, newest=LAST_VERSION)
        elif self.image is None and self.framework is not None:
            # Without instance types, it is for a serverless endpoint.
            kinds = [find_instance_type(name).kind for name in instance_types[:1]] or ["cpu"]
            found = self.framework.find(context.region, kind=kinds[0])
        elif self.image is None and self.large_model is not None:
            found = self.large_model.find(context.region)
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
        found: LockedConfiguration = model.on(instance_types[0]) if instance_types else model
        return ResolvedModel(
            image=found.image,
            data=found.model_data,
            compressed=found.compressed,
            environment=found.environment,
            model_package_arn=model.model_package_arn,
            hub_content_arn=model.hub_content_arn,
            accept_eula=self.hub_content is not None and self.hub_content.accept_eula,
            looked_up=found,
        )

    def check_region(self, region: str, *, at: str) -> None:
        """Refuse what is not in the environment's region.

        Args:
            region: region of the environment.
            at: path of this model in the settings of the environment.
        """
        if self.image is None:
            return
        if region_of_image(self.image) != region:
            raise validation_error(
                f"must be in {region}: SageMaker pulls images from the region of the endpoint",
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
            assert self.large_model is not None, "checked with the model"
            self.fast_model_loader.check_placement(
                self.large_model, types, isolated=isolated, at=f"{prefix}fast_model_loader"
            )
        for instance_type in types:
            if self.large_model is not None:
                model = self.large_model.model(self.environment)
                try:
                    plan_large_model(model, instance_type, share_instance=share_instance)
                except LargeModelError as error:
                    raise validation_error(
                        f"does not fit: {error}",
                        at=f"{prefix}large_model",
                        value=instance_type,
                    ) from None
            if self.lock is None:
                continue
            self._check_looked_up(instance_type, prefix)
            self._check_options(instance_type, isolated=isolated, prefix=prefix)
            try:
                found = self.resolve([instance_type])
            except PydanticCustomError as error:
                context = error.context or {}
                raise validation_error(
                    f"{context['message']}, and {instance_type} needs another",
                    at=f"{prefix}framework.{context['at']}",
                    value=context["value"],
                ) from None
            wanted = found.accelerator or accelerator_of(found.image)
            kind = find_instance_type(instance_type).kind
            # A GPU may idle; what is not there may not.
            if wanted and wanted != kind and (wanted, kind) != ("cpu", "gpu"):
                raise validation_error(
                    f"does not run on {instance_type}: the image requires {wanted}, and the "
                    f"instance type has {kind or 'none of these'}",
                    at=f"{prefix}{self.container_key}",
                    value=self.framework.name if self.framework else found.image,
                )
            try:
                check_gpu(found.image, instance_type)
            except HostError as error:
                raise validation_error(
                    str(error), at=f"{prefix}{self.container_key}", value=found.image
                ) from None

    def _check_options(self, instance_type: str, *, isolated: bool, prefix: str) -> None:
        """Refuse environment variables that the instance type or the isolation excludes."""
        try:
            check_options(self.environment, instance_type)
        except OptionError as error:
            raise validation_error(
                str(error),
                at=f"{prefix}environment.{error.variable}",
                value=self.environment[error.variable],
            ) from None
        if isolated and (found := find_model_id(self.environment)) is not None:
            raise validation_error(
                "cannot be downloaded, because network_isolation blocks all network access "
                "of containers. Set model_data, which SageMaker copies, and remove the "
                "variable",
                at=f"{prefix}environment.{found[0]}",
                value=found[1],
            )

    def _check_looked_up(self, instance_type: str, prefix: str) -> None:
        """Refuse instance types that a registry or a hub does not name, or that are too small."""
        if self.looked_up is None or self.lock is None:
            return
        model = self.lock.models[self.looked_up.key]
        at = f"{prefix}{'model_package' if self.model_package else 'hub_content'}"
        known = model.all_instance_types
        if known and instance_type not in known:
            raise validation_error(
                f"does not run on {instance_type}, but on {', '.join(known[:8])}"
                f"{', ...' if len(known) > 8 else ''}",
                at=at,
                value=self.looked_up.key,
            )
        wanted = model.on(instance_type).compute.accelerators or 0
        instance = find_instance_type(instance_type)
        if wanted > instance.accelerators:
            raise validation_error(
                f"must have {wanted} accelerators according to {self.lock.path.name}; "
                f"{instance_type} has {instance.accelerators}. Choose a larger instance type",
                at=at,
                value=self.looked_up.key,
            )

    def plan(self, instance_type: str, *, share_instance: bool = False) -> LargeModelPlan | None:
        """Return how a large model runs on an instance type; None for other models."""
        if self.large_model is None:
            return None
        model = self.large_model.model(self.environment)
        return plan_large_model(model, instance_type, share_instance=share_instance)

    def timeouts(self, instance_type: str) -> tuple[int | None, int | None]:
        """Return the seconds for the download and until the first health check, if known."""
        known: LargeModelPlan | LockedConfiguration | None = self.plan(instance_type)
        if self.looked_up is not None:
            known = self.resolve([instance_type]).looked_up
        if known is None:
            return None, None
        return known.model_data_download_timeout_seconds, known.container_startup_timeout_seconds

    @model_validator(mode="after")
    def _check_model(self, info: ValidationInfo) -> Self:
        self._check_container()
        self._check_data()
        if isinstance(info.context, ModelContext):
            self._context = info.context
            if self.lock is not None:
                self._check_locked(info.context.file, self.lock)
                if self.large_model is not None:
                    self.large_model.set_figures(self.lock.figures.get(self.model_data or ""))
        return self

    def _check_locked(self, file: Path, lock: Lock) -> None:
        """Refuse what was not looked up, or what cannot be used as it was found."""
        wanted = self.looked_up
        if wanted is None:
            return
        at = "model_package" if self.model_package else "hub_content"
        model = lock.models.get(wanted.key)
        if model is None:
            raise validation_error(
                f"must be in {lock.path}. Run {command_for(file)}, and commit the file",
                at=at,
                value=wanted.key,
            )
        if model.compressed and (model.model_data or "").endswith("/"):
            raise validation_error(
                f"has compressed data at the prefix {model.model_data} in {lock.path}; must "
                f"be one .tar.gz file, or uncompressed. Run {command_for(file)} again, or "
                "fix the published model",
                at=at,
                value=wanted.key,
            )
        if model.eula and self.hub_content and not self.hub_content.accept_eula:
            raise validation_error(
                f"requires that you accept its license. Read {model.eula}, and set "
                "accept_eula: true",
                at="hub_content.accept_eula",
                value=False,
            )

    def _check_container(self) -> None:
        given = [key for key in _SOURCES if getattr(self, key) is not None]
        if not given:
            raise validation_error(
                f"must be given, unless there is {' or '.join(_SOURCES[1:])}", at="image"
            )
        if len(given) > 1 and given != ["image", "large_model"]:
            raise validation_error(
                f"must not be combined with {given[0]}. Remove one of them",
                at=given[1],
                value=getattr(self, given[1]).model_dump(exclude_none=True),
            )
        if self.fast_model_loader is not None:
            self.fast_model_loader.check_model(self.large_model, self.model_data)
            assert self.large_model is not None, "checked with the model"
            self.fast_model_loader.check_image(self.large_model, self.image)
        if self.large_model is None:
            return
        if self.image is not None and self.large_model.version is not None:
            raise validation_error(
                "applies only to AWS images, and image is given. Remove the line",
                at="large_model.version",
                value=self.large_model.version,
            )
        if self.image is None and self.model_data is None and self.downloads is None:
            raise validation_error(
                "requires model_data with an S3 prefix, or HF_MODEL_ID in environment if "
                "the network has a NAT gateway",
                at="large_model",
                value=self.large_model.server,
            )

    def _check_data(self) -> None:
        data, compression = self.model_data, self.model_data_compression
        for key in ("model_data_key_arn", "model_data_compression"):
            looked_up = self.looked_up is not None and key == "model_data_key_arn"
            if data is None and not looked_up and (value := getattr(self, key)) is not None:
                what = "to decrypt" if key == "model_data_key_arn" else "to unpack"
                raise validation_error(
                    f"requires model_data {what}. Add model_data, or remove the line",
                    at=key,
                    value=value,
                )
        if data is None:
            return
        if self.looked_up is not None:
            of = "model_package" if self.model_package else "hub_content"
            raise validation_error(
                f"must be omitted, because it comes from {of}. Remove the line",
                at="model_data",
                value=data,
            )
        if data.endswith("/"):
            if compression == "gzip":
                raise validation_error(
                    (
                        "applies only to a single file, because SageMaker copies a prefix "
                        "unchanged. Remove the line"
                    ),
                    at="model_data_compression",
                    value=compression,
                )
        elif compression is None and not data.endswith(".tar.gz"):
            raise validation_error(
                "must be a file s3://bucket/key.tar.gz, or a prefix s3://bucket/prefix/ "
                "that ends in /; for another single file set model_data_compression: none",
                at="model_data",
                value=data,
            )
