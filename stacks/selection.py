"""Which environments a command works on: some of `environments/`, or other settings files."""

from __future__ import annotations

import glob
import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stacks.loading import ENVIRONMENTS, SettingsError, load_environments
from stacks.settings import EnvironmentSettings


@dataclass(frozen=True)
class Selection:
    """Names of environments, or settings files. Empty: all files of `environments/`.

    Args:
        names: names of files in `environments/`, without suffix.
        files: settings files to use in place of `environments/`.
    """

    names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @classmethod
    def parse(cls, names: object = None, files: object = None) -> Selection:
        """Return the selection that a user wrote.

        Args:
            names: a list, or text with commas or spaces between the names.
            files: a list, a JSON list, or text: one path or glob, or several with spaces
                between them. A path with spaces needs quotes when there are several.

        Raises:
            SettingsError: both are given, or a glob matches no file.
        """
        selection = cls(
            tuple(dict.fromkeys(_words(names))),
            tuple(dict.fromkeys(path for word in _paths(files) for path in _matches(word))),
        )
        if selection.names and selection.files:
            raise SettingsError(
                "Environments (--env, ENV) and files (--files, FILES) must not be "
                "combined. Remove one of them."
            )
        return selection

    def load(self, *, locked: bool = True) -> list[EnvironmentSettings]:
        """Read and validate the settings.

        Args:
            locked: whether models of registries and hubs must have been looked up.

        Raises:
            SettingsError: a file is missing or invalid, or two environments clash.
        """
        return load_environments(names=self.names, files=self.files, locked=locked)

    def paths(self) -> list[Path]:
        """Return the settings files."""
        if self.files:
            return [Path(file) for file in self.files]
        if self.names:
            return [ENVIRONMENTS / f"{name}.yaml" for name in self.names]
        return sorted(ENVIRONMENTS.glob("*.yaml"))

    def context(self) -> dict[str, str]:
        """Return the CDK context that selects the same environments in `app.py`."""
        context = {"environments": ",".join(self.names)} if self.names else {}
        return context | ({"files": json.dumps(self.files)} if self.files else {})


def _words(value: object) -> Iterable[str]:
    words = value if isinstance(value, list | tuple) else [value or ""]
    return (name for word in words for name in str(word).replace(",", " ").split())


def _paths(value: object) -> Sequence[str]:
    if isinstance(value, list | tuple):
        return [path for one in value for path in _paths(one)]
    text = str(value or "").strip()
    if not text or _is_path(text):
        return [text] if text else []
    try:
        if text.startswith("["):
            return [str(path) for path in json.loads(text)]
        return shlex.split(text)
    except ValueError as error:
        raise SettingsError(f"files: got {text}; must be paths or a JSON list: {error}") from None


def _is_path(text: str) -> bool:
    return _exists(text) or bool(glob.glob(text))


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except OSError:  # A list of paths may be longer than a path can be.
        return False


def _matches(path: str) -> Iterator[str]:
    if _exists(path) or not glob.has_magic(path):
        yield path
        return
    found = sorted(glob.glob(path))
    if not found:
        raise SettingsError(f"files: got {path}; must match at least one settings file")
    yield from found
