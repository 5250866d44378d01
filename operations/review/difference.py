"""Which resources a change creates, updates, replaces and deletes, across stacks, and why."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from operations.assembly import Json, Stage
from operations.review.schema import custom_name_of, effect_of, is_deleted_first

Kind = Literal["create", "update", "replace", "may replace", "delete", "leave behind"]
# Members by which CloudFormation tells the entries of a list apart.
_NAMES = ("Key", "Name", "VariantName", "Id", "InstanceGroupName", "Sid")
_SUB = re.compile(r"\$\{([^!}][^}]*)\}")


class Key(NamedTuple):
    """A resource: name of its stack within the environment, and logical id."""

    stack: str
    logical_id: str


@dataclass(frozen=True)
class PropertyChange:
    """A change of one property.

    Attributes:
        place: path of the property, such as ``/Tags[owner]/Value``.
        before: its value in the earlier revision; None if it had none.
        after: its value now; None if it has none.
    """

    place: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Note:
    """What a reviewer has to know of a change, beyond what it does to the resource.

    Attributes:
        title: what happens, in a few words.
        why: why, and what to do.
        fails: whether the deployment fails.
    """

    title: str
    why: str
    fails: bool = False


@dataclass
class Change:
    """What happens to one resource.

    Attributes:
        key: the resource.
        type: its CloudFormation type.
        path: path of its construct.
        kind: what happens.
        properties: its own changes.
        causes: properties that refer to a resource that is replaced, with that resource.
        notes: what a reviewer has to know.
    """

    key: Key
    type: str
    path: str
    kind: Kind
    properties: list[PropertyChange] = field(default_factory=list)
    causes: list[tuple[str, Key]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        """The properties because of which CloudFormation replaces it."""
        own = [
            one.place
            for one in self.properties
            if effect_of(_without_positions(one.place), self.type)
        ]
        return own + [
            f"{place} refers to {key.stack} {key.logical_id}"
            for place, key in self.causes
            if effect_of(_without_positions(place), self.type)
        ]


class Graph:
    """The resources of all stacks of one environment, with references across stacks."""

    def __init__(self, stage: Stage | None) -> None:
        stacks = () if stage is None else stage.stacks
        self.outputs: dict[str, Json] = {}
        self.resources: dict[Key, Json] = {}
        self._short = {one.stack_name: one.name for one in stacks}
        for stack in stacks:
            template = stack.template()
            self.outputs[stack.name] = template.get("Outputs", {})
            for logical_id, resource in template.get("Resources", {}).items():
                self.resources[Key(stack.name, logical_id)] = resource

    def path(self, key: Key) -> str:
        """Return the path of the construct of a resource, below its environment."""
        path = self.resources[key].get("Metadata", {}).get("aws:cdk:path", key.logical_id)
        parts = [part for part in path.split("/")[1:] if part not in ("Resource", "Default")]
        return "/".join(parts) or str(path)

    def references(self, key: Key) -> Iterator[tuple[str, Key]]:
        """Yield the references of a resource: place in its properties, and the other resource."""
        yield from self._walk(self.resources[key].get("Properties", {}), key.stack, "")

    def _walk(self, value: Any, stack: str, place: str) -> Iterator[tuple[str, Key]]:
        if isinstance(value, list):
            for one in value:
                yield from self._walk(one, stack, place)
        if not isinstance(value, dict):
            return
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                yield from self._known(stack, argument, place)
                return
            if name == "Fn::GetAtt":
                target = argument.split(".")[0] if isinstance(argument, str) else argument[0]
                yield from self._known(stack, target, place)
                return
            if name == "Fn::GetStackOutput":
                other = self._short.get(str(argument["StackName"]), "")
                output = self.outputs.get(other, {}).get(argument["OutputName"])
                if output is not None:
                    yield from self._walk(output["Value"], other, place)
                return
            if name == "Fn::Sub":
                text = argument if isinstance(argument, str) else argument[0]
                for found in _SUB.findall(text):
                    yield from self._known(stack, found.split(".")[0], place)
                if not isinstance(argument, str):
                    yield from self._walk(argument[1], stack, place)
                return
            if name.startswith("Fn::"):
                yield from self._walk(argument, stack, place)
                return
        for name, one in value.items():
            yield from self._walk(one, stack, f"{place}/{name}")

    def _known(self, stack: str, name: str, place: str) -> Iterator[tuple[str, Key]]:
        if (key := Key(stack, name)) in self.resources:
            yield place, key


def compare(before: Graph, after: Graph) -> dict[Key, Change]:
    """Return what happens to each resource that changes, in the order of stacks."""
    changes: dict[Key, Change] = {}
    for key in dict.fromkeys([*after.resources, *before.resources]):
        if change := _change(key, before, after):
            changes[key] = change
    _propagate(changes, before, after)
    _note(changes, before, after)
    return changes


def _change(key: Key, before: Graph, after: Graph) -> Change | None:
    old, new = before.resources.get(key), after.resources.get(key)
    if old is None:
        assert new is not None
        return Change(key, new["Type"], after.path(key), "create")
    if new is None:
        kept = str(old.get("DeletionPolicy", "Delete")).startswith("Retain")
        return Change(key, old["Type"], before.path(key), "leave behind" if kept else "delete")
    if old["Type"] != new["Type"]:
        return Change(key, new["Type"], after.path(key), "replace")
    change = Change(key, new["Type"], after.path(key), "update")
    for one in _leaves(old.get("Properties", {}), new.get("Properties", {}), ""):
        change.properties.append(one)
        effect = effect_of(_without_positions(one.place), change.type)
        if effect and change.kind != "replace":
            change.kind = effect
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if old.get(policy) != new.get(policy):
            change.notes.append(
                Note(f"{policy} changes", f"{old.get(policy)} -> {new.get(policy)}")
            )
    # A change of the order alone does nothing.
    return change if change.properties or change.notes else None


def _propagate(changes: dict[Key, Change], before: Graph, after: Graph) -> None:
    """Follow replacements to the resources that refer to what is replaced."""
    users: dict[Key, list[tuple[Key, str]]] = {}
    for key in after.resources:
        for place, target in after.references(key):
            users.setdefault(target, []).append((key, place))
    open_ = [key for key, one in changes.items() if one.kind in ("replace", "may replace")]
    done: set[tuple[Key, str]] = set()
    while open_:
        key = open_.pop()
        replaced = changes[key]
        if (key, replaced.kind) in done or key not in after.resources:
            continue
        done.add((key, replaced.kind))
        for user, place in users.get(key, ()):
            if user not in before.resources:
                continue
            kind = after.resources[user]["Type"]
            change = changes.setdefault(user, Change(user, kind, after.path(user), "update"))
            if (place, key) not in change.causes:
                change.causes.append((place, key))
            effect = effect_of(_without_positions(place), kind)
            if effect == "replace" and replaced.kind == "may replace":
                effect = "may replace"
            if effect and _ORDER[effect] > _ORDER[change.kind]:
                change.kind = effect
                open_.append(user)


_ORDER: Mapping[str, int] = {
    "create": 9,
    "delete": 9,
    "leave behind": 9,
    "update": 0,
    "may replace": 1,
    "replace": 2,
}


def _note(changes: Mapping[Key, Change], before: Graph, after: Graph) -> None:
    # `cdk deploy` skips a stack whose own template is the same.
    deployed = {
        key.stack for key, one in changes.items() if one.properties or one.kind not in _FOLLOWS
    }
    users: dict[Key, set[str]] = {}
    for key in before.resources:
        for _, target in before.references(key):
            if target.stack != key.stack:
                users.setdefault(target, set()).add(key.stack)
    for key, change in changes.items():
        if key.stack not in deployed:
            change.notes.append(
                Note(
                    "Its stack is not deployed",
                    f"{key.stack} has the same template, so that `cdk deploy` skips it, and it "
                    "keeps the old value: deploy with --force",
                )
            )
        if change.kind in ("delete", "replace") and users.get(key):
            stacks = ", ".join(sorted(users[key]))
            change.notes.append(
                Note("It goes before its users are updated", f"stacks that use it: {stacks}")
            )
        if change.kind == "replace" and key in before.resources and key in after.resources:
            _note_name(change, before.resources[key], after.resources[key])


_FOLLOWS = ("update", "may replace", "replace")


def _note_name(change: Change, old: Json, new: Json) -> None:
    name = custom_name_of(change.type)
    given = new.get("Properties", {}).get(name) if name else None
    if not isinstance(given, str) or old.get("Properties", {}).get(name) != given:
        return
    if is_deleted_first(change.type):
        change.notes.append(
            Note("It is deleted before the new one is created", "it is missing meanwhile")
        )
    else:
        change.notes.append(
            Note(
                "The deployment fails",
                f"CloudFormation creates the new one first, and {name} {given!r} is taken: "
                "change the name too",
                fails=True,
            )
        )


def _leaves(old: Any, new: Any, place: str) -> Iterator[PropertyChange]:
    """Yield the differences of two values, as far inside as possible."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and not (_is_call(old) or _is_call(new)):
        for name in dict.fromkeys([*old, *new]):
            yield from _leaves(old.get(name), new.get(name), f"{place}/{name}")
        return
    if isinstance(old, list) and isinstance(new, list):
        first, second = _by_name(old), _by_name(new)
        if first is not None and second is not None:
            for name in dict.fromkeys([*first, *second]):
                yield from _leaves(first.get(name), second.get(name), f"{place}[{name}]")
            return
        if len(old) == len(new) and all(isinstance(one, dict) for one in [*old, *new]):
            for number, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from _leaves(one, other, f"{place}[{number}]")
            return
    yield PropertyChange(place, old, new)


def _by_name(entries: list[Any]) -> dict[str, Any] | None:
    for name in _NAMES:
        if all(isinstance(one, dict) and isinstance(one.get(name), str) for one in entries):
            found = {one[name]: one for one in entries}
            if len(found) == len(entries):
                return found
    return None


def _is_call(value: Json) -> bool:
    name = next(iter(value)) if len(value) == 1 else ""
    return name == "Ref" or name.startswith("Fn::")


def _without_positions(place: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", place)
