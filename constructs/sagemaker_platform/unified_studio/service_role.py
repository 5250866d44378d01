"""Roles that Amazon DataZone and the services behind Unified Studio assume."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_some
from sagemaker_platform.security import AccessPolicy, acknowledge_each

DATAZONE = "datazone.amazonaws.com"
SERVICE_ROLE_PATH = "/service-role/"
"""Path below which AWS's policies expect the roles of services."""


@checks_types
class ServiceRole(Construct):
    """A role with the policies that AWS manages for it.

    The role is an L1 construct, because its trust policy has actions that the L2 construct does
    not write: ``sts:TagSession``, ``sts:SetContext`` and ``sts:SetSourceIdentity``.

    Args:
        services: services that assume the role, such as ``datazone.amazonaws.com``.
        actions: actions of the trust policy.
        conditions: conditions of the trust policy. They must name the account of the source.
        managed: policies that AWS manages, by their path and name below ``policy/``.
        description: what the role is for.
        name: name of the role, where AWS's policies expect one. Defaults to a generated name.
        path: path of the role. Defaults to ``/``.
        statements: further permissions. Defaults to none.
        policy_arns: further policies of the account. Defaults to none.

    Attributes:
        resource: the role.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        services: Sequence[str],
        actions: Sequence[str],
        conditions: Mapping[str, Any],
        managed: Sequence[str],
        description: str,
        name: str | None = None,
        path: str = "/",
        statements: Sequence[iam.PolicyStatement] = (),
        policy_arns: Sequence[str] = (),
    ) -> None:
        require_some("services", services)
        require_some("conditions", conditions)
        super().__init__(scope, id)
        partition = Stack.of(self).partition
        self._policy = (
            AccessPolicy(self, "Policy", statements=statements, description=description)
            if statements
            else None
        )
        arns = [f"arn:{partition}:iam::aws:policy/{one}" for one in managed]
        if self._policy is not None:
            arns.append(self._policy.managed_policy.managed_policy_arn)
        arns.extend(policy_arns)
        self.resource = iam.CfnRole(
            self,
            "Resource",
            assume_role_policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {
                            "Service": services[0] if len(services) == 1 else list(services)
                        },
                        "Action": list(actions),
                        "Condition": dict(conditions),
                    }
                ],
            },
            managed_policy_arns=arns,
            description=description,
            role_name=name,
            path=path,
        )
        resolved = Stack.of(self).resolve(partition)
        flat = resolved if isinstance(resolved, str) else f"<{resolved['Ref']}>"
        acknowledge_each(
            self.resource,
            {
                f"AwsSolutions-IAM4[Policy::arn:{flat}:iam::aws:policy/{one}]": (
                    "AWS writes this policy for the role, keeps it in step with the service, and "
                    "documents the role with it."
                )
                for one in managed
            },
        )

    @property
    def arn(self) -> str:
        """ARN of the role."""
        return self.resource.attr_arn

    def apply_removal_policy(self, removal_policy: RemovalPolicy) -> None:
        """Keep the role with its own policy, or let both go with the stack."""
        self.resource.apply_removal_policy(removal_policy)
        if self._policy is not None:
            self._policy.managed_policy.apply_removal_policy(removal_policy)


def source_account(account: str) -> dict[str, Any]:
    """Return the condition that a service acts for an account."""
    return {"StringEquals": {"aws:SourceAccount": account}}
