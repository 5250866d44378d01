"""What people and services may do after a change that they could not do before, by meaning.

A permission is a principal, an action, resources and conditions. It counts as known only if one
statement of the earlier revision covers it as a whole, so that nothing new is missed; what several
earlier statements allow together may be shown as new.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from operations.access.pattern import glob
from operations.access.resolver import Record
from operations.access.world import World

Level = Literal["everything", "permissions", "write", "read"]
_LEVELS: Sequence[Level] = ("everything", "permissions", "write", "read")
_MANAGES_PERMISSIONS = re.compile(
    r"iam:(?!Get|List)|lakeformation:(Grant|Revoke|Put|Batch(Grant|Revoke))|kms:(CreateGrant|PutKey)|"
    r"[\w-]+:.*(Policy|Permission|Acl)$|sts:"
)
_READS = re.compile(r"[\w-]+:(BatchGet|Describe|Get|Head|List|Query|Scan|Search|Select)")
# Properties that hold a policy of the resource itself.
_RESOURCE_POLICIES: Mapping[str, str] = {
    "AWS::ApiGateway::RestApi": "Policy",
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::Logs::ResourcePolicy": "PolicyDocument",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::S3Tables::TableBucketPolicy": "ResourcePolicy",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupPolicy",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
}


@dataclass(frozen=True, order=True)
class Permission:
    """Something that a principal may newly do, or may do no more.

    Attributes:
        who: path of a role, or a policy of a resource with its principals.
        what: action.
        on: resource.
        conditions: JSON of the conditions; empty for none.
        level: how far it reaches.
    """

    who: str
    what: str
    on: str
    conditions: str = ""
    level: Level = field(default="read", compare=False)


@dataclass(frozen=True)
class _Statement:
    deny: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Any]
    # What names only what it is not about, as a whole.
    inverse: str = ""


@dataclass(frozen=True)
class AccessChange:
    """Permissions that a change adds and removes.

    Attributes:
        wider: what is new.
        narrower: what is gone.
        principals: new roles, which are new as a whole.
    """

    wider: tuple[Permission, ...]
    narrower: tuple[Permission, ...]
    principals: tuple[str, ...]

    @property
    def level(self) -> Level | None:
        """How far the furthest new permission of a known principal reaches."""
        levels = {one.level for one in self.wider}
        return next((level for level in _LEVELS if level in levels), None)


def compare_access(before: World, after: World, environment: str) -> AccessChange:
    """Compare the permissions of one environment in two revisions."""
    old, new = _statements(before, environment), _statements(after, environment)
    added = sorted(who for who in new if who.startswith("role ") and who not in old)
    return AccessChange(
        tuple(sorted(_more(new, old, without=added))),
        tuple(sorted(_more(old, new, without=[who for who in old if who not in new]))),
        tuple(who.removeprefix("role ") for who in added),
    )


def _more(
    new: Mapping[str, list[_Statement]],
    old: Mapping[str, list[_Statement]],
    *,
    without: Sequence[str],
) -> Iterator[Permission]:
    """Yield what one side allows and the other does not."""
    for who, statements in new.items():
        if who.removesuffix(", trusted by").removesuffix(", bounded by") in without:
            continue
        known = old.get(who, [])
        for one in (one for one in statements if not one.deny):
            if one.inverse and one not in known:
                yield Permission(
                    who,
                    f"all but {one.inverse}",
                    ", ".join(one.resources) or "*",
                    _json(one.conditions),
                    "everything",
                )
            for action in one.actions:
                for resource in one.resources:
                    if not any(_covers(other, action, resource, one.conditions) for other in known):
                        yield Permission(
                            who, action, resource, _json(one.conditions), _level(action)
                        )
        # A denial of the other side that is gone allows what it denied.
        for other in (other for other in known if other.deny):
            if other not in statements:
                yield Permission(
                    who,
                    f"no longer denied: {', '.join(other.actions) or other.inverse}",
                    ", ".join(other.resources),
                    _json(other.conditions),
                    "permissions",
                )


def _covers(one: _Statement, action: str, resource: str, conditions: Mapping[str, Any]) -> bool:
    return (
        not one.deny
        and any(glob(known.lower()).fullmatch(action.lower()) for known in one.actions)
        and any(glob(known).fullmatch(resource) for known in one.resources)
        and all(_is_as_strict(conditions.get(key), value) for key, value in one.conditions.items())
    )


def _is_as_strict(new: Any, old: Any) -> bool:
    """Return whether the keys of an operator restrict at least as much as before."""
    if not isinstance(new, Mapping):
        return False
    return all(
        key in new and set(map(str, _listed(new[key]))) <= set(map(str, _listed(value)))
        for key, value in old.items()
    )


def _level(action: str) -> Level:
    service, _, name = action.partition(":")
    if action == "*" or name == "*" or service == "*":
        return "everything"
    if _MANAGES_PERMISSIONS.match(action):
        return "permissions"
    return "read" if _READS.match(action) else "write"


def _statements(world: World, environment: str) -> dict[str, list[_Statement]]:
    found: dict[str, list[_Statement]] = defaultdict(list)
    here = world.environments.get(environment)
    if here is None:
        return found
    for role in here.roles.values():
        who = f"role {role.record.path}"
        found[who] += [_read(one.document) for policy in role.policies for one in policy.statements]
        found[f"{who}, trusted by"] += [_trust(one.document) for one in role.trust.statements]
        for arn in role.unknown:
            found[who].append(_Statement(False, (f"all of {arn}",), ("*",), {}))
        # A boundary that is gone is like a denial that is gone.
        boundary = role.unknown_boundary or (
            role.boundary and str(role.record.properties.get("PermissionsBoundary"))
        )
        if boundary:
            found[who].append(_Statement(True, (), ("*",), {}, f"what {boundary} allows"))
    for record in (one for records in here.records.values() for one in records):
        for who, statement in _of_record(record):
            kind, _, principal = who.partition(": ")
            known = here.roles.get(principal)
            found[f"{kind}: role {known.record.path}" if known else who].append(statement)
    return found


def _of_record(record: Record) -> Iterator[tuple[str, _Statement]]:
    properties = record.properties
    if name := _RESOURCE_POLICIES.get(record.type):
        document = properties.get(name) or {}
        document = json.loads(document) if isinstance(document, str) else document
        for one in _listed(document.get("Statement", ())):
            yield f"policy of {record.path}", _trust(one)
    elif record.type == "Custom::DataGrant":
        target = json.dumps(properties.get("Target"), sort_keys=True)
        for permission in _listed(properties.get("Permissions", ())):
            suffix = " (grantable)" if properties.get("Grantable") else ""
            yield (
                f"Lake Formation: {properties.get('Principal')}",
                _Statement(False, (f"lakeformation:{permission}{suffix}",), (target,), {}),
            )
    elif record.type == "AWS::EKS::AccessEntry":
        for one in properties.get("AccessPolicies", ()):
            yield (
                f"Kubernetes: {properties.get('PrincipalArn')}",
                _Statement(
                    False, (f"eks:{one.get('PolicyArn')}",), (_json(one.get("AccessScope")),), {}
                ),
            )
    elif record.type == "AWS::SageMaker::UserProfile":
        role = properties.get("UserSettings", {}).get("ExecutionRole")
        if role:
            yield (
                f"user {properties.get('UserProfileName')}",
                _Statement(False, (f"works with {role}",), ("*",), {}),
            )


def _read(document: Mapping[str, Any]) -> _Statement:
    inverse = ""
    for key in ("NotAction", "NotResource", "NotPrincipal"):
        if key in document:
            inverse += f"{key} {', '.join(map(str, _listed(document[key])))} "
    return _Statement(
        document.get("Effect") == "Deny",
        () if inverse else tuple(map(str, _listed(document.get("Action", ())))),
        tuple(map(str, _listed(document.get("Resource", "*")))),
        document.get("Condition") or {},
        inverse.strip(),
    )


def _trust(document: Mapping[str, Any]) -> _Statement:
    """Read a statement with principals, which take the place of the resources."""
    found = _read(document)
    principals = document.get("Principal", {})
    if isinstance(principals, str):
        names: Iterable[str] = [principals]
    else:
        names = [str(one) for value in principals.values() for one in _listed(value)]
    return _Statement(found.deny, found.actions, tuple(names), found.conditions, found.inverse)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True) if value else ""
