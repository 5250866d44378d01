"""What arguments of steps must be so that the API of SageMaker accepts them.

Shapes and enumerations come from botocore's model of SageMaker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from stacks.fields import close_to
from stacks.pipelines.definition import PLACEHOLDER, Keys, Step
from stacks.sagemaker_api import sagemaker_model

if TYPE_CHECKING:
    from botocore.model import Shape

_VARIABLES = ("Get", "Std:Join", "Std:JsonGet")
"""Members with which an object is a variable of the pipeline."""
_NAMED = {
    "CreateHyperParameterTuningJob": "HyperParameterTuningJobName",
    "CreateModel": "ModelName",
    "CreateProcessingJob": "ProcessingJobName",
    "CreateTrainingJob": "TrainingJobName",
    "CreateTransformJob": "TransformJobName",
    "CreateAutoMLJobV2": "AutoMLJobName",
}
"""Names that SageMaker gives in place of the definition."""


class Finding(NamedTuple):
    """Something wrong in a definition.

    Attributes:
        keys: path in the definition.
        text: what was found, and the rule.
    """

    keys: Keys
    text: str


def find_wrong_shapes(step: Step, operation: str) -> Iterator[Finding]:
    """Yield arguments that the API does not accept."""
    from botocore.validate import ParamValidator

    shape = _input_shape(operation)
    name = _NAMED.get(operation)
    given = {**_concrete(step.arguments, shape), **({name: "x"} if name else {})}
    report = ParamValidator().validate(given, shape)
    keys = (*step.keys, "Arguments")
    for line in report.generate_report().splitlines():
        yield Finding(keys, line.strip())
    yield from _enumerations(step.arguments, shape, keys)


@cache
def _input_shape(operation: str) -> Shape:
    from botocore.model import ServiceModel

    return ServiceModel(sagemaker_model(), "sagemaker").operation_model(operation).input_shape


def _concrete(value: Any, shape: Any) -> Any:
    """Return arguments with a value of the right type in place of each variable."""
    kind = None if shape is None else shape.type_name
    if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _VARIABLES:
        least = 1 if shape is None else int(shape.metadata.get("min", 1))
        return {
            "integer": max(1, least),
            "long": max(1, least),
            "float": 1.0,
            "double": 1.0,
            "boolean": True,
            "list": [],
            "map": {},
            "structure": {},
        }.get(kind or "string", "x" * max(1, least))
    if isinstance(value, Mapping):
        members = shape.members if kind == "structure" else {}
        below = shape.value if kind == "map" else None
        return {key: _concrete(one, members.get(key, below)) for key, one in value.items()}
    if isinstance(value, list):
        return [_concrete(one, shape.member if kind == "list" else None) for one in value]
    if isinstance(value, str) and PLACEHOLDER.search(value):
        # What replaces it is longer than any minimum.
        return PLACEHOLDER.sub("x" * 20, value)
    return value


def _enumerations(value: Any, shape: Any, keys: Keys) -> Iterator[Finding]:
    kind = None if shape is None else shape.type_name
    if isinstance(value, Mapping) and kind in ("structure", "map"):
        for key, below in value.items():
            member = shape.members.get(key) if kind == "structure" else shape.value
            yield from _enumerations(below, member, (*keys, key))
    elif isinstance(value, list) and kind == "list":
        for index, below in enumerate(value):
            yield from _enumerations(below, shape.member, (*keys, index))
    elif isinstance(value, str) and getattr(shape, "enum", None) and value not in shape.enum:
        yield Finding(
            keys, f"got {value}; must be a {shape.name} of SageMaker{close_to(value, shape.enum)}"
        )
