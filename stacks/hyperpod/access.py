"""Lets personas use clusters."""

from collections.abc import Sequence

from aws_cdk import Stack

from sagemaker_platform.security import AccessPolicy, Allow
from stacks.access.stack import AccessStack


def grant_use_hyperpod(
    stack: Stack,
    access: AccessStack | None,
    statements: Sequence[Allow],
) -> None:
    """Attach what using clusters takes to the roles of personas that do.

    From the stack of the clusters, and not with the other activities: ARNs of clusters are not
    known beforehand.

    Args:
        stack: has the clusters.
        access: the personas, if there are any.
        statements: what using the clusters takes.
    """
    users = access.roles_with("use_hyperpod") if access else []
    if users:
        AccessPolicy(
            stack,
            "UseHyperpodPolicy",
            description="The activity use_hyperpod",
            statements=statements,
            attached_to=users,
        )
