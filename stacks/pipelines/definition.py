"""Definitions of pipelines: exported JSON whose placeholders stand for an environment's values.

`sagemaker-platform pipeline export` writes `definition.json` and the folder `uploads` next to
`definition.py`. A definition names no role, image, bucket, key or subnet of an account. It has
placeholders such as ``{{role}}``, which a synth replaces.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stacks.model_context import ModelContextError

PLACEHOLDER = re.compile(r"\{\{([a-z_]+)(?::([^{}\s]+))?\}\}")
SOURCE = "Source"
"""Member of a definition's ``Metadata`` with the digest of what it was exported from."""

Keys = tuple[str | int, ...]
Values = Mapping[str, str | Sequence[str]]
"""Values of placeholders without their braces, such as ``role`` or ``image:sklearn:1.9-0``."""

OPERATIONS: Mapping[str, str | None] = {
    "AutoML": "CreateAutoMLJobV2",
    "ClarifyCheck": "CreateProcessingJob",
    "Condition": None,
    "Fail": None,
    "Model": "CreateModel",
    "Processing": "CreateProcessingJob",
    "QualityCheck": "CreateProcessingJob",
    "RegisterModel": "CreateModelPackage",
    "Training": "CreateTrainingJob",
    "Transform": "CreateTransformJob",
    "Tuning": "CreateHyperParameterTuningJob",
}
"""Types of steps, and the operation of the API that takes their arguments. Source: SageMaker
Pipelines JSON schema 2020-12-01 (aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-
definition-JSON-schema)."""


class PipelineDefinitionError(ModelContextError):
    """A definition that cannot be used. The message has one line for each finding."""


@dataclass(frozen=True)
class Step:
    """A step, also in a branch of a condition.

    Attributes:
        keys: path of the step in the definition.
        content: its JSON.
    """

    keys: Keys
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the step."""
        return str(self.content.get("Name", ""))

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Arguments of the step."""
        found = self.content.get("Arguments")
        return found if isinstance(found, Mapping) else {}

    @property
    def operation(self) -> str | None:
        """Operation of the API that takes the arguments; None if there is none."""
        return OPERATIONS.get(str(self.content.get("Type")))


@dataclass(frozen=True)
class PipelineDefinition:
    """An exported definition.

    Attributes:
        folder: folder of the pipeline in this project.
        content: the definition.
    """

    folder: Path
    content: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> PipelineDefinition:
        """Read an exported definition.

        Raises:
            PipelineDefinitionError: it is missing, invalid, or older than its source.
        """
        path = folder / "definition.json"
        fix = f"Run `sagemaker-platform pipeline export {folder}`"
        try:
            content = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise PipelineDefinitionError(f"{path}: must exist. {fix}") from None
        except (OSError, ValueError) as error:
            raise PipelineDefinitionError(f"{path}: must be JSON ({error}). {fix}") from None
        if not isinstance(content, dict) or not isinstance(content.get("Steps"), list):
            raise PipelineDefinitionError(
                f"{path}: must be the definition of a pipeline, with Steps. {fix}"
            )
        metadata = content.get("Metadata") or {}
        if metadata.get(SOURCE, source_digest(folder)) != source_digest(folder):
            raise PipelineDefinitionError(
                f"{path}: must be exported again, because definition.py or code/ changed. {fix}"
            )
        return cls(folder, content)

    @property
    def path(self) -> Path:
        """File of the definition."""
        return self.folder / "definition.json"

    @property
    def uploads(self) -> Path:
        """Folder with the code that the SDK would have uploaded."""
        return self.folder / "uploads"

    @cached_property
    def steps(self) -> Sequence[Step]:
        """All steps, also those in branches of conditions."""
        return list(_steps(self.content["Steps"], ("Steps",)))

    @cached_property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """Parameters by name."""
        found = self.content.get("Parameters")
        return {
            str(one.get("Name")): one
            for one in (found if isinstance(found, list) else ())
            if isinstance(one, Mapping)
        }

    @property
    def required_parameters(self) -> Sequence[str]:
        """Names of parameters without a default."""
        return [name for name, one in self.parameters.items() if "DefaultValue" not in one]

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """Placeholders that it has, without their braces."""
        return frozenset(
            match[0][2:-2]
            for _, value in leaves(self.content)
            if isinstance(value, str)
            for match in PLACEHOLDER.finditer(value)
        )

    def names(self, kind: str) -> list[str]:
        """Return the names in placeholders of a kind, such as ``group``."""
        return sorted(
            name
            for one in self.placeholders
            for head, _, name in [one.partition(":")]
            if head == kind and name
        )

    def render(self, values: Values) -> str:
        """Return the definition with values in place of its placeholders."""
        content = {**self.content, "Metadata": {}}
        return json.dumps(_rendered(content, values), separators=(",", ":"), sort_keys=True)


def leaves(value: Any, keys: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Yield each value that is no object and no list, with its path."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from leaves(below, (*keys, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from leaves(below, (*keys, index))
    else:
        yield keys, value


def source_digest(folder: Path) -> str:
    """Return a digest of what a definition is exported from."""
    digest = hashlib.sha256()
    files = [folder / "definition.py", *sorted((folder / "code").rglob("*"))]
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]


def _steps(found: Any, keys: Keys) -> Iterator[Step]:
    for index, content in enumerate(found if isinstance(found, list) else ()):
        if not isinstance(content, Mapping):
            continue
        step = Step((*keys, index), content)
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(step.arguments.get(branch), (*step.keys, "Arguments", branch))


def _rendered(value: Any, values: Values) -> Any:
    if isinstance(value, Mapping):
        return {key: _rendered(below, values) for key, below in value.items()}
    if isinstance(value, list):
        found: list[Any] = []
        for below in value:
            match = PLACEHOLDER.fullmatch(below) if isinstance(below, str) else None
            given = values[match[0][2:-2]] if match else None
            # A list takes the place of its placeholder.
            found += (
                [_rendered(below, values)] if given is None or isinstance(given, str) else given
            )
        return found
    if isinstance(value, str):
        return PLACEHOLDER.sub(_replace(values), value)
    return value


def _replace(values: Values) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        given = values[match[0][2:-2]]
        assert isinstance(given, str), f"{match[0]} is a list, and must be the only item of a list"
        return given

    return replace
