"""Judges changes: safe, look at these, or dangerous."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from operations.review.access import AccessChange, Permission
from operations.review.difference import Change, Key
from operations.review.stateful import HOLDS, SERVES

Verdict = Literal["safe", "look at these", "dangerous"]
VERDICTS: Sequence[Verdict] = ("safe", "look at these", "dangerous")
_ANY = ("0.0.0.0/0", "::/0")
# Properties that protect something: pattern of the place, and what is lost without them.
_PROTECTIONS: Sequence[tuple[str, str]] = (
    (r"/(KmsKeyId|KmsMasterKeyId|KMSKeyId|KmsKeyArn|KmsKey|KeyId|SSESpecification)$", "encryption"),
    (r"/(BucketEncryption|EncryptionConfiguration|EncryptionInfo)", "encryption"),
    (r"/LoggingConfiguration|/(FlowLog|AccessLog)", "logging"),
    (r"/PublicAccessBlockConfiguration", "the block of public access"),
    (r"/VersioningConfiguration", "versions"),
    (r"/EnableKeyRotation$", "rotation of the key"),
    (r"/DeletionProtection", "protection from deletion"),
    (r"/(VpcConfig|VpcSettings)$", "the network"),
    (r"/AutoRollbackConfig", "rollback"),
    (r"/EnableNetworkIsolation$", "isolation from the network"),
)


@dataclass(frozen=True, order=True)
class Finding:
    """Something that a reviewer has to know.

    Attributes:
        rank: index in `VERDICTS`.
        title: what happens, in a few words.
        why: what follows, and what to do.
        where: path of a construct, or a principal.
    """

    rank: int
    title: str
    why: str
    where: str


def findings_of(changes: Mapping[Key, Change], access: AccessChange) -> list[Finding]:
    """Return what needs eyes, the worst first."""
    found = [one for change in changes.values() for one in _of_change(change)]
    found += _of_access(access)
    return sorted(found, key=lambda one: (-one.rank, one.title, one.where))


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """Return the verdict of the worst finding."""
    return VERDICTS[max((one.rank for one in findings), default=0)]


def _of_change(change: Change) -> Iterator[Finding]:
    holds, serves = HOLDS.get(change.type), SERVES.get(change.type)
    because = ", ".join(change.reasons[:3])
    if holds and change.kind in ("replace", "delete"):
        verb = "replaced" if change.kind == "replace" else "deleted"
        why = f"it holds {holds}" + (f"; because of {because}" if because else "")
        yield Finding(2, f"{change.type} is {verb}", why, change.path)
    elif holds and change.kind == "may replace":
        yield Finding(
            1,
            f"{change.type} may be replaced",
            f"it holds {holds}; because of {because}",
            change.path,
        )
    elif change.kind == "leave behind":
        yield Finding(
            1,
            f"{change.type} stays in the account without a stack",
            "nothing updates or deletes it any more, and its name stays taken",
            change.path,
        )
    elif serves and change.kind in ("replace", "delete", "may replace"):
        # Everything in a network goes with it.
        network = serves == "the network" and change.kind in ("replace", "delete")
        why = f"interrupts {serves}" + (f"; because of {because}" if because else "")
        yield Finding(2 if network else 1, f"{change.type}: {change.kind}", why, change.path)
    if change.type == "AWS::CloudWatch::Alarm" and change.kind == "delete":
        yield Finding(1, "An alarm is gone", "nobody is told of what it watched", change.path)
    if change.type == "AWS::CloudWatch::Alarm" and change.kind == "update":
        places = ", ".join(one.place for one in change.properties)
        yield Finding(1, "An alarm changes", places, change.path)
    if change.type == "AWS::SageMaker::Endpoint" and change.kind == "update" and change.causes:
        yield Finding(
            1,
            "An endpoint is updated in place",
            "instances with the new configuration take over; its alarms roll back",
            change.path,
        )
    for note in change.notes:
        yield Finding(2 if note.fails else 1, note.title, note.why, change.path)
    yield from _opened(change)
    yield from _unprotected(change)


def _opened(change: Change) -> Iterator[Finding]:
    """Yield rules of security groups that let in or out more than before."""
    kinds = ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress")
    if change.type not in kinds or change.kind in ("delete", "leave behind"):
        return
    for one in change.properties:
        if "Ingress" in one.place or change.type.endswith("Ingress") or "Egress" in one.place:
            before, after = str(one.before), str(one.after)
            if any(cidr in after and cidr not in before for cidr in _ANY):
                yield Finding(2, "The network is open to any address", one.place, change.path)
            elif one.after is not None and len(after) > len(before):
                yield Finding(1, "A security group has another rule", one.place, change.path)
    if change.kind == "create" and change.type.endswith("Ingress"):
        yield Finding(1, "A security group lets in more", change.type, change.path)


def _unprotected(change: Change) -> Iterator[Finding]:
    for one in change.properties:
        if one.place.endswith("/RetentionInDays") and _is_less(one.after, one.before):
            yield Finding(
                1,
                "Logs are kept for a shorter time",
                f"{one.before} -> {one.after} days",
                change.path,
            )
        if one.place.endswith("/PubliclyAccessible") and one.after is True:
            yield Finding(2, "It is reachable from the internet", one.place, change.path)
        for pattern, what in _PROTECTIONS:
            lost = one.after in (None, False, "DISABLED", "Suspended") and one.before not in (
                None,
                False,
            )
            if lost and re.search(pattern, one.place):
                yield Finding(2, f"It loses {what}", one.place, change.path)
                break


def _is_less(after: Any, before: Any) -> bool:
    return isinstance(after, int) and (before is None or after < before)


def _of_access(access: AccessChange) -> Iterator[Finding]:
    by_who: dict[str, list[Permission]] = {}
    for one in access.wider:
        by_who.setdefault(one.who, []).append(one)
    for who, permissions in by_who.items():
        levels = {one.level for one in permissions}
        outside = [one for one in permissions if _lets_in(one)]
        rank = 2 if "everything" in levels or outside else 1
        shown = "; ".join(f"{one.what} on {one.on}" for one in permissions[:5])
        more = f"; and {len(permissions) - 5} more" if len(permissions) > 5 else ""
        level = next(one for one in ("everything", "permissions", "write", "read") if one in levels)
        yield Finding(rank, f"May do more ({level})", f"{shown}{more}", who)
    gone: dict[str, int] = {}
    for one in access.narrower:
        gone[one.who] = gone.get(one.who, 0) + 1
    for who, count in gone.items():
        yield Finding(1, "May do less", f"{count} permissions are gone", who)
    for name in access.principals:
        yield Finding(1, "A new role", "all of its permissions are new", name)


def _lets_in(permission: Permission) -> bool:
    """Return whether a policy lets in everybody, or another account as a whole."""
    return (permission.on == "*" and permission.who.startswith("policy of")) or bool(
        re.fullmatch(r"\*|\d{12}|arn:aws[\w-]*:iam::(\d{12}|\*):root", permission.on)
        and (", trusted by" in permission.who or permission.who.startswith("policy of"))
    )
