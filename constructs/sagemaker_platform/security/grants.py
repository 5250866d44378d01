"""Grants of permissions to roles and other principals."""

from collections.abc import Iterable
from functools import reduce
from typing import cast

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security.policy import acknowledge_wildcards
from sagemaker_platform.security.statement import wildcards_of


def grant(grantee: iam.IGrantable, statements: Iterable[iam.PolicyStatement]) -> iam.Grant:
    """Add statements that allow something to the policy of a principal.

    The ``grant_…`` methods of constructs use it. Wildcards of a `WildcardStatement` are
    acknowledged at the principal's policy.

    Args:
        grantee: a role, or anything else with a principal, such as a function or an
            `iam.ManagedPolicy`.
        statements: what is allowed; at least one statement.
    """
    statements = list(statements)
    # The policy is below the principal, except that of a managed policy, which is the grantee.
    for holder in (grantee.grant_principal, grantee):
        if hasattr(holder, "node"):
            acknowledge_wildcards(cast(IConstruct, holder), wildcards_of(statements))
            break
    return reduce(
        lambda all_of_them, one: all_of_them.combine(one),
        (
            iam.Grant.add_to_principal(
                grantee=grantee,
                actions=statement.actions,
                resource_arns=statement.resources,
                conditions=statement.conditions or None,
            )
            for statement in statements
        ),
    )
