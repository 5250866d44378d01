"""Limits of what a Redshift Serverless workgroup uses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each, require_one_of
from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.security import WildcardStatement
from sagemaker_platform.warehouse.warehouse import Warehouse

Period = Literal["daily", "weekly", "monthly"]
BreachAction = Literal["log", "emit-metric", "deactivate"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class UsageLimit:
    """What happens after a number of RPU-hours.

    Args:
        period: in which they are counted.
        rpu_hours: how many.
        action: what happens then.
    """

    period: Period
    rpu_hours: int
    action: BreachAction

    def __post_init__(self) -> None:
        require_one_of("period", self.period, Period)
        require_one_of("action", self.action, BreachAction)


@checks_types
class UsageLimits(Construct):
    """Keeps the usage limits of a workgroup as they are given, which CloudFormation cannot.

    A limit of one of the given periods that exists already is changed to what is given here;
    limits of other periods are left alone.

    Args:
        warehouse: whose.
        limits: at most one for each period.
        key: encrypts the logs.
        log_retention_days: how long they are kept; a period that CloudWatch Logs offers.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        warehouse: Warehouse,
        limits: Sequence[UsageLimit],
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        require_each("limits", limits, UsageLimit)
        super().__init__(scope, id)
        self.resource = WaitingResource(
            self,
            "Resource",
            folder="redshift_serverless",
            resource_type="RedshiftUsageLimits",
            properties={
                "WorkgroupArn": warehouse.workgroup_arn,
                "Limits": [
                    {
                        "Period": limit.period,
                        "Amount": limit.rpu_hours,
                        "BreachAction": limit.action,
                    }
                    for limit in limits
                ],
            },
            is_complete_statements=[
                WildcardStatement(
                    actions=[
                        "redshift-serverless:CreateUsageLimit",
                        "redshift-serverless:DeleteUsageLimit",
                        "redshift-serverless:ListUsageLimits",
                        "redshift-serverless:UpdateUsageLimit",
                    ],
                    resources=["*"],
                    wildcard_reason="IAM knows no ARNs of usage limits; the handler touches those "
                    "of one workgroup.",
                )
            ],
            key=key,
            log_retention_days=log_retention_days,
            description="Usage limits of the warehouse",
            poll_seconds=10,
        )

    def limit_id(self, period: str) -> str:
        """Return the id of the limit of a period, by which its metrics are told apart."""
        return self.resource.resource.get_att_string(f"{period.title()}Id")
