"""The capabilities: those of this package in the order in which they are built, and a fork's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from stacks.capability import Capability

AnyCapability = type[Capability[Any, Any]]
FORKS = "custom"
"""The package of a fork's own capabilities, a folder for each, with ``capability.py``."""


@cache
def registered() -> Sequence[AnyCapability]:
    """Return all capabilities in the order in which they are built."""
    from stacks.access.capability import Access
    from stacks.hyperpod.capability import HyperPod
    from stacks.inference.capability import Inference
    from stacks.lakehouse.capability import DataAccess, Lakehouse
    from stacks.mlflow.capability import Mlflow
    from stacks.partner_apps.capability import PartnerApps
    from stacks.sources.capability import Sources
    from stacks.studio.capability import Studio
    from stacks.warehouse.capability import WarehouseCapability

    found: list[AnyCapability] = [
        Lakehouse,
        Mlflow,
        WarehouseCapability,
        Sources,
        Access,
        DataAccess,
        HyperPod,
        Studio,
        Inference,
        PartnerApps,
    ]
    for kind in _of_fork():
        keys = [one.key for one in found]
        if kind.key in keys:
            raise ValueError(f"{kind.__module__}: the key {kind.key} is taken")
        found.insert(len(keys) if kind.before is None else keys.index(kind.before), kind)
    return tuple(found)


def _of_fork() -> Iterator[AnyCapability]:
    try:
        package = import_module(FORKS)
    except ModuleNotFoundError as error:
        if error.name != FORKS:
            raise
        return
    for module in sorted(iter_modules(package.__path__), key=lambda module: module.name):
        yield import_module(f"{FORKS}.{module.name}.capability").CAPABILITY
