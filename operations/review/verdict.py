"""Judges changes: safe, look at these, or dangerous."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from operations.review.access import LEVELS, NO_LONGER_DENIED, TRUSTED, AccessChange, Permission
from operations.review.difference import Change
from operations.review.graph import Graph, Key
from operations.review.network import Rule, is_public, new_rules, opens_way
from operations.review.protection import losses_of
from operations.review.stateful import HOLDS, interruptions

Verdict = Literal["safe", "look at these", "dangerous"]
VERDICTS: Sequence[Verdict] = ("safe", "look at these", "dangerous")
# What findings are about, in the order of a report.
TOPICS = DATA, ACCESS, NETWORK, PROTECTION, SERVICE, DEPLOY, CHECKS = (
    "data",
    "permissions",
    "network",
    "protection",
    "service",
    "deployment",
    "checks",
)
_SHOWN = 5


@dataclass(frozen=True, order=True)
class Finding:
    """Something that a reviewer has to know.

    Attributes:
        rank: index in `VERDICTS`.
        title: what happens, in a few words.
        why: what follows, and what to do.
        where: path of a construct, or a principal.
        about: what it is about, such as ``data``.
        permissions: the permissions that it sums up.
    """

    rank: int
    title: str
    why: str
    where: str
    about: str = field(default=SERVICE, compare=False)
    permissions: tuple[Permission, ...] = field(default=(), compare=False, repr=False)

    @property
    def verdict(self) -> Verdict:
        """The verdict of this finding alone."""
        return VERDICTS[self.rank]


def findings_of(
    changes: Mapping[Key, Change], access: AccessChange, before: Graph, after: Graph
) -> list[Finding]:
    """Return what needs eyes, the worst first."""
    found = [one for change in changes.values() for one in _of_change(change)]
    found += _of_stacks(changes, before, after)
    found += [_of_rule(key, rule, after) for key, rule in new_rules(before, after)]
    found += [
        Finding(1, meaning, after.resources[key]["Type"], change.path, NETWORK)
        for key, change in changes.items()
        if change.kind == "create" and (meaning := opens_way(after.resources[key]))
    ]
    found += _of_access(access, after)
    return sorted_findings(found)


def sorted_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings without repetitions, the worst first."""
    return sorted(set(findings), key=lambda one: (-one.rank, one.title, one.where, one.why))


def _of_change(change: Change) -> Iterator[Finding]:
    yield from _of_data(change)
    for what, how in interruptions(change):
        network = what == "the network" and change.kind in ("replace", "delete")
        because = ", ".join(change.reasons[:3])
        if what and change.kind != "update":
            why = f"interrupts {what}" + (f"; because of {because}" if because else "")
            # Everything in a network goes with it.
            title = f"{change.type}: {change.kind}"
            yield Finding(2 if network else 1, title, why, change.path, SERVICE)
        elif what:
            yield Finding(1, f"It interrupts {what}", how, change.path, SERVICE)
        elif change.type == "AWS::SageMaker::Endpoint" and change.causes:
            yield Finding(1, "An endpoint is updated in place", how, change.path, SERVICE)
    for note in change.notes:
        yield Finding(2 if note.fails else 1, note.title, note.why, change.path, DEPLOY)
    for one in change.properties:
        if one.after != one.before and (meaning := is_public(change.type, one.place, one.after)):
            yield Finding(2, meaning, one.place, change.path, NETWORK)
    for loss in losses_of(change):
        yield Finding(2 if loss.certain else 1, loss.title, loss.why, change.path, PROTECTION)
    if change.type == "Custom::LakeFormationTags" and change.properties:
        why = "; ".join(f"{one.place}: {one.before} -> {one.after}" for one in change.properties)
        title = "LF-tags of data change: other grants by tag apply to it"
        yield Finding(1, title, why, change.path, ACCESS)
    if change.type == "Custom::DataCellsFilter" and change.kind not in ("create", "stays deployed"):
        yield Finding(1, "A filter of rows or columns changes", change.kind, change.path, ACCESS)


def _of_data(change: Change) -> Iterator[Finding]:
    holds = HOLDS.get(change.type)
    because = ", ".join(change.reasons[:3])
    why = f"it holds {holds}" + (f"; because of {because}" if because else "")
    if change.keeps_old and change.kind in ("replace", "may replace"):
        why += "; the old one stays in the account, and the new one is empty"
    if holds and change.kind in ("replace", "delete"):
        verb = "replaced" if change.kind == "replace" else "deleted"
        yield Finding(2, f"{change.type} is {verb}", why, change.path, DATA)
    elif holds and change.kind == "may replace":
        yield Finding(1, f"{change.type} may be replaced", why, change.path, DATA)
    elif change.kind == "leave behind":
        yield Finding(
            1,
            f"{change.type if holds else 'Something'} stays in the account without a stack",
            (f"{why}; " if holds else "")
            + "nothing updates or deletes it any more, and its name stays taken",
            change.path,
            DATA,
        )


def _of_stacks(changes: Mapping[Key, Change], before: Graph, after: Graph) -> Iterator[Finding]:
    """Yield stacks that the app no longer has, which `cdk deploy` does not delete."""
    for stack in (name for name in before.stacks if name not in after.stacks):
        gone = [one for key, one in changes.items() if key.stack == stack]
        held = sorted({HOLDS[one.type] for one in gone if one.type in HOLDS})
        holds = f", among them {', '.join(held)}" if held else ""
        yield Finding(
            1,
            "A stack stays deployed, and nothing updates it",
            f"`cdk deploy` does not delete it: its {len(gone)} resources{holds}, and the "
            "permissions of its roles, stay; delete the stack in CloudFormation to remove them",
            before.ids.get(stack, stack),
            DEPLOY,
        )


def _of_rule(key: Key, rule: Rule, after: Graph) -> Finding:
    where = after.path(key)
    if rule.is_open:
        return Finding(2, "The network is open to any address", str(rule), where, NETWORK)
    verb = "in" if rule.inward else "out"
    return Finding(1, f"A security group lets {verb} more", str(rule), where, NETWORK)


def _of_access(access: AccessChange, after: Graph) -> Iterator[Finding]:
    for who, permissions in _by_who(access.wider).items():
        yield _wider(who, permissions, access.account)
    for who, permissions in _by_who(access.narrower).items():
        # What fewer may do with a policy of a resource, its principals lose as well.
        yield Finding(1, "May do less", _listing(permissions), who, ACCESS, tuple(permissions))
    for who, found in access.new_roles.items():
        reach = [one for one in found if _is_dangerous(one, access.account)]
        level = _level(found)
        yield Finding(
            2 if reach else 1,
            "A new role",
            f"{len(found)} permissions ({level})" + (f": {_listing(reach)}" if reach else ""),
            f"role {who}",
            ACCESS,
            found,
        )
    for who in access.gone_roles:
        # Where the stack stays deployed, its roles stay too.
        if who.partition("/")[0] not in after.stacks:
            continue
        yield Finding(1, "A role is gone", "who works with it loses access", f"role {who}", ACCESS)


def _by_who(permissions: Sequence[Permission]) -> dict[str, list[Permission]]:
    found: dict[str, list[Permission]] = {}
    for one in permissions:
        found.setdefault(one.who, []).append(one)
    return found


def _wider(who: str, permissions: Sequence[Permission], account: str) -> Finding:
    level = _level(permissions)
    rank = 2 if any(_is_dangerous(one, account) for one in permissions) else 1
    title = f"May do more ({level})"
    ordered = sorted(
        permissions,
        key=lambda one: (not _is_dangerous(one, account), LEVELS.index(one.level), one),
    )
    return Finding(rank, title, _listing(ordered), who, ACCESS, tuple(permissions))


def _level(permissions: Sequence[Permission]) -> str:
    levels = {one.level for one in permissions}
    return next((one for one in LEVELS if one in levels), "read")


def _listing(permissions: Sequence[Permission]) -> str:
    shown = "; ".join(map(str, permissions[:_SHOWN]))
    more = len(permissions) - _SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown


def _is_dangerous(permission: Permission, account: str) -> bool:
    """Return whether a permission reaches everything, or lets in everyone or another account."""
    if permission.what.startswith(NO_LONGER_DENIED):
        return False
    trust = permission.who.endswith(TRUSTED)
    if not trust and not permission.who.startswith("policy of"):
        return permission.level == "everything"
    whole = re.fullmatch(r"\*|arn:aws[\w-]*:iam::(\d{12}|\*):root|all but .*", permission.by)
    if not whole:
        return False
    # The policy of a resource may leave it to IAM who of its own account may do what.
    if not trust and whole[1] == account:
        return False
    # A condition may still name the accounts, organizations or networks that are let in.
    return not re.search(r"(?i)aws:(Principal|Source)", permission.conditions)
