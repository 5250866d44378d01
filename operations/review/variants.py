"""Synthesizes variants of settings in this process: a fraction of the time of a new one."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, Self

from operations.errors import OperationError


class InvalidVariantError(OperationError):
    """Settings that do not synthesize; the message says why."""


class Variants:
    """Synthesizes settings with the code of the working tree, without the checks.

    Attributes:
        count: how many were synthesized.
    """

    def __init__(self, name: str, folder: Path | None) -> None:
        """Make a folder for them.

        Args:
            name: name of the environment.
            folder: folder of a settings file, with the files that it names.
        """
        self.count = 0
        self._name = name
        self._folder = Path(tempfile.mkdtemp(prefix="review-"))
        self._settings = self._folder / "settings"
        self._settings.mkdir()
        if folder is not None:
            for file in folder.iterdir():
                if file.suffix not in (".yaml", ".yml"):
                    (self._settings / file.name).symlink_to(file.resolve())

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def is_valid(self, data: Any) -> bool:
        """Return whether settings are accepted, without a synth."""
        try:
            self._load(data)
        except InvalidVariantError:
            return False
        return True

    def synthesize(self, data: Any) -> Path:
        """Return the cloud assembly of settings.

        Raises:
            InvalidVariantError: they are not accepted, or do not synthesize.
        """
        # Starts node, which not all reviews need.
        from app import new_app
        from stacks.environment import EnvironmentStage

        environments = self._load(data)
        self.count += 1
        outdir = self._folder / f"{self.count}"
        app = new_app(str(outdir))
        try:
            for environment in environments:
                EnvironmentStage(app, environment)
            app.synth()
        except Exception as error:
            # Whatever a capability of a fork raises: the variant is none that anyone would deploy.
            raise InvalidVariantError(str(error)) from error
        return outdir

    def _load(self, data: Any) -> Any:
        from stacks.loading import SettingsError, load_environments

        file = self._settings / f"{data.get('name', self._name)}.yaml"
        # JSON is YAML.
        file.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        try:
            return load_environments(files=[str(file)])
        except SettingsError as error:
            raise InvalidVariantError(str(error)) from None
