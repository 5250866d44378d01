"""What `cdk import` takes over, and what a deployment would replace afterwards.

CloudFormation compares a template with the one before. So the template of the import has what AWS
tells of the resource, and the settings' template is what `cdk deploy` compares with it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.adopt.found import Existing
from operations.assembly import Assembly, Json, Stack, Stage
from operations.review.schema import effect_of, schema_of
from operations.review.values import PropertyChange, differences, is_call, without_positions
from operations.templates import Templates

_NO_SUCH = "the settings make no such resource"
# Source: SageMaker's message, "must be deregistered as scalable targets with AWS Auto Scaling
# before they can be removed or have their instance type updated".
_REMEDIES: Mapping[str, str] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        "the settings scale another variant or component. Deregister it before you deploy, with "
        "`aws application-autoscaling deregister-scalable-target`: SageMaker removes no variant "
        "that is scaled"
    ),
}


@dataclass(frozen=True)
class Replacement:
    """A create-only property that differs.

    Attributes:
        resource: type and identifier of the resource.
        place: place of the property.
        now: what it is.
        wanted: what the settings make it.
        certain: whether CloudFormation always replaces the resource.
    """

    resource: str
    place: str
    now: str
    wanted: str
    certain: bool


@dataclass
class Takeover:
    """An import into the stacks of an environment.

    Attributes:
        mappings: for each stack, by its id: what `--resource-mapping` takes.
        replacements: what a deployment would replace after the import.
        left: what stays outside, and why.
    """

    mappings: dict[str, dict[str, Mapping[str, str]]] = field(default_factory=dict)
    replacements: list[Replacement] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def take_over(folder: Path, environment: str, resources: Sequence[Existing]) -> Takeover:
    """Return what is taken over, and rewrite the templates of an assembly for `cdk import`.

    Args:
        folder: cloud assembly of the environment; its templates are changed.
        environment: name of the environment.
        resources: what exists.
    """
    stage = Assembly.read(folder).stage(environment)
    templates = Templates(stage)
    found = Takeover()
    matched: dict[tuple[str, str], Existing] = {}
    known = _Known(stage, templates, matched)
    for one in resources:
        key = _match(known, one)
        if key is None:
            found.left.append(f"{_shown(one)}: {_REMEDIES.get(one.type, _NO_SUCH)}")
        elif "read" not in schema_of(one.type).get("handlers", {}):
            found.left.append(f"{_shown(one)}: CloudFormation cannot import {one.type}")
        else:
            matched[key] = one
    for stack in stage.stacks:
        own = {logical_id: one for (name, logical_id), one in matched.items() if name == stack.name}
        if own:
            found.mappings[stack.id] = {
                logical_id: dict(one.identifier) for logical_id, one in own.items()
            }
            _rewrite(stack, own, known, found)
    return found


def _shown(one: Existing) -> str:
    return f"{one.type} {'/'.join(one.identifier.values())}"


def _match(known: _Known, one: Existing) -> tuple[str, str] | None:
    """Return the stack and the logical id of the resource of the settings.

    Args:
        known: with what was matched before, to which a resource may refer.
        one: what exists.
    """
    for stack, logical_id, properties in known.templates.of_type(one.type):
        place = known.templates.place(stack, logical_id)
        named = all(
            known.value(stack, properties.get(name)) == value for name, value in one.where.items()
        )
        if named and (not one.place or place.endswith(one.place)):
            return stack, logical_id
    return None


@dataclass(frozen=True)
class _Known:
    """Values that are known before a deployment."""

    stage: Stage
    templates: Templates
    matched: Mapping[tuple[str, str], Existing]

    def value(self, stack: str, value: Any) -> Any:
        """Return a value with references resolved as far as they are known."""
        if isinstance(value, list):
            return [self.value(stack, one) for one in value]
        if not isinstance(value, dict):
            return value
        if not is_call(value):
            return {key: self.value(stack, one) for key, one in value.items()}
        existing = self.matched.get((stack, _target(value)))
        if existing is not None:
            return _attribute(existing, value.get("Fn::GetAtt", ["", ""])[-1])
        if "Fn::Join" in value:
            delimiter, parts = value["Fn::Join"]
            return delimiter.join(
                str(part) if isinstance(part, str) else str(self.value(stack, part))
                for part in parts
            )
        [account, region] = self.stage.targets[0]
        text = self.templates.text(stack, value)
        return text.replace("<AWS::AccountId>", account).replace("<AWS::Region>", region)


def _attribute(existing: Existing, attribute: str) -> str:
    """Return an attribute of what exists, or what a reference to it gives."""
    [first, *_] = existing.identifier.values()
    if attribute == "Arn" and existing.type == "AWS::S3::Bucket":
        return f"arn:aws:s3:::{first}"
    return str(existing.identifier.get(attribute) or existing.properties.get(attribute) or first)


def _target(value: Json) -> str:
    if "Ref" in value:
        return str(value["Ref"])
    found = value.get("Fn::GetAtt", [""])
    return str(found[0] if isinstance(found, list) else found.partition(".")[0])


def _rewrite(stack: Stack, own: Mapping[str, Existing], known: _Known, found: Takeover) -> None:
    """Put what AWS tells into the resources that are imported, and compare."""
    template = json.loads(stack.file.read_text("utf-8"))
    for logical_id, one in own.items():
        resource = template["Resources"][logical_id]
        wanted: Json = resource.get("Properties", {})
        now = _imported(one, wanted)
        found.replacements += _replacements(one, now, known.value(stack.name, wanted))
        missing = [name for name in schema_of(one.type).get("required", ()) if name not in now]
        if missing:
            found.left.append(f"{_shown(one)}: AWS does not return {', '.join(missing)}")
            del found.mappings[stack.id][logical_id]
            continue
        resource["Properties"] = now
        resource.pop("DependsOn", None)
        # cdk import gives Delete to what has none.
        resource.setdefault("DeletionPolicy", "Retain")
        if resource["DeletionPolicy"] == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    stack.file.write_text(json.dumps(template, indent=1), "utf-8")


def _imported(one: Existing, wanted: Json) -> Json:
    """Return the properties of a resource for its import.

    Those that AWS tells. What the settings do not give is left out: CloudFormation compares it
    with nothing, so that it stays. What AWS does not return is left out too: a deployment sets it.
    """
    schema = schema_of(one.type)
    found = {}
    for name, value in wanted.items():
        if name == "Tags":
            continue
        told = one.properties.get(name)
        if told is not None and str(value).endswith(f":key/{told}"):
            # AWS tells the id of a key where the settings have its ARN.
            found[name] = value
        elif told is not None:
            fitting = _fit(told, schema.get("properties", {}).get(name, {}), schema)
            found[name] = _without_absent(fitting, value, f"/{name}", one.type)
        elif name in schema.get("required", ()) and not _refers(value):
            found[name] = copy.deepcopy(value)
    return found


def _fit(value: Any, shape: Json, schema: Mapping[str, Any]) -> Any:
    """Return a value with the members that a schema knows."""
    while "$ref" in shape:
        shape = schema["definitions"][shape["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [_fit(one, shape.get("items", {}), schema) for one in value]
    if isinstance(value, dict) and "properties" in shape:
        members: Json = shape["properties"]
        return {
            key: _fit(one, members[key], schema) for key, one in value.items() if key in members
        }
    return value


def _without_absent(told: Any, wanted: Any, place: str, resource_type: str) -> Any:
    """Return a value without create-only members that the settings do not give: they stay."""
    if not (isinstance(told, dict) and isinstance(wanted, dict)):
        return told
    return {
        key: _without_absent(value, wanted.get(key), f"{place}/{key}", resource_type)
        for key, value in told.items()
        if key in wanted or not effect_of(f"{place}/{key}", resource_type)
    }


def _refers(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_refers, value))
    if isinstance(value, dict):
        return is_call(value) or any(map(_refers, value.values()))
    return False


def _replacements(one: Existing, now: Json, wanted: Json) -> Iterator[Replacement]:
    changes = [leaf for change in differences(now, wanted) for leaf in _leaves(change)]
    for change in changes:
        if change.place.startswith("/Tags"):
            continue
        place = without_positions(change.place)
        effect = effect_of(place, one.type)
        if not effect or _same(change.before, change.after):
            continue
        yield Replacement(
            resource=_shown(one),
            place=change.place,
            now=_brief(change.before),
            wanted=_brief(change.after),
            certain=effect == "replace",
        )


def _leaves(change: PropertyChange) -> Iterator[PropertyChange]:
    """Yield the members of a block that comes or goes as a whole."""
    before, after = change.before, change.after
    block = after if before is None else before if after is None else None
    if not isinstance(block, dict):
        yield change
        return
    for name, value in block.items():
        pair = (None, value) if before is None else (value, None)
        yield from _leaves(PropertyChange(f"{change.place}/{name}", *pair))


def _same(before: Any, after: Any) -> bool:
    """Return whether two values differ in their order or in empty members only."""
    if isinstance(before, list) and isinstance(after, list):
        return sorted(map(str, before)) == sorted(map(str, after))
    return before in (None, [], {}) and after in (None, [], {})


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 100 else f"{text[:97]}..."
