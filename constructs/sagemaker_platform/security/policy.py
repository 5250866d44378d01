"""Customer-managed IAM policies, written as plain statements."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import jsii
from aws_cdk import ArnFormat, Stack, Stage
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct, IValidation

from sagemaker_platform.security.acknowledge import acknowledge_each


@dataclass(frozen=True, kw_only=True)
class Allow:
    """One statement of a policy that allows something.

    Args:
        actions: full names of actions; an action with a wildcard is never acknowledged.
        resources: ARNs, or ``["*"]`` for actions that IAM cannot restrict to a resource.
        conditions: IAM condition block.
        wildcard_reason: why the resources hold a wildcard. Without it, a wildcard is a
            finding that fails the synth.
    """

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Mapping[str, Any]] | None = None
    wildcard_reason: str | None = None
    effect: ClassVar[str] = "Allow"

    def to_json(self) -> dict[str, Any]:
        """Return the statement as IAM writes it."""
        statement: dict[str, Any] = {
            "Effect": self.effect,
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        if self.conditions:
            statement["Condition"] = self.conditions
        return statement


@dataclass(frozen=True, kw_only=True)
class Deny(Allow):
    """One statement that forbids something, whatever any policy of the role allows.

    Args:
        actions: as of `Allow`.
        resources: as of `Allow`.
        conditions: as of `Allow`.
        wildcard_reason: as of `Allow`.
    """

    effect: ClassVar[str] = "Deny"


def write_logs(scope: IConstruct, log_group_name: str) -> Allow:
    """Return the statement to write to one log group of the account and region of ``scope``."""
    return Allow(
        actions=[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        ],
        resources=[
            Stack.of(scope).format_arn(
                service="logs",
                resource="log-group",
                resource_name=f"{log_group_name}:*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
        ],
        wildcard_reason=f"Log streams of {log_group_name} and no other log group.",
    )


class AccessPolicy(Construct):
    """A customer-managed policy that others attach to their roles.

    A managed policy rather than statements inside a role: the producer of a resource
    decides what access to it means, and a consumer only attaches the policy. A role
    that lists the policy exists after it, so that whatever uses the role finds its
    permissions in force.

    Args:
        statements: what is allowed.
        description: shown in the IAM console. It must not say what may change: a policy is
            replaced with its description, and a role in another stack would go on with the
            old one.
        attached_to: roles that get the policy from the policy's side, where the policy names
            what needs the role first; absent, whoever makes a role lists the policy.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        statements: Sequence[Allow],
        description: str,
        attached_to: Sequence[iam.IRole] = (),
    ) -> None:
        super().__init__(scope, id)
        self.managed_policy = iam.ManagedPolicy(
            self,
            "Resource",
            description=description,
            document=iam.PolicyDocument.from_json(
                {"Version": "2012-10-17", "Statement": [s.to_json() for s in statements]}
            ),
            roles=list(attached_to) or None,
        )
        acknowledge_wildcards(
            self,
            {
                resource: reason
                for statement in statements
                if (reason := statement.wildcard_reason)
                for resource in statement.resources
                if "*" in resource
            },
        )


def acknowledge_wildcards(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept resources with a wildcard in the policies of a construct.

    Args:
        construct: holds the policies.
        reasons: why, by the ARN as the policy has it.
    """
    if reasons:
        _late(Stage.of(construct)).add(construct, reasons)


@jsii.implements(IValidation)
class _Late:
    """Acknowledges wildcards once it is known how stacks refer to each other.

    Only then can the name of a resource of another stack be written as it is reported:
    references in angle brackets. CDK validates constructs after that and before it writes
    templates. All ARNs of a stack are resolved at once.
    """

    def __init__(self) -> None:
        self._by_stack: dict[Stack, list[tuple[IConstruct, Mapping[str, str]]]] = {}

    def add(self, construct: IConstruct, reasons: Mapping[str, str]) -> None:
        self._by_stack.setdefault(Stack.of(construct), []).append((construct, reasons))

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
