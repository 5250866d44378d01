"""Fakes of services, one file each, found by this package.

Each module has a constant `FAKE`. A capability of a fork brings its own in
``custom/<name>/rehearsal/<service>.py``; `load` adds them when the emulator starts. What fakes keep
is in the records, so a rehearsal also reports what is left of it after a deletion.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from operations.rehearsal.server.fake import Answer, Effect, Fake, TypeFacts
from operations.rehearsal.server.wire import Call, service_names

_loaded: list[Fake] = []


def load(files: Iterable[Path]) -> None:
    """Add the fakes of a fork.

    Raises:
        ValueError: a file is not Python, or has no constant `FAKE` for a service of boto3.
    """
    for number, file in enumerate(files):
        spec = importlib.util.spec_from_file_location(f"custom_fake_{number}", file)
        if spec is None or spec.loader is None:
            raise ValueError(f"{file}: must be a Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        fake = getattr(module, "FAKE", None)
        if not isinstance(fake, Fake):
            raise ValueError(
                f"{file}: FAKE: got {fake!r}; must be a Fake. Define FAKE = Fake(service=...)"
            )
        if fake.service not in service_names():
            raise ValueError(
                f"{file}: FAKE.service: got {fake.service!r}; must be a service of boto3"
            )
        _loaded.append(fake)


def fakes() -> tuple[Fake, ...]:
    """Return all fakes, those of the fork last."""
    return (*_built_in(), *_loaded)


@cache
def _built_in() -> tuple[Fake, ...]:
    modules = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").FAKE for name in modules)


def answers(service: str, operation: str) -> bool:
    """Return whether a fake answers an operation of a service."""
    return any(
        fake.answer is not None and operation in fake.operations
        for fake in fakes()
        if fake.service == service
    )


def answer_of(call: Call) -> Answer | None:
    """Return the function that answers a call, None if no fake does."""
    for fake in fakes():
        if fake.service == call.service and call.operation.name in fake.operations:
            return fake.answer
    return None


def effect_of(call: Call) -> Effect | None:
    """Return what a call does besides making a record, None for nothing."""
    for fake in fakes():
        if fake.service == call.service and call.operation.name in fake.effects:
            return fake.effects[call.operation.name]
    return None


def facts_of(type_name: str) -> TypeFacts:
    """Return the facts about a resource type, the defaults if no fake has any."""
    for fake in fakes():
        if type_name in fake.types:
            return fake.types[type_name]
    return TypeFacts()


def arn_service_of(service: str) -> str:
    """Return the service in ARNs, from its name in resource types."""
    for fake in fakes():
        if service in fake.arn_service:
            return fake.arn_service[service]
    return service.lower()


def id_prefix_of(attribute: str) -> str | None:
    """Return the prefix of the generated IDs in an attribute, None if no fake has one."""
    for fake in fakes():
        if attribute in fake.id_prefixes:
            return fake.id_prefixes[attribute]
    return None


def is_only_recorded(type_name: str) -> bool:
    """Return whether the handler of a custom resource cannot run in a rehearsal."""
    return any(type_name.startswith(fake.only_recorded) for fake in fakes())
