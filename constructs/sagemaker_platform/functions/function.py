"""A Lambda function whose handler comes with this package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from sagemaker_platform.security import (
    AccessPolicy,
    acknowledge_each,
    in_compliance_packs,
)

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs

_PACKAGE = Path(__file__).parents[1]
_HANDLERS = "custom_resources"
# What handlers share.
_COMMON = "common"
_CALLED = "Called by one deployment or one schedule, one call after the other."


class HandlerFunction(Construct):
    """A Python function with a role of its own, which may write its logs and what is given.

    It runs outside the VPC and so reaches AWS's APIs alone.

    Args:
        folder: folder below ``custom_resources/`` that holds the code, ``index.py`` first.
        handler: name of the function in ``index.py``.
        statements: what it may do.
        logs: receives its logs, see `encrypted_log_group`.
        description: shown in the console, for the function, its role and its policies;
            constant, because a policy is replaced with its description.
        without_queue: why an event that fails need not be kept in a dead-letter queue; absent,
            there is one.
        dead_letters: receives events that fail; the statements let the function send to it.
        called: when the function is called, and why so many calls need no limit.
        environment: variables of its environment.
        layers: code besides, which is below ``/opt``.
        timeout_minutes: at most 15, which is Lambda's own limit.
        memory_mib: Lambda gives processor time in proportion.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        folder: str,
        handler: str,
        statements: Sequence[iam.PolicyStatement],
        logs: logs.ILogGroup,
        description: str,
        without_queue: str | None = None,
        dead_letters: sqs.IQueue | None = None,
        called: str = _CALLED,
        environment: Mapping[str, str] | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
        timeout_minutes: int = 3,
        memory_mib: int = 256,
    ) -> None:
        super().__init__(scope, id)
        policy = AccessPolicy(
            self, "Policy", statements=[write_to(logs), *statements], description=description
        )
        self.role = lambda_role(self, "Role", policy.managed_policy, description=description)
        self.function = lambda_.Function(
            self,
            "Resource",
            code=_code(Stack.of(self), folder),
            handler=f"{_HANDLERS}.{folder}.index.{handler}",
            runtime=lambda_.Runtime.PYTHON_3_14,
            timeout=Duration.minutes(timeout_minutes),
            memory_size=memory_mib,
            role=self.role,
            log_group=logs,
            description=description,
            environment=environment,
            layers=list(layers) or None,
        )
        if dead_letters is not None:
            # Not through the L2, which would write a policy into the role.
            resource = self.function.node.default_child
            assert isinstance(resource, lambda_.CfnFunction)
            resource.dead_letter_config = lambda_.CfnFunction.DeadLetterConfigProperty(
                target_arn=dead_letters.queue_arn
            )
        acknowledge_each(
            self.function, function_findings(without_queue=without_queue, called=called)
        )


@cache
def _code(_: Stack, folder: str) -> lambda_.Code:
    """Return the code in a folder, which the functions of one stack may share."""
    return lambda_.Code.from_asset(str(_PACKAGE), exclude=_all_but(folder))


def _all_but(folder: str) -> list[str]:
    """Return what a function's code leaves out: all but its own folder and what is shared."""
    paths = [f"!{_HANDLERS}/{name}{files}" for name in (folder, _COMMON) for files in ("", "/*.py")]
    return ["*", f"!{_HANDLERS}", *paths]


def lambda_role(
    scope: Construct, id: str, *policies: iam.IManagedPolicy, description: str
) -> iam.Role:
    """Make a role that Lambda assumes."""
    return iam.Role(
        scope,
        id,
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=description,
        managed_policies=list(policies),
    )


def write_to(group: logs.ILogGroup) -> iam.PolicyStatement:
    """Return the statement to write to a log group that exists.

    Not to create it: a late line would bring the group back after its deletion.
    """
    return iam.PolicyStatement(
        actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[group.log_group_arn]
    )


def function_findings(*, without_queue: str | None, called: str = _CALLED) -> dict[str, str]:
    """Return what the compliance packs find at functions that call AWS's APIs now and then.

    With the reason why it is right, see `HandlerFunction`.
    """
    reasons = dict.fromkeys(
        in_compliance_packs("LambdaInsideVPC"),
        "Calls AWS's APIs only, and nothing in the VPC, which its interfaces would hold.",
    )
    for pack in ("NIST.800.53.R5", "HIPAA.Security"):
        reasons[f"{pack}-LambdaConcurrency"] = called
        if without_queue is not None:
            reasons[f"{pack}-LambdaDLQ"] = without_queue
    return reasons
