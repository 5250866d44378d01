"""The examples show every capability, at its least and with all its keys."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from ruamel.yaml import YAML

from stacks.fields import Settings
from stacks.loading import load_environments
from stacks.settings import EnvironmentSettings
from tests.support import EXAMPLES, ROOT


def settings_in(annotation: Any) -> type[Settings] | None:
    """Return the settings class inside a list, an option or an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    return next(filter(None, map(settings_in, get_args(annotation))), None)


CAPABILITIES = {
    name: model
    for name, field in EnvironmentSettings.model_fields.items()
    if (model := settings_in(field.annotation)) is not None
}


# An example is called like its environment, whose name has to be short.
SHORT = {"partner_apps": "partner"}
PREFIXES = {name: SHORT.get(name, name) for name in CAPABILITIES}


def example(name: str) -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe").load(ROOT / "examples" / f"{name}.yaml")
    return data


def unused(model: type[Settings], blocks: Sequence[Any], path: str) -> Iterator[str]:
    """Return the keys, and those below them, that none of the blocks gives."""
    for key, field in model.model_fields.items():
        values = [block[key] for block in blocks if key in block]
        inner = settings_in(field.annotation)
        if not values:
            yield f"{path}.{key}"
        elif inner is not None:
            entries = [entry for value in values for entry in _entries(field.annotation, value)]
            yield from unused(inner, entries, f"{path}.{key}")


def _entries(annotation: Any, value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if _is_mapping(annotation) else [value]


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(map(_is_mapping, get_args(annotation)))


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_minimal_example_gives_only_what_is_required(capability: str) -> None:
    required = {
        name for name, field in EnvironmentSettings.model_fields.items() if field.is_required()
    }

    assert required <= set(example(f"{PREFIXES[capability]}-minimal")) <= required | {capability}


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_complete_examples_use_every_key(capability: str) -> None:
    """In one file, or in several where keys exclude each other."""
    prefix = PREFIXES[capability]
    files = [
        file.stem
        for file in EXAMPLES
        if file.stem.startswith(f"{prefix}-") and file.stem != f"{prefix}-minimal"
    ]
    assert f"{prefix}-complete" in files

    annotation = EnvironmentSettings.model_fields[capability].annotation
    blocks = [entry for name in files for entry in _entries(annotation, example(name)[capability])]

    assert list(unused(CAPABILITIES[capability], blocks, capability)) == []


def test_foundation_shows_what_all_capabilities_share() -> None:
    shared = set(EnvironmentSettings.model_fields) - set(CAPABILITIES)

    assert shared - set(example("foundation-complete")) == set()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_example_loads(file: Path) -> None:
    [environment] = load_environments(files=[str(file)])

    assert environment.is_placeholder
    assert environment.name.split("-")[0] in PREFIXES.values()


def test_examples_load_together() -> None:
    found = load_environments(files=[str(file) for file in EXAMPLES])

    assert len(found) == len(EXAMPLES) >= 2 * len(CAPABILITIES)


def test_missing_key_is_found() -> None:
    """So that the test of complete examples can fail at all."""
    blocks = [{"endpoints": [{"name": "churn", "alarms": {"latency_ms": 1}}]}]

    found = set(unused(CAPABILITIES["inference"], blocks, "inference"))

    assert "inference.endpoints.image" in found
    assert "inference.endpoints.alarms.server_errors_per_minute" in found
    assert "inference.endpoints.alarms.latency_ms" not in found
