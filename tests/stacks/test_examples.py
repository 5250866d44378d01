"""The examples show every capability, at its least and with all its keys."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from ruamel.yaml import YAML

from stacks.blocks import Block
from stacks.fields import Settings
from stacks.loading import load_environments
from stacks.registry import registered
from stacks.settings import EnvironmentSettings, environment_model
from tests.support import EXAMPLES, ROOT


def settings_in(annotation: Any) -> list[type[Settings]]:
    """Return the settings classes inside a list, an option, a union or an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return settings_in(annotation.load())
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [found for part in get_args(annotation) for found in settings_in(part)]


# A fork documents its own capabilities.
CUSTOM = {kind.key for kind in registered() if not kind.__module__.startswith("stacks.")}
CAPABILITIES = {
    name: models[0]
    for name, field in environment_model(complete=True).model_fields.items()
    if name not in CUSTOM and (models := settings_in(field.annotation))
}


# An example is called like its environment, whose name has to be short.
SHORT = {
    "data_classes": "classes",
    "feature_store": "features",
    "model_registry": "registry",
    "partner_apps": "partner",
    "unified_studio": "unified",
}
# Not a capability: its keys are of use to several.
SHARED = {"teams"}
PREFIXES = {name: SHORT.get(name, name) for name in CAPABILITIES if name not in SHARED}

ANNOTATED = "__annotations__"


def example(name: str) -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / "examples" / f"{name}.yaml")
    return data


def unused(model: type[Settings], blocks: Sequence[Any], path: str) -> list[str]:
    """Return the keys, and those below them, that none of the blocks gives.

    Types that share a key show it once: it is looked for where it is declared.
    """
    found = list(uses(model, blocks, path))
    shown = {declared for declared, _, used in found if used}
    return [where for declared, where, _ in found if declared not in shown]


def uses(
    model: type[Settings], blocks: Sequence[Any], path: str
) -> Iterator[tuple[tuple[str, str], str, bool]]:
    """Return each key by the class that declares it, its path, and whether a block gives it."""
    for key, field in model.model_fields.items():
        values = [block[key] for block in blocks if key in block]
        inner = settings_in(field.annotation)
        [owner, *_] = [c for c in reversed(model.__mro__) if key in c.__dict__.get(ANNOTATED, ())]
        yield (owner.__name__, key), f"{path}.{key}", bool(values)
        entries = [entry for value in values for entry in _entries(field.annotation, value)]
        for one in inner:
            chosen = [e for e in entries if len(inner) == 1 or is_of_type(one, e)]
            kind = f"<{one.__name__}>" if len(inner) > 1 else ""
            if chosen or values:
                yield from uses(one, chosen, f"{path}.{key}{kind}")


def is_of_type(model: type[Settings], entry: dict[str, Any]) -> bool:
    """Tell whether an entry of a list of several types is one of a type."""
    key = next(key for key in ("type", "orchestrator") if key in model.model_fields)
    [name] = get_args(model.model_fields[key].annotation)
    default = None if model.model_fields[key].is_required() else name
    return bool(entry.get(key, default) == name)


def _entries(annotation: Any, value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if _is_mapping(annotation) else [value]


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(map(_is_mapping, get_args(annotation)))


@pytest.mark.parametrize("capability", PREFIXES)
def test_minimal_example_has_only_required_keys(capability: str) -> None:
    required = {
        name for name, field in EnvironmentSettings.model_fields.items() if field.is_required()
    }

    # The starter registers what it trains; notices need a reader.
    needed = {"pipelines": {"model_registry"}, "events": {"alarm_emails"}}.get(capability, set())
    found = set(example(f"{PREFIXES[capability]}-minimal"))
    assert required <= found <= required | needed | {capability}


@pytest.mark.parametrize("capability", PREFIXES)
def test_complete_examples_use_every_key(capability: str) -> None:
    """In one file, or in several, also of a capability that goes with it."""
    files = [file.stem for file in EXAMPLES if not file.stem.endswith("-minimal")]
    assert f"{PREFIXES[capability]}-complete" in files

    annotation = environment_model(complete=True).model_fields[capability].annotation
    found = [data[capability] for name in files if capability in (data := example(name))]
    blocks = [entry for block in found for entry in _entries(annotation, block)]

    assert unused(CAPABILITIES[capability], blocks, capability) == []


@pytest.mark.parametrize("name", SHARED)
def test_what_several_capabilities_use_is_shown(name: str) -> None:
    """What people are called there is shown with the capabilities."""
    annotation = environment_model(complete=True).model_fields[name].annotation
    found = [data[name] for file in EXAMPLES if name in (data := example(file.stem))]
    keys = {key for block in found for entry in _entries(annotation, block) for key in entry}

    assert keys == set(CAPABILITIES[name].model_fields)


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

    found = unused(CAPABILITIES["inference"], blocks, "inference")

    assert "inference.endpoints<RealTimeSettings>.image" in found
    assert "inference.endpoints<RealTimeSettings>.alarms.server_errors_per_minute" in found
    assert "inference.endpoints<RealTimeSettings>.alarms.latency_ms" not in found
    assert "inference.endpoints<ServerlessSettings>.memory_mb" in found
