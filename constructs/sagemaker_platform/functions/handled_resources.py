"""Custom resources that one call of a Lambda function makes, changes or deletes."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CustomResource, RemovalPolicy, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from sagemaker_platform.foundation import encrypted_log_group
from sagemaker_platform.functions.function import (
    HandlerFunction,
    function_findings,
    lambda_role,
    write_to,
)
from sagemaker_platform.security import AccessPolicy, acknowledge_each

_WITHOUT_QUEUE = "CloudFormation waits for the answer, and fails the deployment without it."


class HandledResources(Construct):
    """A function ``on_event``, and any number of custom resources that it carries out.

    The handler is called again after failures, so it must be idempotent. A resource of
    another stack may be handled too.

    Args:
        folder: folder below ``custom_resources/`` that holds the handler, in ``index.py``.
        statements: what it may do.
        key: encrypts the logs; its policy must allow CloudWatch Logs to use it.
        log_retention_days: how long logs are kept; one of the periods that CloudWatch Logs
            offers. They go with the stack.
        description: of functions, roles and policies; constant, see `AccessPolicy`.
        timeout_minutes: how long one resource may take.
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
        timeout_minutes: int = 5,
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
            timeout_minutes=timeout_minutes,
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
        """Make a resource that the function carries out.

        Args:
            scope: where it is made, in this stack or one that comes later.
            id: construct id.
            resource_type: type in the template, without ``Custom::``.
            properties: what the handler is given, as texts, lists and blocks of texts.
            removal_policy: with RETAIN it stays when it is no longer asked for.
            after: what has to exist first.
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
