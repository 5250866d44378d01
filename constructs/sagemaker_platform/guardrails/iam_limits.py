"""What IAM accepts in policies, and on a role, user or group.

It is counted over all stacks: a stack may attach its policies to the roles of another one.
Source: "IAM and STS quotas" in the IAM user guide, read 2026-11-26. Those are the defaults of an
account. AWS raises two of them on request: managed policies of a role or user, and the length of
a trust policy.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_platform.guardrails.longest_values import LongestValues
from sagemaker_platform.synthesized_stack import SynthesizedStack

# Rule, property and limit of a policy document, by the type that has it.
_DOCUMENTS = {
    "ManagedPolicy": ("IAM_POLICY_LENGTH", "PolicyDocument", 6_144),
    "Role": ("IAM_TRUST_POLICY_LENGTH", "AssumeRolePolicyDocument", 2_048),
}
_POLICIES = 10
_INLINE_POLICIES = {"Role": 10_240, "User": 2_048, "Group": 5_120}

_LESS = (
    "Let it reach less: fewer layers, tables, models or endpoints in one environment, or split "
    "the activities of the persona into two personas"
)
_RAISED = "If AWS raised this quota of the account, acknowledge the finding with that reason"

RULES = {
    "IAM_POLICY_LENGTH": f"characters of a managed policy. {_LESS}",
    "IAM_INLINE_POLICIES_LENGTH": "characters of all inline policies together. Move statements "
    f"to managed policies. {_LESS}",
    "IAM_TRUST_POLICY_LENGTH": "characters of a trust policy. Name fewer principals, such as one "
    f"role that all of them may assume. {_RAISED}",
    "IAM_ATTACHED_POLICIES": "managed policies. Give the persona fewer activities or "
    f"managed_policies, or split it into two personas. {_RAISED}",
}


@dataclass(frozen=True, kw_only=True)
class LimitFinding:
    """Something that takes more than IAM accepts.

    Args:
        rule: key in `RULES`.
        stack: stack of the resource.
        logical_id: resource.
        path: place below the resource, such as ``Properties.PolicyDocument``.
        found: how much it takes.
        limit: how much IAM accepts.
    """

    rule: str
    stack: SynthesizedStack
    logical_id: str
    path: str
    found: int
    limit: int

    @property
    def message(self) -> str:
        """What is wrong, and how to fix it."""
        return f"got {self.found:,}; must be at most {self.limit:,} {RULES[self.rule]}."


@dataclass
class _Principal:
    """A role, user or group: where it is made or first attached to, and what it has."""

    kind: str
    stack: SynthesizedStack
    logical_id: str
    managed: int = 0
    inline: int = 0


def check_iam_limits(
    stacks: Sequence[SynthesizedStack], *, share: float = 1.0
) -> Iterator[LimitFinding]:
    """Check the policies, roles, users and groups of stacks.

    References count with the longest value that they may have.

    Args:
        stacks: all stacks of an app.
        share: share of a limit above which something is a finding. Defaults to the whole limit.
    """
    values = LongestValues(stacks)
    principals: dict[tuple[str, str, str], _Principal] = {}
    for stack in stacks:
        for logical_id, resource in stack.resources.items():
            service, _, kind = resource["Type"].rpartition("::")
            if service != "AWS::IAM":
                continue
            properties = resource.get("Properties", {})
            if kind in _DOCUMENTS:
                rule, path, limit = _DOCUMENTS[kind]
                length = _length(values, stack, properties.get(path, {}))
                yield from _above(share, rule, stack, logical_id, path, length, limit)
            _count(values, principals, stack, logical_id)
    for one in principals.values():
        yield from _of_principal(one, share)


def _count(
    values: LongestValues,
    principals: dict[tuple[str, str, str], _Principal],
    stack: SynthesizedStack,
    logical_id: str,
) -> None:
    """Add what a resource gives to roles, users and groups."""
    kind = stack.resources[logical_id]["Type"].rpartition("::")[2]
    properties: Mapping[str, Any] = stack.resources[logical_id].get("Properties", {})

    def principal(kind: str, name: Any) -> _Principal:
        key = stack.account, kind, str(values.of(stack, name))
        return principals.setdefault(key, _Principal(kind, stack, logical_id))

    if kind in _INLINE_POLICIES:
        own = principal(kind, {"Ref": logical_id})
        # The finding is told at the principal itself, wherever its policies are.
        own.stack, own.logical_id = stack, logical_id
        own.managed += len(properties.get("ManagedPolicyArns", []))
        for policy in properties.get("Policies", []):
            own.inline += _length(values, stack, policy["PolicyDocument"])
        return
    inline = kind != "ManagedPolicy"
    length = _length(values, stack, properties.get("PolicyDocument", {})) if inline else 0
    for of in _INLINE_POLICIES:
        names = properties.get(f"{of}s", [])
        if kind == f"{of}Policy":
            names = [properties[f"{of}Name"]]
        for name in names:
            found = principal(of, name)
            found.managed += not inline
            found.inline += length


def _of_principal(one: _Principal, share: float) -> Iterator[LimitFinding]:
    for rule, path, found, limit in (
        ("IAM_ATTACHED_POLICIES", "ManagedPolicyArns", one.managed, _POLICIES),
        ("IAM_INLINE_POLICIES_LENGTH", "Policies", one.inline, _INLINE_POLICIES[one.kind]),
    ):
        yield from _above(share, rule, one.stack, one.logical_id, path, found, limit)


def _above(
    share: float,
    rule: str,
    stack: SynthesizedStack,
    logical_id: str,
    path: str,
    found: int,
    limit: int,
) -> Iterator[LimitFinding]:
    """Yield a finding if a share of a limit is exceeded."""
    if found > share * limit:
        yield LimitFinding(
            rule=rule,
            stack=stack,
            logical_id=logical_id,
            path=f"Properties.{path}",
            found=found,
            limit=limit,
        )


def _length(values: LongestValues, stack: SynthesizedStack, document: Any) -> int:
    """Return the characters that IAM counts, which are all but white space."""
    if isinstance(document, str):
        return len("".join(document.split()))
    text = json.dumps(values.of(stack, document), separators=(",", ":"), ensure_ascii=False)
    return len(text)
