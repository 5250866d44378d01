"""What pipelines say of the versions that they register: metadata, and the model card.

The author of a definition need not know it: the risk and the intended use stand in the settings
of the group, and the job that trained the model and its data in the definition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stacks.pipelines.definition import PLACEHOLDER, PipelineDefinition, Step

if TYPE_CHECKING:
    from stacks.model_registry.settings import ModelGroupSettings

_TRAINED = re.compile(r"Steps\.([\w-]+)\.ModelArtifacts\.S3ModelArtifacts")
_RESULT = re.compile(r"Steps\.([\w-]+)\.ProcessingOutputConfig\.")
# Stands in the text of a card for a variable of the pipeline: a character for private use.
_MARK = re.compile("\ue000(\\d+)\ue000")
_MOST_DATASETS = 15
Groups = Mapping[str, "ModelGroupSettings"]


def fill_registrations(definition: PipelineDefinition, groups: Groups) -> PipelineDefinition:
    """Return a definition whose registered versions have metadata and a filled model card.

    What the definition says itself stays. A card that is no JSON stays as it is.
    """
    content = json.loads(json.dumps(definition.content))
    filled = replace(definition, content=content)
    for step in filled.steps:
        arguments = step.content.get("Arguments")
        if step.operation != "CreateModelPackage" or not isinstance(arguments, dict):
            continue
        group = groups.get(group_of(step) or "")
        if group is not None and (known := group.metadata):
            given = arguments.get("CustomerMetadataProperties") or {}
            arguments["CustomerMetadataProperties"] = {**known, **given}
        card = arguments.setdefault("ModelCard", {"ModelCardStatus": "Draft"})
        card["ModelCardContent"] = _filled(
            card.get("ModelCardContent"), _additions(step, filled, group)
        )
    return filled


def group_of(step: Step) -> str | None:
    """Return the name of the group in which a step registers a version, if it is known."""
    match = PLACEHOLDER.fullmatch(str(step.arguments.get("ModelPackageGroupName")))
    return match[2] if match else None


def card_of(step: Step) -> Mapping[str, Any] | None:
    """Return the model card of a step with marks in place of variables; None if it is no JSON."""
    return _Card(_at(step.arguments, "ModelCard", "ModelCardContent")).content


def risk_rating(group: ModelGroupSettings | None) -> str:
    """Return the risk of a group in the words of model cards."""
    return group.risk.capitalize() if group is not None and group.risk else "Unknown"


class _Card:
    """A model card that may have variables of the pipeline in its text."""

    def __init__(self, given: Any) -> None:
        self.variables: list[Any] = []
        text = "{}" if given is None else self._text(given)
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        self.content: dict[str, Any] | None = found if isinstance(found, dict) else None

    def _text(self, given: Any) -> str:
        if isinstance(given, str):
            return given
        joined = given.get("Std:Join") if isinstance(given, Mapping) else None
        if isinstance(joined, Mapping):
            return str(joined.get("On", "")).join(
                one if isinstance(one, str) else self.mark(one) for one in joined["Values"]
            )
        return str(self.mark(given))

    def mark(self, value: Any) -> Any:
        """Return text as it is, and a mark in place of a variable."""
        if isinstance(value, str):
            return value
        self.variables.append(value)
        return f"\ue000{len(self.variables) - 1}\ue000"

    def render(self) -> Any:
        """Return the text of the card, or the function that joins text and variables."""
        text = json.dumps(self.content, ensure_ascii=False, sort_keys=True)
        if not self.variables:
            return text
        parts = _MARK.split(text)
        values = [
            self.variables[int(part)] if index % 2 else part for index, part in enumerate(parts)
        ]
        return {"Std:Join": {"On": "", "Values": [one for one in values if one != ""]}}


def _filled(given: Any, additions: Mapping[str, Any]) -> Any:
    card = _Card(given)
    if card.content is None:
        return given
    _merge(card.content, _marked(additions, card))
    return card.render()


def _marked(value: Any, card: _Card) -> Any:
    if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in ("Get", "Std:Join"):
        return card.mark(value)
    if isinstance(value, Mapping):
        return {key: _marked(below, card) for key, below in value.items()}
    if isinstance(value, list):
        return [_marked(below, card) for below in value]
    return value


def _merge(into: dict[str, Any], additions: Mapping[str, Any]) -> None:
    for key, value in additions.items():
        if isinstance(into.get(key), dict) and isinstance(value, Mapping):
            _merge(into[key], value)
        else:
            into.setdefault(key, value)


def _additions(
    step: Step, definition: PipelineDefinition, group: ModelGroupSettings | None
) -> Mapping[str, Any]:
    uses = {"risk_rating": risk_rating(group)}
    if group is not None and group.intended_use is not None:
        # It is no place for placeholders.
        uses["intended_uses"] = group.intended_use.replace("{{", "{ {")
    found: dict[str, Any] = {"intended_uses": uses}
    containers = _at(step.arguments, "InferenceSpecification", "Containers") or []
    if artifacts := [one["ModelDataUrl"] for one in containers if one.get("ModelDataUrl")]:
        found["model_overview"] = {"model_artifact": artifacts}
    by_name = {one.name: one for one in definition.steps}
    if trained := _step_of(artifacts, _TRAINED, by_name):
        found["training_details"] = {"training_job_details": _training(trained)}
    report = _at(step.arguments, "ModelMetrics", "ModelQuality", "Statistics", "S3Uri")
    if report is not None:
        evaluation: dict[str, Any] = {"name": "Quality", "metadata": {"report": report}}
        if evaluated := _step_of(report, _RESULT, by_name):
            evaluation["name"] = evaluated.name
            evaluation["evaluation_job_arn"] = {"Get": f"Steps.{evaluated.name}.ProcessingJobArn"}
        found["evaluation_details"] = [evaluation]
    return found


def _training(step: Step) -> Mapping[str, Any]:
    channels = step.arguments.get("InputDataConfig") or []
    places = [_at(one, "DataSource", "S3DataSource", "S3Uri") for one in channels]
    data = [one for one in places if one is not None and not str(one).startswith("s3://{{code}}")]
    image = _at(step.arguments, "AlgorithmSpecification", "TrainingImage")
    return {
        "training_arn": {"Get": f"Steps.{step.name}.TrainingJobArn"},
        "training_datasets": data[:_MOST_DATASETS],
        **({"training_environment": {"container_image": [image]}} if image else {}),
    }


def _step_of(found: Any, pattern: re.Pattern[str], steps: Mapping[str, Step]) -> Step | None:
    """Return the first step whose results are in a value."""
    for path in _gets(found):
        match = pattern.match(path)
        if match and match[1] in steps:
            return steps[match[1]]
    return None


def _gets(found: Any) -> Iterator[str]:
    if isinstance(found, Mapping):
        for key, below in found.items():
            if key == "Get" and isinstance(below, str):
                yield below
            else:
                yield from _gets(below)
    elif isinstance(found, list):
        for below in found:
            yield from _gets(below)


def _at(found: Any, *keys: str) -> Any:
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
