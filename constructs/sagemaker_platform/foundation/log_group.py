"""A log group with a customer-managed key."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct


def encrypted_log_group(
    scope: Construct,
    id: str,
    *,
    key: kms.IKey,
    retention_days: int,
    name: str | None = None,
    removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
) -> logs.LogGroup:
    """Make an encrypted log group.

    Args:
        scope: where it is made.
        id: construct id.
        key: its policy must allow CloudWatch Logs to use it.
        retention_days: one of the periods that CloudWatch Logs offers.
        name: absent, CloudFormation chooses one.
        removal_policy: with DESTROY it goes with its stack.
    """
    group = logs.LogGroup(
        scope, id, log_group_name=name, encryption_key=key, removal_policy=removal_policy
    )
    # A number, where the L2 has an enum of its own.
    resource = group.node.default_child
    assert isinstance(resource, logs.CfnLogGroup)
    resource.retention_in_days = retention_days
    return group
