"""Who may do what, as comparable statements: policies, grants, access entries, roles of users."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from operations.access.pattern import glob
from operations.access.policy import Policy
from operations.access.resolver import Record
from operations.access.world import Environment, World
from operations.review.conditions import is_as_strict

# Properties that hold a policy of the resource itself.
_RESOURCE_POLICIES: Mapping[str, str] = {
    "AWS::ApiGateway::RestApi": "Policy",
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::EFS::FileSystem": "FileSystemPolicy",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::Logs::ResourcePolicy": "PolicyDocument",
    "AWS::RedshiftServerless::Namespace": "NamespaceResourcePolicy",
    "AWS::S3::AccessPoint": "Policy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::S3Tables::TableBucketPolicy": "ResourcePolicy",
    "AWS::S3Tables::TablePolicy": "ResourcePolicy",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupPolicy",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
}


@dataclass(frozen=True)
class Scope:
    """What a part of a statement names.

    Attributes:
        patterns: texts with the wildcards of IAM.
        inverse: whether it is about everything else.
    """

    patterns: tuple[str, ...]
    inverse: bool = False

    def atoms(self) -> "Iterator[Scope]":
        """Yield its parts: one for each pattern, or itself as a whole."""
        if self.inverse:
            yield self
        else:
            for pattern in self.patterns:
                yield Scope((pattern,))

    def covers(self, atom: "Scope") -> bool:
        """Return whether it names everything that a part of another scope names."""
        if not self.inverse and not atom.inverse:
            return any(_within(atom.patterns[0], one) for one in self.patterns)
        if self.inverse and atom.inverse:
            return all(any(_within(one, other) for other in atom.patterns) for one in self.patterns)
        if self.inverse:
            return not any(_overlap(atom.patterns[0], one) for one in self.patterns)
        return "*" in self.patterns

    def __str__(self) -> str:
        """Return it for people."""
        text = ", ".join(self.patterns)
        return f"all but {text}" if self.inverse else text


ANYTHING = Scope(("*",))


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, or something like it.

    Attributes:
        deny: whether it denies.
        actions: actions in lower case.
        resources: resources; of policies of a resource and of a role's trust, principals too.
        principals: who; anything for policies of an identity.
        conditions: all have to hold.
        names: actions as they are written, by what they are in lower case.
    """

    deny: bool
    actions: Scope
    resources: Scope = ANYTHING
    principals: Scope = ANYTHING
    conditions: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict, compare=False)

    def atoms(self) -> "Iterator[Statement]":
        """Yield statements of one action, resource and principal that say the same together."""
        for action in self.actions.atoms():
            for resource in self.resources.atoms():
                for principal in self.principals.atoms():
                    yield Statement(
                        self.deny, action, resource, principal, self.conditions, self.names
                    )

    def covers(self, atom: "Statement") -> bool:
        """Return whether it says everything that an atom of another statement says."""
        return (
            self.deny is atom.deny
            and self.actions.covers(atom.actions)
            and self.resources.covers(atom.resources)
            and self.principals.covers(atom.principals)
            and is_as_strict(atom.conditions, self.conditions)
        )


def _within(text: str, pattern: str) -> bool:
    return text == pattern or glob(pattern).fullmatch(text) is not None


def _overlap(one: str, other: str) -> bool:
    """Return whether two patterns may name the same thing."""
    if _within(one, other) or _within(other, one):
        return True
    first, wild, _ = one.partition("*")
    second, other_wild, _ = other.partition("*")
    return bool(wild and other_wild) and (first.startswith(second) or second.startswith(first))


def statements_of(world: World, environment: str) -> dict[str, list[Statement]]:
    """Return the statements of an environment by who, or what, has them."""
    found: dict[str, list[Statement]] = defaultdict(list)
    here = world.environments.get(environment)
    if here is None:
        return found
    for role in here.roles.values():
        who = f"role {role.record.path}"
        found[who] += [one for policy in role.policies for one in _of_policy(policy)]
        found[who] += [Statement(False, Scope((f"all of {arn}",))) for arn in role.unknown]
        found[f"{who}, trusted by"] += _of_policy(role.trust)
        if role.boundary:
            found[f"{who}, bounded by"] += _of_policy(role.boundary)
        elif role.unknown_boundary:
            bounded = Scope((f"what {role.unknown_boundary} allows",))
            found[f"{who}, bounded by"].append(Statement(False, bounded))
        else:
            found[f"{who}, bounded by"].append(Statement(False, ANYTHING))
    for record in (one for records in here.records.values() for one in records):
        for who, statement in _of_record(record):
            found[_named(who, here)].append(statement)
    return found


def _named(who: str, here: Environment) -> str:
    """Return a principal with the path of its role in place of an ARN."""
    kind, colon, principal = who.partition(": ")
    role = here.roles.get(principal) if colon else None
    return f"{kind}: role {role.record.path}" if role else who


def _of_policy(policy: Policy) -> Iterator[Statement]:
    for one in policy.statements:
        yield read_statement(one.document)


def _of_record(record: Record) -> Iterator[tuple[str, Statement]]:
    properties = record.properties
    here = f"policy of {record.path}"
    if name := _RESOURCE_POLICIES.get(record.type):
        document = properties.get(name) or {}
        document = json.loads(document) if isinstance(document, str) else document
        for one in _listed(document.get("Statement", ())):
            yield here, read_statement(one)
    match record.type:
        case "Custom::GlueCatalogPolicy":
            for one in _listed(properties.get("Statements", ())):
                yield here, read_statement(one)
        case "Custom::EndpointPolicies":
            for endpoint, given in properties.get("Policies", {}).items():
                for one in _listed(given.get("Statements", ())):
                    yield f"policy of endpoint {endpoint}", read_statement(one)
        case "AWS::Lambda::Permission":
            conditions = {
                key: properties[key]
                for key in ("SourceArn", "SourceAccount", "PrincipalOrgID")
                if key in properties
            }
            yield (
                f"policy of {properties.get('FunctionName')}",
                read_statement(
                    {
                        "Effect": "Allow",
                        "Action": properties.get("Action", ()),
                        "Principal": str(properties.get("Principal")),
                        "Condition": {"ArnLike": conditions} if conditions else {},
                    }
                ),
            )
        case "Custom::DataGrant":
            yield from _of_grant(properties)
        case "Custom::DataLakeAdministrators":
            for principal in _listed(properties.get("Administrators", ())):
                yield f"Lake Formation: {principal}", _may("administer the data lake")
        case "AWS::EKS::AccessEntry":
            who = f"Kubernetes: {properties.get('PrincipalArn')}"
            for one in properties.get("AccessPolicies", ()):
                scope = one.get("AccessScope") or {}
                for where in scope.get("Namespaces") or [scope.get("Type", "cluster")]:
                    yield who, _may(f"eks:{one.get('PolicyArn')}", str(where))
            for group in properties.get("KubernetesGroups", ()):
                yield who, _may(f"group {group}")
        case "AWS::EKS::PodIdentityAssociation":
            where = f"{properties.get('Namespace')}/{properties.get('ServiceAccount')}"
            yield f"Kubernetes: {where}", _may(f"works with {properties.get('RoleArn')}")
        case "AWS::SageMaker::UserProfile":
            if role := properties.get("UserSettings", {}).get("ExecutionRole"):
                yield f"user {properties.get('UserProfileName')}", _may(f"works with {role}")
        case "AWS::SageMaker::Domain":
            for key in ("DefaultUserSettings", "DefaultSpaceSettings"):
                if role := properties.get(key, {}).get("ExecutionRole"):
                    yield f"users of {record.path}", _may(f"works with {role}")
        case "AWS::RAM::ResourceShare":
            for principal in properties.get("Principals", ()):
                for arn in properties.get("ResourceArns", ()):
                    yield (
                        here,
                        Statement(False, Scope(("is shared",)), Scope((arn,)), Scope((principal,))),
                    )


def _of_grant(properties: Mapping[str, Any]) -> Iterator[tuple[str, Statement]]:
    target = dict(properties.get("Target") or {})
    # A grant by LF-tags reaches less with more tags or fewer values, like a condition.
    tags = target.pop("Expression", None)
    conditions: dict[str, Any] = {}
    if isinstance(tags, Mapping) and tags:
        conditions["StringEquals"] = {f"LF-tag {key}": value for key, value in tags.items()}
    if columns := target.pop("Columns", None):
        conditions.setdefault("StringEquals", {})["column"] = columns
    if excluded := target.pop("ExcludedColumns", None):
        conditions["StringNotEquals"] = {"column": excluded}
    kind = target.pop("Type", "")
    where = ".".join(str(one) for one in target.values())
    for suffix, key in (("", "Permissions"), (" (grantable)", "Grantable")):
        for permission in _listed(properties.get(key) or ()):
            name = f"lakeformation:{permission}{suffix}"
            yield (
                f"Lake Formation: {properties.get('Principal')}",
                Statement(
                    False,
                    Scope((name.lower(),)),
                    Scope((f"{kind} {where}".strip(),)),
                    conditions=conditions,
                    names={name.lower(): name},
                ),
            )


def _may(action: str, resource: str = "*") -> Statement:
    return Statement(
        False, Scope((action.lower(),)), Scope((resource,)), names={action.lower(): action}
    )


def read_statement(document: Mapping[str, Any]) -> Statement:
    """Read a statement of a policy document."""
    actions, principals = _scope(document, "Action"), _scope(document, "Principal")
    return Statement(
        document.get("Effect") == "Deny",
        Scope(tuple(one.lower() for one in actions.patterns), actions.inverse),
        _scope(document, "Resource"),
        principals,
        document.get("Condition") or {},
        {one.lower(): one for one in actions.patterns},
    )


def _scope(document: Mapping[str, Any], name: str) -> Scope:
    if (inverse := f"Not{name}") in document:
        return Scope(tuple(_names(document[inverse])), inverse=True)
    return Scope(tuple(_names(document[name]))) if name in document else ANYTHING


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for kind, names in value.items():
            for name in _listed(names):
                # A number of an account means its root.
                number = kind == "AWS" and str(name).isdigit()
                yield f"arn:aws:iam::{name}:root" if number else str(name)
        return
    yield from (str(one) for one in _listed(value))


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]
