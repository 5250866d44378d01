"""Roles that jobs of a CI system assume."""

from collections.abc import Sequence
from typing import Literal, get_args

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of, require_some
from sagemaker_platform.delivery.repositories import Claims
from sagemaker_platform.delivery.token_issuer import TokenIssuer
from sagemaker_platform.security import AccessPolicy

BootstrapRole = Literal["deploy", "file-publishing", "image-publishing", "lookup"]
"""Roles that `cdk bootstrap` creates for the CDK CLI."""


@checks_types
class DeliveryRole(Construct):
    """A role that jobs of one repository assume with a token, to run the CDK CLI.

    Its only permission is to assume bootstrap roles of its account, in its own region unless others
    are given. The deploy role leads further: it passes CloudFormation the execution role of
    `cdk bootstrap`. The jobs that may assume a role with ``deploy`` can therefore change everything
    that CloudFormation can.

    Args:
        name: name of the role, so that a workflow knows its ARN before the first deployment.
        description: what the role is for.
        issuer: issuer of the tokens.
        claims: claims that a token must have, such as
            `GitHubRepository.environment_claims`. They must contain ``sub``. Values with ``*`` or
            ``?`` are compared literally.
        bootstrap_roles: bootstrap roles that the role may assume.
        regions: regions of the bootstrap roles. Defaults to that of the stack.
        session_hours: longest session, from 1 to 12 hours. A deployment that takes longer fails in
            the CLI, although CloudFormation continues. Defaults to 1.
        qualifier: qualifier of the bootstrap roles. Defaults to that of the stack's synthesizer.
            Required for a stack with a custom synthesizer.

    Attributes:
        role: the role.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        issuer: TokenIssuer,
        claims: Claims,
        bootstrap_roles: Sequence[BootstrapRole],
        regions: Sequence[str] = (),
        session_hours: int = 1,
        qualifier: str | None = None,
    ) -> None:
        if not claims.get("sub"):
            raise ValueError(f"claims: got {dict(claims)}; must contain sub")
        if not 1 <= session_hours <= 12:
            raise ValueError(f"session_hours: got {session_hours}; must be from 1 to 12")
        require_some("bootstrap_roles", bootstrap_roles)
        for kind in bootstrap_roles:
            require_one_of("bootstrap_roles", kind, get_args(BootstrapRole))
        super().__init__(scope, id)
        policy = AccessPolicy(
            self,
            "Policy",
            description=description,
            statements=[
                iam.PolicyStatement(
                    actions=["sts:AssumeRole"],
                    resources=[
                        bootstrap_role_arn(self, kind, qualifier, region=region)
                        for region in regions or (Stack.of(self).region,)
                        for kind in bootstrap_roles
                    ],
                )
            ],
        )
        self.role = iam.Role(
            self,
            "Resource",
            role_name=name,
            description=description,
            max_session_duration=Duration.hours(session_hours),
            assumed_by=iam.WebIdentityPrincipal(
                issuer.arn,
                {
                    "StringEquals": {
                        f"{issuer.name}:aud": issuer.audience,
                        **{f"{issuer.name}:{key}": value for key, value in claims.items()},
                    }
                },
            ),
            managed_policies=[policy.managed_policy],
        )


def bootstrap_role_arn(
    scope: Construct, kind: BootstrapRole, qualifier: str | None, *, region: str
) -> str:
    """Return the ARN of a bootstrap role in the account of a stack.

    Source: AWS CDK Developer Guide, "Customize AWS CDK bootstrapping".
    """
    stack = Stack.of(scope)
    qualifier = qualifier or stack.synthesizer.bootstrap_qualifier
    if not qualifier:
        raise ValueError(
            f"qualifier: got {qualifier!r}; must be the qualifier of the bootstrap roles, because "
            f"the synthesizer of stack {stack.node.id} does not tell it"
        )
    return (
        f"arn:{stack.partition}:iam::{stack.account}:role/"
        f"cdk-{qualifier}-{kind}-role-{stack.account}-{region}"
    )
