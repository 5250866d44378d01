"""Alarms of an endpoint, which also decide whether an update is rolled back."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class EndpointAlarms:
    """Thresholds beyond which an endpoint is unhealthy.

    Args:
        server_errors_per_minute: responses with status 5xx, in 2 of 3 minutes.
        latency_ms: 99th percentile of the model's own latency in milliseconds, in 3 of 3
            minutes; absent, latency raises no alarm.
    """

    server_errors_per_minute: int = 5
    latency_ms: int | None = None


class VariantAlarms(Construct):
    """CloudWatch alarms of one variant, sent to a topic.

    Without invocations there is no data, and no alarm.

    Attributes:
        alarm_names: what an update watches to roll back.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_name: str,
        variant_name: str,
        settings: EndpointAlarms,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, id)
        self._dimensions = {"EndpointName": endpoint_name, "VariantName": variant_name}
        self._action = actions.SnsAction(topic)
        alarms = [
            self._alarm(
                "ServerErrors",
                metric="Invocation5XXErrors",
                statistic=cloudwatch.Stats.SUM,
                threshold=settings.server_errors_per_minute,
                datapoints=2,
                description=f"{endpoint_name}: the endpoint or its model answers with errors",
            )
        ]
        if settings.latency_ms is not None:
            alarms.append(
                self._alarm(
                    "Latency",
                    metric="ModelLatency",
                    statistic="p99",
                    # SageMaker reports ModelLatency in microseconds.
                    threshold=settings.latency_ms * 1000,
                    datapoints=3,
                    description=f"{endpoint_name}: the model answers slowly",
                )
            )
        self.alarm_names = [alarm.alarm_name for alarm in alarms]

    def _alarm(
        self,
        id: str,
        *,
        metric: str,
        statistic: str,
        threshold: float,
        datapoints: int,
        description: str,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=cloudwatch.Metric(
                namespace="AWS/SageMaker",
                metric_name=metric,
                dimensions_map=self._dimensions,
                statistic=statistic,
                period=Duration.minutes(1),
            ),
            threshold=threshold,
            evaluation_periods=3,
            datapoints_to_alarm=datapoints,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        return alarm
