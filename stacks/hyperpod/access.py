"""Lets personas use clusters."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from sagemaker_platform.security import AccessPolicy, Allow
from stacks.settings import EnvironmentSettings


def let_use_hyperpod(
    stack: Stack,
    environment: EnvironmentSettings,
    statements: Sequence[Allow],
    roles: Mapping[str, iam.IRole],
) -> None:
    """Attach what using clusters takes to the roles of personas that do.

    From the stack of the clusters, and not with the other activities: ARNs of clusters are not
    known beforehand.

    Args:
        stack: has the clusters.
        environment: whose personas they are.
        statements: what using the clusters takes.
        roles: by persona.
    """
    users = [
        roles[name]
        for name, persona in environment.all_personas.items()
        if "use_hyperpod" in (persona.activities or ())
    ]
    if users:
        AccessPolicy(
            stack,
            "UseHyperpodPolicy",
            description="The activity use_hyperpod",
            statements=statements,
            attached_to=users,
        )
