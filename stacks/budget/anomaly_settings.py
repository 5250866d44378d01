"""Settings of the detection of unusual costs."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.arns import AnomalyMonitorArn
from stacks.fields import Settings


class AnomalyDetectionSettings(Settings):
    """Alerts for unusual costs of the account, by AWS Cost Anomaly Detection."""

    monitor_arn: AnomalyMonitorArn | None = None
    """ARN of the account's monitor of AWS services. If omitted, the environment creates it. An
    account has at most one. AWS created it in accounts that enabled Cost Explorer since 2023."""
    frequency: Literal["immediate", "daily", "weekly"] = "immediate"
    """`immediate` sends an alert for each anomaly to the alarm topic. `daily` and `weekly` send
    summaries to `alarm_emails`, at most 10 addresses. AWS does not send summaries to topics."""
    min_usd: Annotated[float, Field(ge=0, le=1_000_000_000)] = 100
    """Smallest impact of an anomaly that raises an alert, in US dollars."""
    min_percent: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """Smallest impact in percent of the expected cost. If given, both limits must be reached."""
