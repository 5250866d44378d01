"""Which resources a change creates, updates, replaces and deletes, across stacks, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from operations.assembly import Json
from operations.review.graph import Graph, Key
from operations.review.schema import effect_of, is_deleted_first, names_of
from operations.review.values import (
    PropertyChange,
    differences,
    plain_text,
    without_positions,
)

Kind = Literal[
    "create", "update", "replace", "may replace", "delete", "leave behind", "stays deployed"
]
NOT_DEPLOYED = "Its stack is not deployed"
GOES_FIRST = "It goes before its users are updated"
NAME_STAYS = "The deployment fails"
_STACK_STAYS: Kind = "stays deployed"
# Lists that only grow (SageMaker API: UpdateFeatureGroup, "Features cannot be removed from a
# feature group").
_ONLY_GROW: Mapping[str, tuple[str, str]] = {
    "AWS::SageMaker::FeatureGroup": ("FeatureDefinitions", "FeatureName"),
}
_ORDER: Mapping[str, int] = {"update": 0, "may replace": 1, "replace": 2}


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
        keeps_old: whether a replacement leaves the old resource in the account.
    """

    key: Key
    type: str
    path: str
    kind: Kind
    properties: list[PropertyChange] = field(default_factory=list)
    causes: list[tuple[str, Key]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    keeps_old: bool = False

    @property
    def reasons(self) -> list[str]:
        """The properties because of which CloudFormation replaces it."""
        own = [
            one.place
            for one in self.properties
            if effect_of(without_positions(one.place), self.type)
        ]
        return own + [
            f"{place} refers to {key.stack} {key.logical_id}"
            for place, key in self.causes
            if effect_of(without_positions(place), self.type)
        ]


def compare(before: Graph, after: Graph) -> dict[Key, Change]:
    """Return what happens to each resource that changes, in the order of stacks."""
    changes: dict[Key, Change] = {}
    for key in dict.fromkeys([*after.resources, *before.resources]):
        if change := _change(key, before, after):
            changes[key] = change
    _propagate(changes, before, after)
    _note(changes, before, after)
    return changes


def deployed(before: Graph, after: Graph) -> set[str]:
    """Return the stacks that `cdk deploy` does not skip: those whose own template differs."""
    return {name for name, template in after.stacks.items() if before.stacks.get(name) != template}


def _change(key: Key, before: Graph, after: Graph) -> Change | None:
    old, new = before.resources.get(key), after.resources.get(key)
    if old is None:
        assert new is not None
        return Change(key, new["Type"], after.path(key), "create")
    if new is None:
        if key.stack not in after.stacks:
            return Change(key, old["Type"], before.path(key), _STACK_STAYS)
        kept = str(old.get("DeletionPolicy", "Delete")).startswith("Retain")
        return Change(key, old["Type"], before.path(key), "leave behind" if kept else "delete")
    keeps_old = str(old.get("UpdateReplacePolicy", "Delete")) == "Retain"
    change = Change(key, new["Type"], after.path(key), "update", keeps_old=keeps_old)
    if old["Type"] != new["Type"]:
        change.kind = "replace"
        change.properties.append(PropertyChange("/Type", old["Type"], new["Type"]))
        return change
    for one in differences(old.get("Properties", {}), new.get("Properties", {})):
        change.properties.append(one)
        effect = effect_of(without_positions(one.place), change.type)
        if effect and change.kind != "replace":
            change.kind = effect
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if old.get(policy) != new.get(policy):
            change.notes.append(
                Note(f"{policy} changes", f"{old.get(policy)} -> {new.get(policy)}")
            )
    change.notes += _of_list(change, old.get("Properties", {}), new.get("Properties", {}))
    # A change of the order alone does nothing.
    return change if change.properties or change.notes else None


def _of_list(change: Change, old: Json, new: Json) -> Iterator[Note]:
    """Yield what is taken from a list that only grows, or is changed in it."""
    if change.type not in _ONLY_GROW:
        return
    list_name, name = _ONLY_GROW[change.type]
    gone = [one for one in old.get(list_name, ()) if one not in new.get(list_name, ())]
    if gone:
        names = ", ".join(plain_text(one[name]) for one in gone)
        yield Note(
            NAME_STAYS,
            f"{list_name} must keep {names} as they are, because SageMaker only adds to them: "
            "bring them back, or create another group",
            fails=True,
        )


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
            keeps = str(before.resources[user].get("UpdateReplacePolicy", "Delete")) == "Retain"
            change = changes.setdefault(
                user, Change(user, kind, after.path(user), "update", keeps_old=keeps)
            )
            if (place, key) not in change.causes:
                change.causes.append((place, key))
            effect = effect_of(without_positions(place), kind)
            if effect == "replace" and replaced.kind == "may replace":
                effect = "may replace"
            if effect and _ORDER[effect] > _ORDER.get(change.kind, 9):
                change.kind = effect
                open_.append(user)


def _note(changes: Mapping[Key, Change], before: Graph, after: Graph) -> None:
    going = deployed(before, after)
    users: dict[Key, set[str]] = {}
    for key in before.resources:
        for _, target in before.references(key):
            if target.stack != key.stack:
                users.setdefault(target, set()).add(key.stack)
    names = _names(before)
    for key, change in changes.items():
        if key.stack in after.stacks and key.stack not in going:
            change.notes.append(
                Note(
                    NOT_DEPLOYED,
                    f"{key.stack} has the same template, so that `cdk deploy` skips it, and it "
                    "keeps the old value: deploy with --force",
                )
            )
        if change.kind in ("delete", "replace") and users.get(key):
            stacks = ", ".join(sorted(users[key]))
            change.notes.append(Note(GOES_FIRST, f"stacks that use it: {stacks}"))
        if key in after.resources and change.kind in ("create", "replace"):
            change.notes += _of_name(change, changes, before, after, names)


def _names(graph: Graph) -> dict[tuple[str, ...], list[Key]]:
    found: dict[tuple[str, ...], list[Key]] = {}
    for key, resource in graph.resources.items():
        if name := _name(resource):
            found.setdefault(name, []).append(key)
    return found


def _name(resource: Json) -> tuple[str, ...] | None:
    """Return the type and the physical name of a resource; None if AWS names it."""
    properties = resource.get("Properties", {})
    wanted = names_of(resource["Type"])
    if not wanted or any(properties.get(one) is None for one in wanted):
        return None
    return (resource["Type"], *(plain_text(properties[one]) for one in wanted))


def _of_name(
    change: Change,
    changes: Mapping[Key, Change],
    before: Graph,
    after: Graph,
    names: Mapping[tuple[str, ...], list[Key]],
) -> Iterator[Note]:
    """Yield what a name that is taken does to a new resource."""
    name = _name(after.resources[change.key])
    wanted = names_of(change.type)
    # A name below something that is replaced is another one.
    if name is None or any(place.removeprefix("/") in wanted for place, _ in change.causes):
        return
    shown = " ".join(name[1:])
    for other in names.get(name, ()):
        if other == change.key:
            if is_deleted_first(change.type):
                yield Note("It is deleted before the new one is created", "it is missing meanwhile")
            else:
                yield Note(
                    NAME_STAYS,
                    f"CloudFormation creates the new one first, and {wanted[-1]} {shown!r} is "
                    "taken: change the name too",
                    fails=True,
                )
        elif other in changes and changes[other].kind != "update":
            place = f"{other.stack} {other.logical_id}"
            remedy = {
                "leave behind": "which stays in the account: import it, or delete it first",
                _STACK_STAYS: "whose stack stays deployed: delete that stack first",
            }.get(changes[other].kind, "which is deleted only afterwards: change the name too")
            yield Note(
                NAME_STAYS, f"{wanted[-1]} {shown!r} is taken by {place}, {remedy}", fails=True
            )
