"""A custom resource that takes longer than one call of a Lambda function."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CustomResource, Duration, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import encrypted_log_group
from sagemaker_platform.functions.function import (
    HandlerFunction,
    function_findings,
    lambda_role,
    write_to,
)
from sagemaker_platform.security import (
    AccessPolicy,
    acknowledge_each,
    acknowledge_wildcards,
    in_compliance_packs,
)

_WITHOUT_QUEUE = "CloudFormation waits for the answer, and fails the deployment without it."


@checks_types
class WaitingResource(Construct):
    """A custom resource with two handlers: ``on_event`` starts, ``is_complete`` is polled.

    CloudFormation waits for a custom resource for at most an hour. The handlers are called
    again after failures, so they must be idempotent. See `custom_resources.common.waiting`.

    Args:
        folder: folder below ``custom_resources/`` with both handlers, in ``index.py``.
        resource_type: type of the resource in the template, without ``Custom::``.
        properties: properties for the handlers; CloudFormation updates the resource when they
            change.
        on_event_statements: permissions of ``on_event``.
        is_complete_statements: permissions of ``is_complete``.
        key: encrypts the logs; its policy must allow CloudWatch Logs to use it.
        log_retention_days: retention of the logs, one of the periods that CloudWatch Logs
            supports. CloudFormation deletes the logs with the stack.
        description: description of functions, roles and policies; must stay the same, see
            `AccessPolicy`.
        poll_seconds: time between two calls of ``is_complete``.

    Attributes:
        is_complete_role: role of ``is_complete``.
    """

    is_complete_role: iam.Role

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        folder: str,
        resource_type: str,
        properties: Mapping[str, Any],
        on_event_statements: Sequence[iam.PolicyStatement] = (),
        is_complete_statements: Sequence[iam.PolicyStatement],
        key: kms.IKey,
        log_retention_days: int,
        description: str,
        poll_seconds: int = 30,
    ) -> None:
        super().__init__(scope, id)
        logs = encrypted_log_group(self, "Logs", key=key, retention_days=log_retention_days)

        def function(
            id: str, handler: str, statements: Sequence[iam.PolicyStatement]
        ) -> lambda_.Function:
            made = HandlerFunction(
                self,
                id,
                folder=folder,
                handler=handler,
                statements=statements,
                logs=logs,
                description=description,
                without_queue=_WITHOUT_QUEUE,
            )
            self.is_complete_role = made.role
            return made.function

        on_event = function("OnEvent", "on_event", on_event_statements)
        is_complete = function("IsComplete", "is_complete", is_complete_statements)
        # The framework would write inline policies into its roles, so they are created here and
        # their policies are attached below.
        event_role = lambda_role(self, "EventRole", description=description)
        wait_role = lambda_role(self, "WaitRole", description=description)
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=on_event,
            is_complete_handler=is_complete,
            query_interval=Duration.seconds(poll_seconds),
            total_timeout=Duration.hours(1),
            framework_on_event_role=event_role.without_policy_updates(),
            framework_complete_and_timeout_role=wait_role.without_policy_updates(),
            log_group=logs,
        )
        *framework, waiter = provider.node.children
        assert isinstance(waiter, custom_resources.WaiterStateMachine)
        start = iam.PolicyStatement(
            actions=["states:StartExecution"], resources=[waiter.state_machine_arn]
        )
        policies = [
            AccessPolicy(
                role,
                "Policy",
                statements=[write_to(logs), _invoke(called), *extra],
                description=description,
                attached_to=[role],
            ).managed_policy
            for role, called, extra in (
                (event_role, on_event, [start]),
                (wait_role, is_complete, []),
            )
        ]
        self._service_token = provider.service_token
        self._needed = (provider, *policies)
        self.resource = self.add(
            self, "Resource", resource_type=resource_type, properties=properties
        )
        _acknowledge_framework(provider, waiter, framework)

    def add(
        self, scope: Construct, id: str, *, resource_type: str, properties: Mapping[str, Any]
    ) -> CustomResource:
        """Add a resource with the same handlers, in this stack or in one that depends on it."""
        resource = CustomResource(
            scope,
            id,
            resource_type=f"Custom::{resource_type}",
            service_token=self._service_token,
            properties=dict(properties),
        )
        resource.node.add_dependency(*self._needed)
        return resource


def _invoke(function: lambda_.IFunction) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=["lambda:GetFunction", "lambda:InvokeFunction"], resources=[function.function_arn]
    )


def _acknowledge_framework(
    provider: custom_resources.Provider,
    waiter: IConstruct,
    functions: Sequence[IConstruct],
) -> None:
    """Acknowledge findings at the functions and the state machine of the CDK's framework."""
    acknowledge_each(provider, function_findings(without_queue=_WITHOUT_QUEUE))
    acknowledge_each(
        waiter,
        {
            **dict.fromkeys(
                ["AwsSolutions-SF1", "AwsSolutions-SF2"],
                "Only calls one function until that is done; the function logs every call.",
            ),
            **dict.fromkeys(
                in_compliance_packs("IAMNoInlinePolicy"),
                "The CDK's provider framework writes it; no other role may have it.",
            ),
        },
    )
    # The first is called by CloudFormation.
    called = functions[1:]
    acknowledge_wildcards(
        waiter,
        {
            f"{function.function_arn}:*": "Versions of the two functions that it calls, written "
            "by the CDK's framework."
            for function in called
            if isinstance(function, lambda_.Function)
        },
    )
