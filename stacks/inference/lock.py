"""What registries and hubs said of models, recorded before the synth.

A synth asks nobody. `make models` looks models up and writes what it finds into a file beside
the environment's settings, ``<environment>.lock.json``, which is checked in.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from stacks.model_context import ModelContext, ModelContextError


class LockError(ModelContextError):
    """A lock file that cannot be read."""


class _Locked(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class LockedVariant(_Locked):
    """What differs on some instance types."""

    image: str | None = None
    """URI of the container."""
    model_data: str | None = None
    """S3 URI of the model."""
    environment: dict[str, str] = {}
    """Environment variables of the container."""


class LockedModel(_Locked):
    """Where a model of a registry or a hub comes from."""

    image: str
    """URI of the container."""
    model_data: str | None = None
    """S3 URI of the model."""
    compressed: bool = False
    """Whether the data are a compressed archive."""
    environment: dict[str, str] = {}
    """Environment variables of the container."""
    model_package_arn: str | None = None
    """The version in a registry."""
    hub_content_arn: str | None = None
    """The reference in a private hub, through which SageMaker reads the data."""
    eula: str | None = None
    """Where the license is that has to be accepted."""
    instance_types: list[str] = []
    """What it runs on; empty, nobody has said."""
    variants: dict[str, LockedVariant] = {}
    """What differs, by instance type or family, such as `g5`."""

    def on(self, instance_type: str) -> "LockedModel":
        """Return it as it is on an instance type."""
        found = self
        # The type itself goes before its family.
        for name in (instance_type.split(".")[1], instance_type):
            variant = self.variants.get(name)
            if variant is not None:
                found = found.model_copy(
                    update={
                        "image": variant.image or found.image,
                        "model_data": variant.model_data or found.model_data,
                        "environment": {**found.environment, **variant.environment},
                    }
                )
        return found


class _File(_Locked):
    models: dict[str, LockedModel]


class Lock:
    """The models of an environment that were looked up.

    Args:
        path: the lock file.
        models: its content.
    """

    def __init__(self, path: Path, models: Mapping[str, LockedModel]) -> None:
        self.path = path
        self.models = dict(models)

    @classmethod
    def of(cls, context: ModelContext | None) -> "Lock | None":
        """Return the models that were looked up; None while they are being looked up."""
        return context.read(cls.beside) if context is not None and context.locked else None

    @classmethod
    def beside(cls, settings: Path) -> "Lock":
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
            return cls(path, _File.model_validate(json.loads(text)).models)
        except ValueError as error:
            reason = " ".join(str(error).split())
            raise LockError(
                f"{path}: is no lock file ({reason[:200]}): {command_for(settings)} writes it anew"
            ) from None

    def write(self) -> None:
        """Write the file, or remove it where there is nothing to write."""
        if not self.models:
            self.path.unlink(missing_ok=True)
            return
        content: dict[str, Any] = {
            key: model.model_dump(exclude_defaults=True)
            for key, model in sorted(self.models.items())
        }
        text = json.dumps({"models": content}, indent=2, sort_keys=True)
        self.path.write_text(f"{text}\n", "utf-8")


def command_for(settings: Path) -> str:
    """Return the command that looks up the models of a settings file."""
    if settings.parent == Path("environments"):
        return f"make models ENV={settings.stem}"
    return f"make models FILES={settings}"
