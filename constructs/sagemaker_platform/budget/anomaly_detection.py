"""Alerts of AWS Cost Anomaly Detection."""

import json
from collections.abc import Sequence
from typing import Any, Literal, get_args

from aws_cdk import aws_ce as ce
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types

SummaryFrequency = Literal["daily", "weekly"]
"""How often AWS sends a summary of anomalies by email."""

# API reference of AnomalySubscription, "ThresholdExpression".
_USD = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
_PERCENT = "ANOMALY_TOTAL_IMPACT_PERCENTAGE"
# AWS Cost Anomaly Detection FAQs, "How many recipients can be attached to each alert
# subscription?" (read 2026-11-27).
MAX_EMAILS = 10


@checks_types
class AnomalyDetection(Construct):
    """A subscription to unusual costs of an account, and the monitor that finds them.

    The monitor watches each AWS service of the account. An account has one such monitor, and AWS
    has created it where Cost Explorer was enabled since 2023: give its ARN. Monitors of tags are
    for management accounts only (AWS: "Getting started with AWS Cost Anomaly Detection").

    An alert for each anomaly goes to a topic, and a summary to addresses: AWS offers no other
    combination (API reference of AnomalySubscription, "Frequency"). A change of tags would
    replace both resources, and the second monitor would be refused. So their stack must have no
    tags.

    Args:
        name: name of the monitor and of the subscription.
        min_usd: an anomaly below this impact, in US dollars, is not told.
        min_percent: an anomaly below this impact, in percent of the expected cost, is not told
            either. Defaults to no such limit.
        topic: topic that gets an alert for each anomaly; see `AlarmTopic.grant_anomalies_publish`.
            Either this or ``emails``.
        emails: addresses that get summaries. AWS asks each for a confirmation.
        frequency: how often summaries are sent. Defaults to daily.
        monitor_arn: ARN of the account's monitor of services. Defaults to a new one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        min_usd: float,
        min_percent: float | None = None,
        topic: sns.ITopic | None = None,
        emails: Sequence[str] = (),
        frequency: SummaryFrequency = "daily",
        monitor_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        if (topic is None) == (not emails):
            raise ValueError(
                f"topic, emails: got {'neither' if topic is None else 'both'}; must be one of "
                "them, because AWS tells a topic at once and sends summaries to addresses"
            )
        if len(emails) > MAX_EMAILS:
            raise ValueError(f"emails: got {len(emails)}; must be at most {MAX_EMAILS}")
        if frequency not in get_args(SummaryFrequency):
            raise ValueError(
                f"frequency: got {frequency!r}; must be one of "
                f"{', '.join(get_args(SummaryFrequency))}"
            )
        if monitor_arn is None:
            monitor_arn = ce.CfnAnomalyMonitor(
                self,
                "Monitor",
                monitor_name=name,
                monitor_type="DIMENSIONAL",
                monitor_dimension="SERVICE",
            ).attr_monitor_arn
        subscriber = ce.CfnAnomalySubscription.SubscriberProperty
        self.resource = ce.CfnAnomalySubscription(
            self,
            "Resource",
            subscription_name=name,
            frequency="IMMEDIATE" if topic is not None else frequency.upper(),
            monitor_arn_list=[monitor_arn],
            subscribers=[subscriber(type="SNS", address=topic.topic_arn)]
            if topic is not None
            else [subscriber(type="EMAIL", address=email) for email in emails],
            threshold_expression=json.dumps(_threshold(min_usd, min_percent)),
        )


def _threshold(min_usd: float, min_percent: float | None) -> dict[str, Any]:
    """Return which anomalies are told, as an expression of Cost Explorer."""
    limits = [_at_least(_USD, min_usd)]
    if min_percent is not None:
        limits.append(_at_least(_PERCENT, min_percent))
    return {"And": limits} if len(limits) > 1 else limits[0]


def _at_least(key: str, value: float) -> dict[str, Any]:
    if value < 0:
        raise ValueError(f"min_usd, min_percent: got {value:g}; must be at least 0")
    return {
        "Dimensions": {
            "Key": key,
            "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
            "Values": [f"{value:.10g}"],
        }
    }
