"""Roles, with the policies that apply to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.access.policy import Origin, Policy
from operations.access.resolver import Record
from operations.access.tables import table

_AWS_MANAGED = ":iam::aws:policy/"


@dataclass(frozen=True, eq=False)
class Role:
    """A role, with the policies that apply to it.

    Attributes:
        arn: its ARN.
        name: its name.
        environment: the environment that makes it.
        record: its resource.
        policies: its identity-based policies: inline, attached, and attached from their own side.
        boundary: its permissions boundary.
        trust: its trust policy.
        tags: its tags.
        unknown: ARNs of attached policies whose text no template has.
        unknown_boundary: ARN of the boundary if no template has its text; else empty.
    """

    arn: str
    name: str
    environment: str
    record: Record
    policies: tuple[Policy, ...]
    boundary: Policy | None
    trust: Policy
    tags: Mapping[str, str]
    unknown: tuple[str, ...]
    unknown_boundary: str = ""

    @property
    def account(self) -> str:
        """The account that it is in."""
        return self.arn.split(":")[4]


def read_roles(records: Sequence[Record]) -> list[Role]:
    """Read the roles of some resources, with the policies of all of them."""
    managed = {}
    attached: dict[tuple[str, str], list[Policy]] = {}
    for record in records:
        if record.type not in (
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::Policy",
            "AWS::IAM::RolePolicy",
        ):
            continue
        origin = Origin(record.stack.name, record.logical_id, record.path)
        policy = Policy.parse(record.properties["PolicyDocument"], origin)
        if record.type == "AWS::IAM::ManagedPolicy":
            managed[record.ref] = policy
        names = record.properties.get("Roles", [])
        if "RoleName" in record.properties:
            names = [record.properties["RoleName"]]
        for name in names:
            attached.setdefault((record.stack.account, name), []).append(policy)
    return [
        _role(record, managed, attached.get((record.stack.account, record.ref), []))
        for record in records
        if record.type == "AWS::IAM::Role"
    ]


def _role(record: Record, managed: Mapping[str, Policy], attached: Iterable[Policy]) -> Role:
    properties = record.properties
    stack = record.stack
    policies = list(attached)
    unknown = []
    for inline in properties.get("Policies", ()):
        origin = Origin(stack.name, record.logical_id, inline["PolicyName"])
        policies.append(Policy.parse(inline["PolicyDocument"], origin))
    for arn in properties.get("ManagedPolicyArns", ()):
        if (known := _managed(arn, managed)) is None:
            unknown.append(arn)
        elif known not in policies:
            policies.append(known)
    bounded_by = properties.get("PermissionsBoundary", "")
    boundary = _managed(bounded_by, managed)
    path = properties.get("Path", "/")
    return Role(
        f"arn:{stack.partition}:iam::{stack.account}:role{path}{record.ref}",
        record.ref,
        stack.environment,
        record,
        tuple(policies),
        boundary,
        Policy.parse(
            properties["AssumeRolePolicyDocument"],
            Origin(stack.name, record.logical_id, f"{record.path}, trust policy"),
        ),
        record.tags,
        tuple(unknown),
        "" if boundary else bounded_by,
    )


def _managed(arn: str, managed: Mapping[str, Policy]) -> Policy | None:
    if arn in managed:
        return managed[arn]
    if _AWS_MANAGED in arn:
        name = arn.partition(":policy/")[2]
        document: Mapping[str, Any] | None = table("managed_policies").get(name)
        if document is not None:
            return Policy.parse(document, Origin(name=name))
    return None
