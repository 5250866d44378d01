"""What a definition must have so that an environment can run it.

The rules hold pipelines to what the environment has: its role, network, key, buckets, images and
groups. `shape_rules` has those of the API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagemaker_platform.catalog.local_disks import has_local_storage
from stacks.fields import close_to
from stacks.pipelines.definition import (
    OPERATIONS,
    PLACEHOLDER,
    Keys,
    PipelineDefinition,
    Step,
    leaves,
)
from stacks.pipelines.registration_rules import find_wrong_registrations
from stacks.pipelines.shape_rules import Finding, find_wrong_shapes

if TYPE_CHECKING:
    from stacks.model_registry.settings import ModelGroupSettings

_EXACT: Mapping[str, Any] = {
    "ExecutionRoleArn": "{{role}}",
    "RoleArn": "{{role}}",
    "KmsKeyId": "{{key}}",
    "VolumeKmsKeyId": "{{key}}",
    "SecurityGroupIds": ["{{security_groups}}"],
    "Subnets": ["{{subnets}}"],
}
"""Members that have one value in an environment. A parameter must not stand there either: who
starts a pipeline chooses its parameters."""
_IMAGES = ("Image", "ImageUri", "TrainingImage")
_VPC, _TRAINING = "VpcConfig", "TrainingJobDefinition."
_TIME = "StoppingCondition.MaxRuntimeInSeconds"
_REQUIRED: Mapping[str, Sequence[str]] = {
    "CreateProcessingJob": ("NetworkConfig.VpcConfig", _TIME),
    "CreateTrainingJob": (_VPC, "OutputDataConfig.KmsKeyId", _TIME),
    "CreateHyperParameterTuningJob": tuple(
        f"{_TRAINING}{one}" for one in (_VPC, "OutputDataConfig.KmsKeyId", _TIME)
    ),
    "CreateAutoMLJobV2": (
        "SecurityConfig.VpcConfig",
        "SecurityConfig.VolumeKmsKeyId",
        "OutputDataConfig.KmsKeyId",
    ),
    "CreateTransformJob": ("TransformOutput.KmsKeyId",),
    "CreateModel": (_VPC,),
}
"""Members that the role of a pipeline demands, or without which a job may run for days."""
_CLUSTERS = {
    "CreateProcessingJob": "ProcessingResources.ClusterConfig",
    "CreateTrainingJob": "ResourceConfig",
    "CreateHyperParameterTuningJob": f"{_TRAINING}ResourceConfig",
    "CreateTransformJob": "TransformResources",
}
"""Where a job names its instances and the key of their volumes."""
_S3_PLACE = re.compile(r"s3://\{\{(work|code|(?:input|models):[^{}\s]+)\}\}(?=/|$)")
_FOREIGN = (
    (re.compile(r"arn:aws[\w-]*:[^\s\"{]+"), "an ARN of one account"),
    (re.compile(r"\d{12}\.dkr\.ecr\.\S+"), "an image of one account and region"),
    (re.compile(r"\b(?:subnet|sg|vpc)-[0-9a-f]{8,17}\b"), "a resource of one VPC"),
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What an environment has for the placeholders of a definition.

    Attributes:
        inputs: names of the inputs of the pipeline.
        groups: groups of the model registry by name.
        shared_groups: those of them that other environments follow.
        find_image: returns the URI of an image by its name; None if there is none.
        images: names of images, for messages.
    """

    inputs: Collection[str]
    groups: Mapping[str, ModelGroupSettings]
    shared_groups: Collection[str]
    find_image: Callable[[str], str | None]
    images: Sequence[str]


def find_mistakes(definition: PipelineDefinition, known: Known) -> Iterator[Finding]:
    """Yield what is wrong with a definition."""
    yield from _names(definition)
    yield from _placeholders(definition, known)
    for step in definition.steps:
        kind = step.content.get("Type")
        if kind not in OPERATIONS:
            yield Finding(
                (*step.keys, "Type"),
                f"got {_shown(kind)}; must be one of {', '.join(OPERATIONS)}, because the "
                "role of a pipeline has no permissions for other steps",
            )
            continue
        yield from _references(step, definition)
        place = (*step.keys, "Arguments")
        exact = list(_exact(step.arguments, place)) if step.operation is not None else []
        yield from exact
        # A role of another account is told once, by the rule about roles.
        yield from (
            one
            for one in _foreign(step.arguments, place)
            if not any(one.keys[: len(other.keys)] == other.keys for other in exact)
        )
        if step.operation is not None:
            yield from find_wrong_shapes(step, step.operation)
            yield from _required(step, step.operation)
        if step.operation == "CreateModelPackage":
            yield from find_wrong_registrations(step, known.groups)
    yield from _foreign(definition.content.get("Parameters"), ("Parameters",))
    if definition.content.get("PipelineExperimentConfig"):
        yield Finding(
            ("PipelineExperimentConfig",),
            "must be null, because the role of a pipeline has no permissions in SageMaker "
            "Experiments. Pass pipeline_experiment_config=None to Pipeline(...)",
        )
    yield from _shared_models(definition, known)


def _names(definition: PipelineDefinition) -> Iterator[Finding]:
    for what, path, names in (
        ("step", "Name", [(step.keys, step.name) for step in definition.steps]),
        (
            "parameter",
            "Name",
            [(("Parameters", n), name) for n, name in enumerate(definition.parameters)],
        ),
    ):
        seen: set[str] = set()
        for keys, name in names:
            if name in seen or not name:
                yield Finding((*keys, path), f"got {_shown(name)}; must be a unique {what}")
            seen.add(name)
    given = definition.content.get("Parameters") or []
    if len(given) != len(definition.parameters):
        yield Finding(("Parameters",), "must have different names")


def _placeholders(definition: PipelineDefinition, known: Known) -> Iterator[Finding]:
    plain = {"role", "key", "subnets", "security_groups", "work", "code"}
    named: Mapping[str, Collection[str]] = {
        "group": known.groups,
        "image": known.images,
        "input": known.inputs,
        "models": known.groups,
    }
    for keys, value in leaves(definition.content):
        if not isinstance(value, str):
            continue
        for match in PLACEHOLDER.finditer(value):
            kind, name = match[1], match[2]
            if kind not in (plain if name is None else named):
                all_kinds = [*sorted(plain), *(f"{one}:NAME" for one in sorted(named))]
                rule = f"must be one of {', '.join(f'{{{{{one}}}}}' for one in all_kinds)}"
            elif kind == "image" and name is not None and known.find_image(name) is None:
                rule = (
                    "must be an image of pipelines.images, of foundation.image_repositories with "
                    "its tag, or of AWS with its version, such as {{image:sklearn:1.9-0}}"
                    f"{close_to(name, list(known.images))}"
                )
            elif name is not None and kind != "image" and name not in named[kind]:
                where = "inputs of the pipeline" if kind == "input" else "model_registry.groups"
                rule = f"must be one of {where}: {', '.join(named[kind]) or 'it has none'}"
            elif kind in ("subnets", "security_groups") and value != match[0]:
                rule = "must be the only item of its list"
            else:
                continue
            yield Finding(keys, f"got {match[0]}; {rule}")


def _references(step: Step, definition: PipelineDefinition) -> Iterator[Finding]:
    names = [one.name for one in definition.steps]
    for keys, value in leaves(step.content, step.keys):
        if keys[-1] == "Get" and isinstance(value, str):
            head, _, rest = value.partition(".")
            name = rest.partition(".")[0]
            known: Sequence[str] = {
                "Parameters": list(definition.parameters),
                "Steps": names,
            }.get(head, [name])
            if name not in known:
                yield Finding(
                    keys,
                    f"got {_shown(value)}; must be one of the {head.lower()} of the pipeline"
                    f"{close_to(name, known)}",
                )
    for name in step.content.get("DependsOn") or ():
        if name not in names:
            yield Finding(
                (*step.keys, "DependsOn"),
                f"got {_shown(name)}; must be a step{close_to(str(name), names)}",
            )


def _foreign(found: Any, keys: Keys) -> Iterator[Finding]:
    """Yield values that belong to one account, where a placeholder must stand."""
    for path, value in leaves(found, keys):
        if not isinstance(value, str):
            continue
        bare = PLACEHOLDER.sub("", value)
        for pattern, what in _FOREIGN:
            if (match := pattern.search(bare)) is not None:
                yield Finding(path, f"got {match[0]}, {what}; must be a placeholder")
        if "s3://" in value and _S3_PLACE.match(value) is None:
            yield Finding(
                path,
                f"got {_shown(value)}; must begin with s3://{{{{input:NAME}}}}, "
                f"s3://{{{{work}}}}, s3://{{{{models:GROUP}}}} or s3://{{{{code}}}}: the "
                "role of a pipeline can read no other data",
            )


def _exact(found: Any, keys: Keys) -> Iterator[Finding]:
    if isinstance(found, list):
        for index, below in enumerate(found):
            yield from _exact(below, (*keys, index))
    if not isinstance(found, Mapping):
        return
    for key, value in found.items():
        path = (*keys, key)
        if key in _EXACT:
            if value != _EXACT[key]:
                yield Finding(path, f"got {_shown(value)}; must be {json.dumps(_EXACT[key])}")
        elif key in _IMAGES and not isinstance(value, Mapping | list):
            if not re.fullmatch(r"\{\{image:[^{}\s]+\}\}", str(value)):
                yield Finding(path, f"got {_shown(value)}; must be {{{{image:NAME}}}}")
        elif key in (*_IMAGES, "InstanceType") and isinstance(value, Mapping):
            yield Finding(
                path,
                f"got {_shown(value)}; must be a value, because the person who starts a "
                "pipeline chooses its parameters",
            )
        elif key == "ModelPackageGroupName":
            if not re.fullmatch(r"\{\{group:[^{}\s]+\}\}", str(value)):
                yield Finding(path, f"got {_shown(value)}; must be {{{{group:NAME}}}}")
        else:
            yield from _exact(value, path)


def _required(step: Step, operation: str) -> Iterator[Finding]:
    keys = (*step.keys, "Arguments")
    for path in _REQUIRED.get(operation, ()):
        if _at(step.arguments, path) is None:
            yield Finding(keys, f"must have {path}")
    outputs = step.arguments.get("ProcessingOutputConfig")
    if operation == "CreateProcessingJob" and outputs and _at(outputs, "KmsKeyId") is None:
        yield Finding(keys, "must have ProcessingOutputConfig.KmsKeyId")
    cluster = _at(step.arguments, _CLUSTERS.get(operation, ""))
    if isinstance(cluster, Mapping):
        has_key = cluster.get("VolumeKmsKeyId") is not None
        local = has_local_storage(str(cluster.get("InstanceType")))
        # CreateTrainingJob, `VolumeKmsKeyId`: instances with local disks encrypt them in hardware.
        if local and has_key:
            yield Finding(
                keys,
                (
                    "must not have VolumeKmsKeyId, because the disks of the instance type "
                    "support no key"
                ),
            )
        elif not local and not has_key:
            yield Finding(keys, f"must have {_CLUSTERS[operation]}.VolumeKmsKeyId")


def _at(found: Any, path: str) -> Any:
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _shared_models(definition: PipelineDefinition, known: Known) -> Iterator[Finding]:
    """Yield models of shared groups that are where followers cannot read them."""
    by_name = {step.name: step for step in definition.steps}
    for step in definition.steps:
        match = PLACEHOLDER.fullmatch(str(step.arguments.get("ModelPackageGroupName")))
        if step.operation != "CreateModelPackage" or match is None:
            continue
        if match[2] not in known.shared_groups:
            continue
        for keys, value in leaves(step.arguments, (*step.keys, "Arguments")):
            source = re.fullmatch(r"Steps\.([\w-]+)\.ModelArtifacts\.S3ModelArtifacts", str(value))
            trained = by_name.get(source[1]) if source and "Containers" in keys else None
            if trained is None:
                continue
            place = _first_text(_at(trained.arguments, "OutputDataConfig.S3OutputPath"))
            if not str(place).startswith(f"s3://{{{{models:{match[2]}}}}}"):
                yield Finding(
                    (*trained.keys, "Arguments", "OutputDataConfig", "S3OutputPath"),
                    f"got {_shown(place)}; must begin with s3://{{{{models:{match[2]}}}}}, "
                    "from which the followers of the group read models",
                )


def _first_text(value: Any) -> Any:
    while isinstance(value, Mapping):
        joined = value.get("Std:Join")
        values = joined.get("Values") if isinstance(joined, Mapping) else None
        value = values[0] if isinstance(values, list) and values else None
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def describe(definition: PipelineDefinition, findings: Collection[Finding]) -> Iterator[str]:
    """Yield a line for each finding, with its place in the exported file, and what to do."""
    if not findings:
        return
    from stacks.document import parse_document

    document = parse_document(definition.path.read_text("utf-8"))
    for finding in findings:
        keys, owner = finding.keys, ""
        # The innermost step that has the place.
        for step in definition.steps:
            if finding.keys[: len(step.keys)] == step.keys:
                keys, owner = finding.keys[len(step.keys) :], f"step {step.name}: "
        place = ".".join(str(key) for key in keys if key != "Arguments")
        line = document.line(finding.keys)
        yield f"{definition.path}:{line}: {owner}{f'{place}: ' if place else ''}{finding.text}"
    yield (
        f"{definition.path}: Fix {definition.folder / 'definition.py'}, then run "
        f"`sagemaker-platform pipeline export {definition.folder}`"
    )
