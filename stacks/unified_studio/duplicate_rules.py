"""What must be there once in a block of Unified Studio."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from stacks.fields import validation_error
from stacks.names import path_id

if TYPE_CHECKING:
    from stacks.unified_studio.account_settings import JoinSettings
    from stacks.unified_studio.settings import HostSettings, UnifiedStudioSettings, UnitSettings
    from stacks.unified_studio.who_settings import WhoSettings

Entry = tuple[str, Any]
"""Path of a key, and its value."""


def check_duplicates(settings: UnifiedStudioSettings) -> None:
    """Refuse what is there twice: AWS refuses the second, or it has no effect."""
    for index, blueprint in enumerate(settings.blueprints or ()):
        _once(f"blueprints.{index}.units", blueprint.units or (), "a unit")
    if settings.join is not None:
        _check_ids_of_units(settings.join)
    elif settings.host is not None:
        _check_host(settings.host)


def _check_host(host: HostSettings) -> None:
    _people("host.owners", host.owners)
    _check_units("host.units", host.units)
    for index, grant in enumerate(host.grants or ()):
        _people(f"host.grants.{index}.who", grant.who)
        _once(f"host.grants.{index}.profiles", grant.profiles or (), "a profile")
    for key, project in host.projects.items():
        at = f"host.projects.{key}"
        for name, connection in project.connections.items():
            if connection.athena is not None:
                place = f"{at}.connections.{name}.athena.layers"
                _once(place, connection.athena.layers or (), "a layer")
        for name, source in project.data_sources.items():
            place = f"{at}.data_sources.{name}"
            _once(f"{place}.tables", source.tables, "a pattern")
            _once(f"{place}.exclude", source.exclude, "a pattern")
    _check_spelling(host)
    _check_construct_ids(host)


def _check_ids_of_units(join: JoinSettings) -> None:
    entries = [("join.root_unit", join.root_unit)]
    entries += [(f"join.units.{path}", unit) for path, unit in join.units.items()]
    _refuse(
        entries,
        lambda earlier: f"must be another ID than that of {earlier}: each unit has one of its own",
    )


def _check_units(at: str, units: dict[str, UnitSettings]) -> None:
    _refuse(
        [(f"{at}.{key}.name", unit.name) for key, unit in units.items()],
        lambda earlier: f"must be another name than that of {earlier}, a unit of the same parent",
    )
    for key, unit in units.items():
        _people(f"{at}.{key}.owners", unit.owners)
        _check_units(f"{at}.{key}.units", unit.units)


def _check_spelling(host: HostSettings) -> None:
    """Refuse one ID in upper and in lower case: the domain would get one profile twice."""
    spelled: dict[tuple[str, str], str] = {}
    for at, who in host.named:
        kind, value = who.identity
        first = spelled.setdefault((kind, value.lower()), value)
        if who.of_identity_center and first != value:
            raise validation_error(
                f"must be written as {first}, as before: it is the same ID",
                at=f"host.{at}.{kind}",
                value=value,
            )


def _check_construct_ids(host: HostSettings) -> None:
    """Refuse keys that would name one resource of CloudFormation."""
    connections, sources = [], []
    for key, project in host.projects.items():
        at = f"host.projects.{key}"
        connections += [(f"{at}.connections.{one}", (key, one)) for one in project.connections]
        sources += [(f"{at}.data_sources.{one}", (key, one)) for one in project.data_sources]
    named: tuple[Iterable[tuple[str, tuple[str, ...]]], ...] = (
        ((at, tuple(path.split("/"))) for at, path in _unit_paths(host)),
        ((f"host.profiles.{key}", (key,)) for key in host.all_profiles),
        ((f"host.accounts.{name}", (name,)) for name in host.accounts),
        ((f"host.projects.{key}", (key,)) for key in host.projects),
        connections,
        sources,
    )
    for entries in named:
        seen: dict[str, str] = {}
        for at, keys in entries:
            if (earlier := seen.setdefault(path_id("/".join(keys)), at)) != at:
                raise validation_error(
                    f"must be another key, because {_shown(earlier)} has the same letters and "
                    "digits: both would be one resource of CloudFormation",
                    at=at,
                    value=keys[-1],
                )


def _unit_paths(host: HostSettings) -> Iterator[tuple[str, str]]:
    for path in host.unit_paths:
        yield "host.units." + ".units.".join(path.split("/")), path


def _people(at: str, people: Iterable[WhoSettings]) -> None:
    _refuse(
        [(f"{at}.{index}", who.identity) for index, who in enumerate(people)],
        lambda earlier: f"must not be there twice: {earlier} has it already. Remove the line",
        shown=lambda identity: identity[1],
    )


def _once(at: str, values: Iterable[str], what: str) -> None:
    _refuse(
        [(f"{at}.{index}", value) for index, value in enumerate(values)],
        lambda _: f"must not name {what} twice. Remove the line",
    )


def _refuse(
    entries: Iterable[Entry],
    rule: Callable[[str], str],
    *,
    shown: Callable[[Any], Any] = lambda value: value,
) -> None:
    seen: dict[Any, str] = {}
    for at, value in entries:
        if (earlier := seen.setdefault(value, at)) != at:
            raise validation_error(rule(_shown(earlier)), at=at, value=shown(value))


def _shown(path: str) -> str:
    """Write a path as errors do: ``owners.0`` is ``owners[0]``."""
    return re.sub(r"\.(\d+)", r"[\1]", path)
