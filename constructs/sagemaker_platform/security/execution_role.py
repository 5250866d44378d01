"""Roles that an AWS service assumes on behalf of one account."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.security.policy import AccessPolicy


@checks_types
class ExecutionRole(Construct):
    """A role that SageMaker assumes, with nothing but what its policies allow.

    Args:
        description: what the role is for.
        statements: permissions of this role alone.
        policies: policies of others, for what they own; at most nine, since a role takes
            ten managed policies.

    The trust policy names this account as the source, so that SageMaker cannot be made
    to use the role for another account (AWS: "Cross-service confused deputy prevention"
    in the SageMaker guide).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str,
        statements: Sequence[iam.PolicyStatement],
        policies: Sequence[AccessPolicy] = (),
    ) -> None:
        require_each("policies", policies, AccessPolicy)
        super().__init__(scope, id)
        own = AccessPolicy(self, "Policy", statements=statements, description=description)
        self._policy = own.managed_policy
        self.role = iam.Role(
            self,
            "Resource",
            assumed_by=sagemaker_here(self),
            description=description,
            managed_policies=[self._policy, *(policy.managed_policy for policy in policies)],
        )

    def apply_removal_policy(self, removal_policy: RemovalPolicy) -> None:
        """Keep the role with its own policy, or let both go with the stack."""
        self._policy.apply_removal_policy(removal_policy)
        self.role.apply_removal_policy(removal_policy)


def sagemaker_here(scope: IConstruct) -> iam.IPrincipal:
    """Return SageMaker as a principal, when it acts for the account of ``scope``."""
    return iam.PrincipalWithConditions(
        iam.ServicePrincipal("sagemaker.amazonaws.com"),
        {"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
    )
