"""Wires the detection of unusual costs."""

from aws_cdk import Tags
from constructs import Construct

from sagemaker_platform.budget import AnomalyDetection
from stacks.base import EnvironmentStack
from stacks.budget.anomaly_settings import AnomalyDetectionSettings
from stacks.shared import SharedResources


class AnomalyStack(EnvironmentStack):
    """The subscription to anomalies, and the account's monitor if the environment creates it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: AnomalyDetectionSettings,
    ) -> None:
        environment = shared.environment
        super().__init__(scope, id, environment=environment, description="unusual costs")
        # CloudFormation gives the tags of a stack to monitor and subscription, which a changed tag
        # would replace.
        for tag in environment.all_tags:
            Tags.of(self).remove(tag)
        at_once = settings.frequency == "immediate"
        AnomalyDetection(
            self,
            "Detection",
            name=environment.name,
            min_usd=settings.min_usd,
            min_percent=settings.min_percent,
            topic=shared.alarm_topic if at_once else None,
            emails=[] if at_once else environment.alarm_emails,
            frequency="weekly" if settings.frequency == "weekly" else "daily",
            monitor_arn=settings.monitor_arn,
        )
