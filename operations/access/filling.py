"""Fills the fields of tasks with the values of an environment."""

import re
from collections.abc import Mapping
from typing import Any

_FIELD = re.compile(r"\{([a-z_.]+)\}")


class MissingError(LookupError):
    """The environment has nothing of a kind that a task is about."""


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """Return a value of a task with its fields replaced.

    Raises:
        MissingError: if a field has no value in the environment.
    """
    if isinstance(value, Mapping):
        return {key: fill(one, values) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [fill(one, values) for one in value]
    if not isinstance(value, str):
        return value
    whole = _FIELD.fullmatch(value)
    if whole:
        return _at(whole[1], values)
    return _FIELD.sub(lambda match: str(_at(match[1], values)), value)


def _at(path: str, values: Mapping[str, Any]) -> Any:
    found: Any = values
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            raise MissingError(path)
        found = found[name]
    return found
