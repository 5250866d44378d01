"""The capabilities of this package, in the order in which they are built, and those of a fork."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from stacks.capability import Capability

AnyCapability = type[Capability[Any, Any]]
CUSTOM = "custom"
"""The package of a fork's own capabilities, with a folder for each. See `custom/README.md`."""

P = ParamSpec("P")
T = TypeVar("T")


class CapabilityError(Exception):
    """A capability of a fork that cannot be used. The message is one line: file, rule and fix."""


@cache
def registered() -> Sequence[AnyCapability]:
    """Return all capabilities in the order in which they are built.

    Raises:
        CapabilityError: a capability of the fork is invalid.
    """
    from stacks.access.capability import Access
    from stacks.audit.capability import Audit
    from stacks.budget.capability import BudgetCapability
    from stacks.delivery.capability import Delivery
    from stacks.events.capability import Events
    from stacks.feature_store.capability import FeatureStore
    from stacks.hyperpod.capability import HyperPod
    from stacks.inference.capability import Inference
    from stacks.lakehouse.capability import DataAccess, Lakehouse
    from stacks.mlflow.capability import Mlflow
    from stacks.model_registry.capability import ModelRegistry
    from stacks.partner_apps.capability import PartnerApps
    from stacks.pipelines.capability import Pipelines
    from stacks.sources.capability import Sources
    from stacks.studio.capability import Studio
    from stacks.unified_studio.capability import UnifiedStudio
    from stacks.warehouse.capability import WarehouseCapability

    found: list[AnyCapability] = [
        Lakehouse,
        Mlflow,
        WarehouseCapability,
        Sources,
        ModelRegistry,
        FeatureStore,
        Pipelines,
        Access,
        DataAccess,
        HyperPod,
        Studio,
        Inference,
        PartnerApps,
        UnifiedStudio,
        Events,
        BudgetCapability,
        Delivery,
        Audit,
    ]
    for folder in custom_folders():
        kind = _of_fork(folder)
        keys = [one.key for one in found]
        if kind.key in keys:
            raise _error(folder, f"key: got {kind.key!r}; must be a key that no other block uses")
        if kind.before is not None and kind.before not in keys:
            raise _error(
                folder, f"before: got {kind.before!r}; must be one of {', '.join(sorted(keys))}"
            )
        found.insert(len(keys) if kind.before is None else keys.index(kind.before), kind)
    return tuple(found)


def custom_folders() -> list[Path]:
    """Return the folders of the fork's own capabilities, in the order of their names."""
    try:
        package = import_module(CUSTOM)
    except ModuleNotFoundError as error:
        if error.name != CUSTOM:
            raise CapabilityError(_place(error, Path(CUSTOM))) from error
        return []
    except Exception as error:
        raise CapabilityError(_place(error, Path(CUSTOM))) from error
    folders = (folder for path in package.__path__ for folder in Path(path).iterdir())
    return sorted(folder for folder in folders if any(folder.glob("[!.]*.py")))


def guard_rules() -> list[Path]:
    """Return the files of Guard rules of the fork."""
    return [file for folder in custom_folders() for file in sorted(folder.glob("*.guard"))]


def importing(folder: Path | None, load: Callable[[], T]) -> T:
    """Import a part of a fork's capability; without a folder, a part of this package.

    Raises:
        CapabilityError: the part cannot be imported. It names the file and line of the fork.
    """
    return _in_one_line(folder, load, "imported")


def building(
    capability: Capability[Any, Any], build: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Call a method that creates what a capability provisions, and return its result.

    Raises:
        CapabilityError: the capability of a fork fails. It names the file and line of the fork.
    """
    return _in_one_line(folder_of(type(capability)), partial(build, *args, **kwargs), "built")


def _in_one_line(folder: Path | None, call: Callable[[], T], done: str) -> T:
    try:
        return call()
    except Exception as error:
        if folder is None or isinstance(error, CapabilityError):
            raise
        raise CapabilityError(_place(error, folder, done)) from error


def folder_of(kind: AnyCapability) -> Path | None:
    """Return the folder of a capability of the fork; None for those of this package."""
    package, _, rest = kind.__module__.partition(".")
    if package != CUSTOM:
        return None
    return next(one for one in custom_folders() if one.name == rest.partition(".")[0])


def _of_fork(folder: Path) -> AnyCapability:
    if not (folder / "capability.py").is_file():
        raise CapabilityError(f"{_shown(folder)}: must have a file capability.py")
    module = importing(folder, lambda: import_module(f"{CUSTOM}.{folder.name}.capability"))
    kind = getattr(module, "CAPABILITY", None)
    if kind is None:
        raise _error(folder, "must define CAPABILITY. Add a line such as CAPABILITY = MyCapability")
    if not (isinstance(kind, type) and issubclass(kind, Capability)):
        raise _error(folder, f"CAPABILITY: got {kind!r}; must be a subclass of Capability")
    if isabstract(kind):
        missing = ", ".join(sorted(kind.__abstractmethods__))
        raise _error(folder, f"{kind.__name__}: must implement {missing}")
    bases = (one for one in kind.__mro__ if one is not Capability)
    if kind.has_block and not any("settings_type" in vars(one) for one in bases):
        raise _error(folder, f"{kind.__name__}: must implement settings_type")
    key = getattr(kind, "key", None)
    if not isinstance(key, str) or not key.isidentifier():
        raise _error(folder, f"key: got {key!r}; must be a name of letters, digits and _")
    return kind


def _error(folder: Path, message: str) -> CapabilityError:
    return CapabilityError(f"{_shown(folder / 'capability.py')}: {message}")


def _place(error: Exception, folder: Path, done: str = "imported") -> str:
    """Return where in the fork something failed, and why."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [(one.filename, one.lineno) for one in frames]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
    of_fork = [one for one in places if Path(one[0]).is_relative_to(folder.resolve())]
    file, line = of_fork[-1] if of_fork else (str(folder / "capability.py"), None)
    reason = " ".join(str(error).split())
    where = f"{_shown(Path(file))}:{line}" if line else _shown(Path(file))
    return f"{where}: cannot be {done}: {type(error).__name__}: {reason}"


def _shown(path: Path) -> str:
    """Return a path below the current folder, where it is."""
    top = Path.cwd()
    return str(path.relative_to(top) if path.is_relative_to(top) else path)
