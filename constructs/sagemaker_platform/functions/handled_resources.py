"""Custom resources that one call of a Lambda function creates, updates or deletes."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CustomResource, RemovalPolicy, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import encrypted_log_group
from sagemaker_platform.functions.function import (
    HandlerFunction,
    function_findings,
    lambda_role,
    write_to,
)
from sagemaker_platform.security import AccessPolicy, acknowledge_each

_WITHOUT_QUEUE = "CloudFormation waits for the answer, and fails the deployment without it."


@checks_types
class HandledResources(Construct):
    """A handler ``on_event``, and the custom resources that it handles.

    The handler is called again after failures, so it must be idempotent. It can also handle
    resources of other stacks.

    Args:
        folder: folder below ``custom_resources/`` with the handler, in ``index.py``.
        statements: permissions of the handler.
        key: encrypts the logs; its policy must allow CloudWatch Logs to use it.
        log_retention_days: retention of the logs, one of the periods that CloudWatch Logs
            supports. CloudFormation deletes the logs with the stack.
        description: description of functions, roles and policies; must stay the same, see
            `AccessPolicy`.
        timeout_seconds: time-out of one resource, at most 900.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        folder: str,
        statements: Sequence[iam.PolicyStatement],
        key: kms.IKey,
        log_retention_days: int,
        description: str,
        timeout_seconds: int = 300,
    ) -> None:
        super().__init__(scope, id)
        logs = encrypted_log_group(self, "Logs", key=key, retention_days=log_retention_days)
        handler = HandlerFunction(
            self,
            "OnEvent",
            folder=folder,
            handler="on_event",
            statements=statements,
            logs=logs,
            description=description,
            without_queue=_WITHOUT_QUEUE,
            timeout_seconds=timeout_seconds,
        )
        self.role: iam.Role = handler.role
        framework_role = lambda_role(self, "FrameworkRole", description=description)
        self._provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=handler.function,
            # The framework would write policies into it.
            framework_on_event_role=framework_role.without_policy_updates(),
            log_group=logs,
        )
        self._service_token = self._provider.service_token
        self._policy = AccessPolicy(
            framework_role,
            "Policy",
            statements=[
                write_to(logs),
                iam.PolicyStatement(
                    actions=["lambda:GetFunction", "lambda:InvokeFunction"],
                    resources=[handler.function.function_arn],
                ),
            ],
            description=description,
            attached_to=[framework_role],
        ).managed_policy
        acknowledge_each(self._provider, function_findings(without_queue=_WITHOUT_QUEUE))

    def add(
        self,
        scope: Construct,
        id: str,
        *,
        resource_type: str,
        properties: Mapping[str, Any],
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
        after: Sequence[IDependable] = (),
    ) -> CustomResource:
        """Add a resource that the function handles.

        Args:
            scope: scope of the resource, in this stack or in a stack that depends on it.
            id: construct ID.
            resource_type: type in the template, without ``Custom::``.
            properties: properties for the handler: strings, lists, and mappings of strings.
            removal_policy: with RETAIN, CloudFormation does not call the handler to delete it.
            after: dependencies of the resource.
        """
        resource = CustomResource(
            scope,
            id,
            resource_type=f"Custom::{resource_type}",
            service_token=self._service_token,
            properties=dict(properties),
            removal_policy=removal_policy,
        )
        resource.node.add_dependency(self._provider, self._policy, *after)
        return resource
