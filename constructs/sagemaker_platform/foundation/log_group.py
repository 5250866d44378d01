"""A log group with a customer-managed key."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

_PERIODS = {
    1: "ONE_DAY",
    3: "THREE_DAYS",
    5: "FIVE_DAYS",
    7: "ONE_WEEK",
    14: "TWO_WEEKS",
    30: "ONE_MONTH",
    60: "TWO_MONTHS",
    90: "THREE_MONTHS",
    120: "FOUR_MONTHS",
    150: "FIVE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
    400: "THIRTEEN_MONTHS",
    545: "EIGHTEEN_MONTHS",
    731: "TWO_YEARS",
    1096: "THREE_YEARS",
    1827: "FIVE_YEARS",
    2192: "SIX_YEARS",
    2557: "SEVEN_YEARS",
    2922: "EIGHT_YEARS",
    3288: "NINE_YEARS",
    3653: "TEN_YEARS",
}
"""Days that CloudWatch Logs keeps something, as the CDK names them."""


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
        name: if omitted, CloudFormation chooses one.
        removal_policy: with DESTROY it goes with its stack.

    Raises:
        ValueError: CloudWatch Logs knows no such period.
    """
    if retention_days not in _PERIODS:
        raise ValueError(f"expected one of {', '.join(map(str, _PERIODS))}, got {retention_days}")
    return logs.LogGroup(
        scope,
        id,
        log_group_name=name,
        encryption_key=key,
        retention=logs.RetentionDays[_PERIODS[retention_days]],
        removal_policy=removal_policy,
    )
