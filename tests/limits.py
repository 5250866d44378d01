"""Limits of CloudFormation and IAM, and what stacks take of them.

Sources: "CloudFormation quotas" in the CloudFormation user guide, and "IAM and STS quotas" in the
IAM user guide. They are the defaults of an account, which are also the hard limits but for
managed policies of a role (up to 20 on request).
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support import StackTemplate

_SECTIONS = {"Resources": 500, "Outputs": 200, "Parameters": 200, "Mappings": 200}
_TEMPLATE_BYTES = 1_000_000
_MANAGED_POLICY_CHARACTERS = 6_144
_INLINE_POLICIES_CHARACTERS = 10_240
_TRUST_POLICY_CHARACTERS = 2_048
_MANAGED_POLICIES_OF_A_ROLE = 10

# References are longer or shorter than what they stand for: this is a likely length.
_ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@dataclass(frozen=True)
class Size:
    """How much something takes of a limit."""

    what: str
    found: int
    limit: int

    def __str__(self) -> str:
        return f"{self.what}: got {self.found:,}; must be at most {self.limit:,}"


def above(sizes: Iterable[Size], *, share: float = 1) -> list[str]:
    """Return a sentence for each size above its limit, or a share of that."""
    return [str(size) for size in sizes if size.found > size.limit * share]


def template_sizes(stack: StackTemplate) -> Iterator[Size]:
    """Yield what CloudFormation counts in a template."""
    template = stack.template()
    for section, limit in _SECTIONS.items():
        yield Size(f"{section} of {stack.id}", len(template.get(section, {})), limit)
    yield Size(f"bytes of the template of {stack.id}", stack.file.stat().st_size, _TEMPLATE_BYTES)


def policy_sizes(stacks: Sequence[StackTemplate]) -> Iterator[Size]:
    """Yield what IAM counts in the policies and roles of an environment."""
    inline: Counter[str] = Counter()
    attached: Counter[str] = Counter()
    for stack in stacks:
        for logical_id, resource in stack.resources().items():
            properties = resource.get("Properties", {})
            where = f"{stack.id} {logical_id}"
            match resource["Type"]:
                case "AWS::IAM::ManagedPolicy":
                    length = _length(properties["PolicyDocument"])
                    yield Size(
                        f"characters of the policy {where}", length, _MANAGED_POLICY_CHARACTERS
                    )
                    attached.update(_role(r, stack, stacks) for r in properties.get("Roles", []))
                case "AWS::IAM::Policy":
                    for role in properties.get("Roles", []):
                        length = _length(properties["PolicyDocument"])
                        inline[_role(role, stack, stacks)] += length
                case "AWS::IAM::Role":
                    length = _length(properties["AssumeRolePolicyDocument"])
                    yield Size(
                        f"characters of the trust policy of {where}",
                        length,
                        _TRUST_POLICY_CHARACTERS,
                    )
                    attached[where] += len(properties.get("ManagedPolicyArns", []))
                    for policy in properties.get("Policies", []):
                        inline[where] += _length(policy["PolicyDocument"])
    for role, count in attached.items():
        yield Size(f"managed policies of the role {role}", count, _MANAGED_POLICIES_OF_A_ROLE)
    for role, length in inline.items():
        yield Size(
            f"characters of the inline policies of {role}", length, _INLINE_POLICIES_CHARACTERS
        )


def _role(reference: Any, stack: StackTemplate, stacks: Sequence[StackTemplate]) -> str:
    """Return the stack and logical id of a role, or its name if no stack makes it."""
    match reference:
        case {"Ref": logical_id}:
            return f"{stack.id} {logical_id}"
        case {"Fn::GetStackOutput": {"StackName": name, "OutputName": output}}:
            for other in stacks:
                if other.stack_name == name:
                    return _role(other.template()["Outputs"][output]["Value"], other, stacks)
    return str(reference)


def _length(document: Any) -> int:
    """Return the characters that IAM counts, which are all but white space."""
    return len(json.dumps(_as_deployed(document), separators=(",", ":")))


def _as_deployed(node: Any) -> Any:
    """Write out what references stand for, at a likely length."""
    match node:
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(map(str, map(_as_deployed, parts)))
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Ref": _} | {"Fn::GetAtt": _} | {"Fn::GetStackOutput": _} | {"Fn::Sub": _}:
            return _ARN
        case dict():
            return {key: _as_deployed(value) for key, value in node.items()}
        case list():
            return list(map(_as_deployed, node))
    return node
