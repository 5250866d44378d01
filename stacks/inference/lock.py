"""What registries and hubs said of models, recorded before the synth.

A synth makes no requests. `make models` looks models up and writes what it finds next to
the environment's settings, ``<environment>.lock.json``, which is checked in.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from sagemaker_platform.catalog.model_figures import ModelFigures
from stacks.model_context import ModelContext, ModelContextError


class LockError(ModelContextError):
    """A lock file that cannot be read."""


class _Locked(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class LockedCompute(_Locked):
    """What one copy of a model requires of an instance."""

    accelerators: int | None = None
    """Number of GPUs or Neuron devices."""
    cpu_cores: float | None = None
    """Number of processor cores."""
    min_memory_mb: int | None = None
    """Memory of the host."""


class LockedVariant(_Locked):
    """What differs on some instance types."""

    image: str | None = None
    """URI of the container."""
    model_data: str | None = None
    """S3 URI of the model."""
    environment: dict[str, str] = {}
    """Environment variables of the container."""
    compute: LockedCompute = LockedCompute()
    """What one copy requires, where it differs."""


class LockedConfiguration(_Locked):
    """One way to serve a model: its container and what it requires of its host."""

    image: str
    """URI of the container."""
    model_data: str | None = None
    """S3 URI of the model."""
    compressed: bool = False
    """Whether the data are a compressed archive."""
    environment: dict[str, str] = {}
    """Environment variables of the container."""
    instance_types: list[str] = []
    """What it runs on; empty if the registry or the hub does not say."""
    variants: dict[str, LockedVariant] = {}
    """What differs, by instance type or family, such as `g5`."""
    model_data_download_timeout_seconds: int | None = None
    """Time that the download of the data may take."""
    container_startup_timeout_seconds: int | None = None
    """Time until the container answers its first health check."""
    inference_ami_version: str | None = None
    """AMI of the host."""
    volume_size_gb: int | None = None
    """EBS volume of an instance."""
    network_isolation: bool = False
    """Whether the publisher runs the container without network access."""
    compute: LockedCompute = LockedCompute()
    """What one copy requires of an instance."""


class LockedModel(LockedConfiguration):
    """Where a model of a registry or a hub comes from, in its best configuration."""

    model_package_arn: str | None = None
    """The version in a registry."""
    hub_content_arn: str | None = None
    """The reference in a private hub, through which SageMaker reads the data."""
    eula: str | None = None
    """Where the license is that has to be accepted."""
    configurations: list[LockedConfiguration] = []
    """Further configurations, the best first, for instance types that the best one lacks."""

    @property
    def all_instance_types(self) -> list[str]:
        """What it runs on in any configuration; empty if the publisher does not say."""
        if not self.instance_types:
            return []
        more = [name for one in self.configurations for name in one.instance_types]
        return list(dict.fromkeys([*self.instance_types, *more]))

    def on(self, instance_type: str) -> LockedConfiguration:
        """Return the configuration for an instance type."""
        found: LockedConfiguration = self
        if self.instance_types and instance_type not in self.instance_types:
            others = (one for one in self.configurations if instance_type in one.instance_types)
            found = next(others, self)
        for name in (instance_type.split(".")[1], instance_type):
            # The type itself goes before its family.
            if (variant := found.variants.get(name)) is not None:
                found = found.model_copy(update=_changes(found, variant))
        return found


def _changes(found: LockedConfiguration, variant: LockedVariant) -> dict[str, Any]:
    return {
        "image": variant.image or found.image,
        "model_data": variant.model_data or found.model_data,
        "environment": {**found.environment, **variant.environment},
        "compute": found.compute.model_copy(
            update=variant.compute.model_dump(exclude_none=True),
        ),
    }


class _File(_Locked):
    models: dict[str, LockedModel] = {}
    figures: dict[str, ModelFigures] = {}


class Lock:
    """The models of an environment that were looked up.

    Args:
        path: the lock file.
        models: models of registries and hubs, by their keys.
        figures: figures of large models, by the S3 URI of their data.
    """

    def __init__(
        self,
        path: Path,
        models: Mapping[str, LockedModel],
        figures: Mapping[str, ModelFigures] | None = None,
    ) -> None:
        self.path = path
        self.models = dict(models)
        self.figures = dict(figures or {})

    @classmethod
    def of(cls, context: ModelContext | None) -> "Lock | None":
        """Return the models that were looked up; None while they are being looked up."""
        return context.read(cls.next_to) if context is not None and context.locked else None

    @classmethod
    def next_to(cls, settings: Path) -> "Lock":
        """Read the lock file of a settings file; without one, nothing is locked.

        Raises:
            LockError: it is no lock file.
        """
        path = settings.with_suffix(".lock.json")
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            return cls(path, {})
        except (OSError, UnicodeDecodeError) as error:
            raise LockError(f"{path}: cannot be read: {error}") from None
        try:
            found = _File.model_validate_json(text)
        except ValueError as error:
            reason = " ".join(str(error).split())
            raise LockError(
                f"{path}: must be a lock file ({reason[:200]}): {command_for(settings)} writes a "
                "new one"
            ) from None
        return cls(path, found.models, found.figures)

    def write(self) -> None:
        """Write the file, or remove it where there is nothing to write."""
        if not self.models and not self.figures:
            self.path.unlink(missing_ok=True)
            return
        file = _File(models=self.models, figures=self.figures)
        content = file.model_dump(mode="json", exclude_defaults=True)
        text = json.dumps(content, indent=2, sort_keys=True)
        self.path.write_text(f"{text}\n", "utf-8")


def command_for(settings: Path) -> str:
    """Return the command that looks up the models of a settings file."""
    if settings.parent == Path("environments"):
        return f"make models ENV={settings.stem}"
    return f"make models FILES={settings}"
