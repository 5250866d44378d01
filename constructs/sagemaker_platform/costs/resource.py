"""A resource of a synthesized template, as rules read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sagemaker_platform.costs.charge import as_number

Properties = Mapping[str, Any]

_INSTANCES = "sagemaker:variant:DesiredInstanceCount"
_CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"


class Template:
    """A synthesized template.

    Args:
        resources: its resources by logical ID.
    """

    def __init__(self, resources: Mapping[str, Mapping[str, Any]]) -> None:
        self.resources = resources

    def __iter__(self) -> Iterator["Resource"]:
        return (
            Resource(logical_id, value["Type"], value.get("Properties", {}), self)
            for logical_id, value in self.resources.items()
        )

    @cached_property
    def _limits(self) -> Mapping[tuple[str, str, str], tuple[Any, Any]]:
        """Minimum and maximum of autoscaling by endpoint configuration, variant and dimension."""
        found: dict[tuple[str, str, str], tuple[Any, Any]] = {}
        endpoints = {one.id: one for one in self if one.type == "AWS::SageMaker::Endpoint"}
        for target in self:
            if target.type != "AWS::ApplicationAutoScaling::ScalableTarget":
                continue
            dimension = target.properties.get("ScalableDimension", "")
            name = target.properties.get("ResourceId", "")
            variant = str(_last_text(name)).rpartition("/")[2]
            for endpoint in endpoints.values():
                if _is_of(name, endpoint):
                    for config in self._configurations(endpoint):
                        found[config, variant, dimension] = _range(target.properties)
        return found

    def _configurations(self, endpoint: "Resource") -> Iterator[str]:
        """Yield the configurations of an endpoint, also that of which it has a capped copy."""
        copies = {
            one.id: one.properties for one in self if one.type == "Custom::CappedConfiguration"
        }
        for config in references(endpoint.properties.get("EndpointConfigName")):
            yield config
            if config in copies:
                yield from references(copies[config].get("EndpointConfigName"))

    def instances(self, configuration: str, variant: Any) -> tuple[Any, Any] | None:
        """Return the minimum and maximum of a variant's instances; None without autoscaling."""
        return self._limits.get((configuration, str(variant), _INSTANCES))

    def concurrency(self, configuration: str, variant: Any) -> tuple[Any, Any] | None:
        """Return the minimum and maximum of a variant's provisioned concurrency."""
        return self._limits.get((configuration, str(variant), _CONCURRENCY))


@dataclass(frozen=True)
class Resource:
    """A resource of a template.

    Attributes:
        id: logical ID.
        type: type, such as ``AWS::S3::Bucket``.
        properties: its properties.
        template: the template that it is in.
    """

    id: str
    type: str
    properties: Properties
    template: Template

    def list(self, *names: str) -> Iterator[Properties]:
        """Return the elements of lists among its properties, without what is no object."""
        for name in names:
            value = self.properties.get(name)
            yield from (one for one in value or () if isinstance(one, Mapping))

    def part(self, *names: str) -> Properties:
        """Return an object below its properties; an empty one if it is not there."""
        value: Any = self.properties
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value if isinstance(value, Mapping) else {}


def references(value: Any) -> Iterator[str]:
    """Return the logical IDs that a value refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case Mapping():
            for one in value.values():
                yield from references(one)
        case list():
            for one in value:
                yield from references(one)


def _last_text(value: Any) -> Any:
    match value:
        case {"Fn::Join": [str(), list(parts)]} if parts:
            return _last_text(parts[-1])
        case {"Fn::Sub": str(text) | [str(text), *_]}:
            return text
    return value


def _is_of(name: Any, endpoint: Resource) -> bool:
    """Whether the resource ID of a scalable target belongs to an endpoint."""
    given = endpoint.properties.get("EndpointName")
    if isinstance(name, str):
        return isinstance(given, str) and name.startswith(f"endpoint/{given}/")
    match name:
        case {"Fn::Sub": str(text) | [str(text), *_]}:
            return f"${{{endpoint.id}." in text or f"${{{endpoint.id}}}" in text
    return endpoint.id in references(name)


def _range(target: Properties) -> tuple[Any, Any]:
    """Return the least and the most that a target or one of its schedules allows."""
    lows, highs = [target.get("MinCapacity")], [target.get("MaxCapacity")]
    for action in target.get("ScheduledActions", []):
        limits = action.get("ScalableTargetAction", {})
        lows += [limits["MinCapacity"]] if "MinCapacity" in limits else []
        highs += [limits["MaxCapacity"]] if "MaxCapacity" in limits else []
    return _extreme(lows, min), _extreme(highs, max)


def _extreme(values: list[Any], choose: Any) -> Any:
    numbers = [as_number(value) for value in values]
    return None if None in numbers else choose(numbers)
