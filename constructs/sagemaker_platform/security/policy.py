"""Customer-managed IAM policies, and acknowledgements of their wildcards."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jsii
from aws_cdk import Stack, Stage
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct, IValidation

from sagemaker_platform.arguments import checks_types, require_some
from sagemaker_platform.security.acknowledge import acknowledge_each
from sagemaker_platform.security.statement import wildcards_of


@checks_types
class AccessPolicy(Construct):
    """A customer-managed policy that others attach to their roles.

    A managed policy rather than statements inside a role: the producer of a resource
    decides what access to it means, and a consumer only attaches the policy. A role
    that lists the policy exists after it, so that whatever uses the role finds its
    permissions in force.

    Args:
        statements: what the policy allows or denies. A `WildcardStatement` also acknowledges its
            wildcards.
        description: shown in the IAM console. Keep out of it what may change: CloudFormation
            replaces a policy when its description changes, and a role in another stack would
            keep the old policy.
        attached_to: roles to attach the policy to, for a policy that names resources which
            need the role first. Defaults to none; roles then list the policy.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        statements: Sequence[iam.PolicyStatement],
        description: str,
        attached_to: Sequence[iam.IRole] = (),
    ) -> None:
        super().__init__(scope, id)
        require_some("statements", statements)
        self.managed_policy = iam.ManagedPolicy(
            self,
            "Resource",
            description=description,
            statements=list(statements),
            roles=list(attached_to) or None,
        )
        acknowledge_wildcards(self, wildcards_of(statements))


def existing_policy(scope: Construct, policy: str) -> iam.IManagedPolicy:
    """Return a policy that is there already, by its name with its path, or by its ARN."""
    name = policy.partition(":policy/")[2] or policy
    if policy.startswith("arn:"):
        return iam.ManagedPolicy.from_managed_policy_arn(scope, name, policy)
    return iam.ManagedPolicy.from_managed_policy_name(scope, name, policy)


def acknowledge_wildcards(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept resources with a wildcard in the policies of a construct.

    Args:
        construct: holds the policies.
        reasons: why, by the ARN as the policy has it.
    """
    if reasons:
        stack = Stack.of(construct)
        _late_of(stack).add(stack, construct, reasons)


@jsii.implements(IValidation)
class _Late:
    """Acknowledges wildcards once it is known how stacks refer to each other.

    Only then can the name of a resource of another stack be written as it is reported:
    references in angle brackets. CDK validates constructs after that and before it writes
    templates. All ARNs of a stack are resolved at once.
    """

    def __init__(self) -> None:
        self._by_stack: dict[Stack, list[tuple[IConstruct, Mapping[str, str]]]] = {}

    def add(self, stack: Stack, construct: IConstruct, reasons: Mapping[str, str]) -> None:
        self._by_stack.setdefault(stack, []).append((construct, reasons))

    def validate(self) -> list[str]:
        for stack, acknowledged in self._by_stack.items():
            resources = [resource for _, reasons in acknowledged for resource in reasons]
            reported = dict(zip(resources, stack.resolve(resources), strict=True))
            for construct, reasons in acknowledged:
                acknowledge_each(
                    construct,
                    {
                        f"AwsSolutions-IAM5[Resource::{_flatten(reported[resource])}]": reason
                        for resource, reason in reasons.items()
                    },
                )
        return []


@cache
def _late_of(stack: Stack) -> "_Late":
    return _late(Stage.of(stack))


@cache
def _late(stage: Stage) -> _Late:
    late = _Late()
    stage.node.add_validation(late)
    return late


def _flatten(node: Any) -> str:
    match node:
        case str():
            return node.replace("${", "<").replace("}", ">")
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(map(_flatten, parts))
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
    return json.dumps(node, separators=(",", ":"))
