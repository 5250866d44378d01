"""Roles that Glue assumes."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.security import AccessPolicy, WildcardStatement


def glue_role(
    scope: Construct, id: str, *, statements: Sequence[iam.PolicyStatement], description: str
) -> iam.Role:
    """Make a role that Glue assumes for this account alone.

    Args:
        scope: where it is made.
        id: construct id.
        statements: permissions of the role.
        description: what it is for; constant, see `AccessPolicy`.
    """
    policy = AccessPolicy(scope, f"{id}Policy", statements=statements, description=description)
    return iam.Role(
        scope,
        id,
        assumed_by=iam.PrincipalWithConditions(
            iam.ServicePrincipal("glue.amazonaws.com"),
            {"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        ),
        description=description,
        managed_policies=[policy.managed_policy],
    )


def glue_logs(scope: Construct, *groups: str) -> list[iam.PolicyStatement]:
    """Return the permissions of Glue to write to the log groups that it names."""
    stack = Stack.of(scope)
    prefix = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group"
    return [
        WildcardStatement(
            actions=[
                "logs:AssociateKmsKey",
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
            ],
            resources=[f"{prefix}:{group}*" for group in groups],
            wildcard_reason="Glue names its log groups after its kinds of work.",
        )
    ]


def get_data_access() -> iam.PolicyStatement:
    """Return the statement to reach data that Lake Formation hands out."""
    return WildcardStatement(
        actions=["lakeformation:GetDataAccess"],
        resources=["*"],
        wildcard_reason="IAM cannot restrict this action; Lake Formation does.",
    )
