"""Statements of IAM policies."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_cdk import ArnFormat
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security.arns import format_arn


@checks_types
class WildcardStatement(iam.PolicyStatement):
    """An IAM policy statement whose resources contain wildcards for a stated reason.

    It is an ordinary `iam.PolicyStatement` and can be used wherever CDK takes one. `AccessPolicy`
    and the ``grant_…`` methods acknowledge the finding ``AwsSolutions-IAM5[Resource::…]`` of
    cdk-nag for these resources, in that policy only. In a plain `iam.PolicyStatement` a wildcard
    remains a finding that fails the synth.

    Args:
        actions: full names of actions. Wildcards in actions are never acknowledged.
        resources: ARNs, or ``["*"]`` for actions that IAM cannot restrict to a resource.
        wildcard_reason: why the resources contain wildcards; reviewers read it in
            ``validation-report.json``. If None, nothing is acknowledged.
        conditions: IAM condition block. Defaults to no conditions.
        effect: Defaults to `iam.Effect.ALLOW`.
    """

    def __init__(
        self,
        *,
        actions: Sequence[str],
        resources: Sequence[str],
        wildcard_reason: str | None,
        conditions: Mapping[str, Any] | None = None,
        effect: iam.Effect | None = None,
    ) -> None:
        super().__init__(
            actions=list(actions), resources=list(resources), conditions=conditions, effect=effect
        )
        self.wildcards: Mapping[str, str] = (
            {resource: wildcard_reason for resource in resources if "*" in resource}
            if wildcard_reason
            else {}
        )


def wildcards_of(statements: Iterable[iam.PolicyStatement]) -> dict[str, str]:
    """Return the reasons for wildcards that statements give, by resource."""
    return {
        resource: reason
        for statement in statements
        if isinstance(statement, WildcardStatement)
        for resource, reason in statement.wildcards.items()
    }


def allow_on_tagged(
    scope: IConstruct,
    actions: Sequence[str],
    *,
    service: str,
    resource: str,
    tags: Mapping[str, str],
) -> iam.PolicyStatement:
    """Return a statement that allows actions on resources of one type that have some tags.

    For resources whose ARN the service generates: the statement does not refer to the resource, so
    that its stack need not wait for it.

    Args:
        scope: its stack tells the account and the region.
        actions: full names of actions. All must support the condition key ``aws:ResourceTag``.
        service: service in the ARN, such as ``sagemaker``.
        resource: type of the resource in the ARN, such as ``mlflow-app``.
        tags: tags that identify the resource in its account and region.

    Raises:
        ValueError: there are no tags.
    """
    if not tags:
        raise ValueError(f"tags: got {dict(tags)}; must have at least one tag")
    found = ", ".join(f"{key}={value}" for key, value in tags.items())
    return WildcardStatement(
        actions=actions,
        resources=[format_arn(scope, service=service, resource=resource, resource_name="*")],
        conditions={
            "StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
        },
        wildcard_reason=f"The service generates the ARN; the condition requires the tags {found}.",
    )


def write_logs(scope: IConstruct, log_group_name: str) -> iam.PolicyStatement:
    """Return the statement to write to one log group of the account and region of ``scope``."""
    return WildcardStatement(
        actions=[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        ],
        resources=[
            format_arn(
                scope,
                service="logs",
                resource="log-group",
                resource_name=f"{log_group_name}:*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
        ],
        wildcard_reason=f"Log streams of {log_group_name} and no other log group.",
    )
