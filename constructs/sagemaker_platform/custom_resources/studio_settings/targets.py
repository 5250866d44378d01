"""Settings of one domain, user profile or space, and the update that they require."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..common.waiting import Item

Path = tuple[str, ...]

# CloudFormation passes all values as strings.
_NUMBERS = "InMinutes"
# Value of a switch of a domain that the properties no longer set. Other values are left out, and
# so are all values of users and spaces: the values of the domain apply to them then.
_OFF = "DISABLED"
_SWITCHES = ("Status", "RootlessDocker")
_APPS = ("JupyterLab", "CodeEditor")
# Members that an update and a description call by different names.
_FOR_UPDATE = {"DomainSettings": "DomainSettingsForUpdate"}


@dataclass
class Target:
    """One domain, user profile or space.

    Attributes:
        kind: ``domain``, ``user_profile`` or ``space``, as in the names of operations.
        keys: arguments that name it.
        wanted: values by path, as a description has them.
        dropped: paths that the properties set before.
        written: whether this call updated it.
        looks: number of descriptions read since the update.
    """

    kind: str
    keys: dict[str, str]
    wanted: dict[Path, Any]
    dropped: set[Path]
    written: bool = field(default=False, init=False)
    looks: int = field(default=0, init=False)

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} {list(self.keys.values())[-1]}"

    def differences(self, found: Mapping[str, Any]) -> list[str]:
        """Return how the current settings differ from the wanted ones."""
        differences = []
        for path, value in sorted(self.wanted.items()):
            if (is_there := _get(found, path)) != value:
                differences.append(f"{'.'.join(path)} is {is_there}; must be {value}")
        for path in sorted(self.dropped):
            if (is_there := _get(found, path)) not in (None, self._off(path)):
                differences.append(f"{'.'.join(path)} is still {is_there}; must be unset")
        return differences

    def update(self, found: Mapping[str, Any]) -> Item:
        """Return the arguments of an update: the whole block of each value, and nothing else.

        An update may replace a block, such as ``CanvasAppSettings``, so the values in it that
        are not set here are written back unchanged.
        """
        blocks: dict[Path, Item] = {}
        for path in (*self.wanted, *self.dropped):
            block = blocks.setdefault(path[:2], copy.deepcopy(_get(found, path[:2]) or {}))
            if path in self.wanted:
                _set(block, path[2:], self.wanted[path])
            elif (off := self._off(path)) is not None:
                _set(block, path[2:], off)
            else:
                _remove(block, path[2:])
        arguments: Item = {}
        for (settings, name), block in blocks.items():
            arguments.setdefault(_FOR_UPDATE.get(settings, settings), {})[name] = block
        return arguments

    def _off(self, path: Path) -> str | None:
        return _OFF if self.kind == "domain" and path[-1] in _SWITCHES else None


def targets(properties: Mapping[str, Any], before: Mapping[str, Any]) -> list[list[Target]]:
    """Return what the properties set, or set before: the domain, user profiles, spaces."""
    domain = {"DomainId": properties["DomainId"]}

    def target(kind: str, keys: dict[str, str], now: Item, then: Item) -> Target:
        wanted, earlier = dict(_leaves(now)), dict(_leaves(then))
        return Target(kind, {**domain, **keys}, wanted, earlier.keys() - wanted.keys())

    groups = [[target("domain", {}, properties.get("Settings", {}), before.get("Settings", {}))]]
    for kind, member, key, settings in (
        ("user_profile", "UserProfiles", "UserProfileName", "UserSettings"),
        ("space", "Spaces", "SpaceName", "SpaceSettings"),
    ):
        now, then = properties.get(member, {}), before.get(member, {})
        groups.append(
            [
                target(
                    kind,
                    {key: name},
                    {settings: _settings(now.get(name, {}))},
                    {settings: _settings(then.get(name, {}))},
                )
                for name in sorted({*now, *then})
            ]
        )
    return [[t for t in group if t.wanted or t.dropped] for group in groups]


def _settings(entry: Mapping[str, Any]) -> Item:
    """Return the settings of one user or space; the properties write them once for all apps.

    So hundreds of users fit into one request: Step Functions accepts 256 KiB.
    """
    settings: Item = dict(entry.get("Settings", {}))
    for app in entry.get("Apps", _APPS):
        if "Idle" in entry:
            lifecycle = {"AppLifecycleManagement": {"IdleSettings": entry["Idle"]}}
            settings[f"{app}AppSettings"] = lifecycle
    return settings


def _leaves(tree: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, Any]]:
    for key, value in tree.items():
        path = (*above, key)
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        else:
            yield path, int(value) if key.endswith(_NUMBERS) else value


def _get(tree: Any, path: Path) -> Any:
    for key in path:
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree


def _set(tree: Item, path: Path, value: Any) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value


def _remove(tree: Item, path: Path) -> None:
    """Remove a value, and the blocks that are empty without it."""
    if path[0] in tree:
        if len(path) > 1:
            _remove(tree[path[0]], path[1:])
        if len(path) == 1 or not tree[path[0]]:
            del tree[path[0]]
