"""API calls, and the members of their parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_ANYWHERE = "**."


@dataclass(frozen=True)
class Call:
    """A call of an AWS API.

    Attributes:
        service: name of the service in boto3.
        operation: name of the operation in the API, such as ``PutObject``.
        parameters: its parameters.
        facts: what AWS knows besides, such as the workgroup of a query or the owner of a space.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return its name, such as ``s3.PutObject``."""
        return f"{self.service}.{self.operation}"

    def members(self, path: str) -> list[Any]:
        """Return the values at a path, through lists.

        Args:
            path: dotted names; after ``**.`` at any depth, after ``@`` among the facts.
        """
        if path.startswith("@"):
            return _at(self.facts, path[1:].split("."))
        if path.startswith(_ANYWHERE):
            return _anywhere(self.parameters, path.removeprefix(_ANYWHERE).split("."))
        return _at(self.parameters, path.split("."))


def _at(value: Any, names: list[str]) -> list[Any]:
    if isinstance(value, list | tuple):
        return [found for one in value for found in _at(one, names)]
    if not names:
        return [] if value is None else [value]
    if isinstance(value, Mapping) and names[0] in value:
        return _at(value[names[0]], names[1:])
    return []


def _anywhere(value: Any, names: list[str]) -> list[Any]:
    if isinstance(value, list | tuple):
        return [found for one in value for found in _anywhere(one, names)]
    if not isinstance(value, Mapping):
        return []
    deeper = [found for one in value.values() for found in _anywhere(one, names)]
    return _at(value, names) + deeper
