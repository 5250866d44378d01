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

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import (
    AccessPolicy,
    acknowledge_each,
    in_compliance_packs,
)

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs

_PACKAGE = Path(__file__).parents[1]
_HANDLERS = "custom_resources"
# Modules that all handlers share.
_COMMON = "common"
_CALLED = "Called by one deployment or one schedule, one call after the other."


@checks_types
class HandlerFunction(Construct):
    """A Python function with its own execution role.

    The role allows the function to write its logs, and the given statements. The function runs
    outside the VPC, so it reaches only AWS APIs.

    Args:
        folder: folder below ``custom_resources/`` with the code; the handler is in ``index.py``.
        handler: name of the handler in ``index.py``.
        statements: further permissions of the role.
        logs: log group of the function, see `encrypted_log_group`.
        description: description of the function, its role and its policies; must stay the same,
            because CloudFormation replaces a policy when its description changes.
        without_queue: reason why failed events need no dead-letter queue. Optional. If omitted,
            the function must have one.
        dead_letters: receives failed events; the statements must allow the function to send to
            it.
        called: when the function is called, and why it needs no concurrency limit.
        environment: environment variables.
        layers: further code, below ``/opt``.
        timeout_seconds: at most 900, the limit of Lambda.
        memory_mib: memory; Lambda allocates CPU in proportion.
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
        timeout_seconds: int = 180,
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
            timeout=Duration.seconds(timeout_seconds),
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
    """Return the code of a folder; the functions of one stack share it."""
    return lambda_.Code.from_asset(str(_PACKAGE), exclude=_all_but(folder))


def _all_but(folder: str) -> list[str]:
    """Return the patterns that exclude all but a folder and the shared modules."""
    paths = [f"!{_HANDLERS}/{name}{files}" for name in (folder, _COMMON) for files in ("", "/*.py")]
    # Models of the SDK that the runtime lacks.
    models = f"!{_HANDLERS}/{_COMMON}/models"
    paths += [models, f"{models}/*", f"{models}/*/*", f"{models}/*/*/*.json"]
    return ["*", f"!{_HANDLERS}", *paths]


def lambda_role(
    scope: Construct, id: str, *policies: iam.IManagedPolicy, description: str
) -> iam.Role:
    """Create a role that Lambda can assume."""
    return iam.Role(
        scope,
        id,
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=description,
        managed_policies=list(policies),
    )


def write_to(group: logs.ILogGroup) -> iam.PolicyStatement:
    """Return the statement to write to an existing log group.

    It does not allow to create the group: a late line would create it again after its deletion.
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
        "It calls only APIs of AWS. In the VPC, its network interfaces would delay deletions.",
    )
    for pack in ("NIST.800.53.R5", "HIPAA.Security"):
        reasons[f"{pack}-LambdaConcurrency"] = called
        if without_queue is not None:
            reasons[f"{pack}-LambdaDLQ"] = without_queue
    return reasons
