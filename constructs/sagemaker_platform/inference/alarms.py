"""Alarms of an endpoint, which also decide whether an update is rolled back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Metric, alarm

MOST_WATCHED = 10
"""An update watches no more alarms than these (AWS: ``AutoRollbackConfig``)."""


SERVER_ERRORS_PER_MINUTE = 5
"""Threshold of alarms about responses with status 5xx."""


@checks_types
@dataclass(frozen=True, kw_only=True)
class EndpointAlarms:
    """Thresholds beyond which an endpoint is unhealthy.

    What an endpoint has no metric for is not watched: an asynchronous one has a queue and
    no latency, for example. None turns an alarm off. Only errors and latency roll an update
    back: full memory or a long queue is no fault of a new version.

    Args:
        server_errors_per_minute: responses with status 5xx, in 2 of 3 minutes; of an
            asynchronous endpoint, requests that failed.
        latency_ms: 99th percentile of the model's own latency in milliseconds, in 3 of 3
            minutes. Half of the 60 seconds after which SageMaker gives a request up, unless
            given.
        accelerator_memory_percent: memory of the GPUs in use, in 3 of 3 minutes.
        oldest_request_seconds: how long a request may wait at an asynchronous endpoint.
        saturation_percent: share of a serverless endpoint's concurrency in use, in 3 of 3
            minutes; beyond 100 it refuses requests.
        no_capacity: whether requests without an instance, or without a copy, are watched.
    """

    server_errors_per_minute: int | None = SERVER_ERRORS_PER_MINUTE
    latency_ms: int | None = 30_000
    accelerator_memory_percent: int | None = 95
    oldest_request_seconds: int | None = 3600
    saturation_percent: int | None = 90
    no_capacity: bool = True


class AlarmGroup(Construct):
    """CloudWatch alarms of one variant, or of one component, sent to a topic.

    Without invocations there is no data, and no alarm.

    Args:
        subject: what the alarms are about, for their descriptions.
        dimensions: of the metrics.
        topic: receives the alarms.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        subject: str,
        dimensions: Mapping[str, str],
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, id)
        self._subject = subject
        self._dimensions = dict(dimensions)
        self._topic_arn = topic.topic_arn
        self._alarms: list[cloudwatch.CfnAlarm] = []
        self._watched: list[cloudwatch.CfnAlarm] = []

    @property
    def alarm_names(self) -> list[str]:
        """What an update watches to roll back."""
        return [watched.ref for watched in self._watched]

    @property
    def watched_arns(self) -> list[str]:
        """The same alarms, for the role that SageMaker watches them with."""
        return [watched.attr_arn for watched in self._watched]

    @property
    def alarm_arns(self) -> list[str]:
        """All alarms."""
        return [one.attr_arn for one in self._alarms]

    def server_errors(self, settings: EndpointAlarms) -> None:
        """Watch for answers with status 5xx, unless it is off."""
        if settings.server_errors_per_minute is None:
            return
        self.add(
            "ServerErrors",
            metric="Invocation5XXErrors",
            statistic="Sum",
            threshold=settings.server_errors_per_minute,
            datapoints=2,
            meaning="the endpoint or its model answers with errors",
        )

    def latency(self, settings: EndpointAlarms) -> None:
        """Watch the latency of the model, unless the threshold is omitted."""
        if settings.latency_ms is None:
            return
        self.add(
            "Latency",
            metric="ModelLatency",
            statistic="p99",
            # SageMaker reports ModelLatency in microseconds.
            threshold=settings.latency_ms * 1000,
            datapoints=3,
            meaning="the model answers slowly",
        )

    def add(
        self,
        id: str,
        *,
        metric: str,
        statistic: str,
        threshold: float,
        datapoints: int,
        meaning: str,
        namespace: str = "AWS/SageMaker",
        dimensions: Mapping[str, str] | None = None,
        watched: bool = True,
    ) -> None:
        """Add an alarm on a metric that is above a threshold in some of three minutes.

        Args:
            id: of the alarm.
            metric: name of the metric.
            statistic: how it is aggregated over a minute.
            threshold: beyond it, something is wrong.
            datapoints: in how many of three minutes.
            meaning: what is wrong then.
            namespace: of the metric.
            dimensions: dimensions of the metric. Defaults to the group's.
            watched: whether the alarm rolls back an update.
        """
        made = alarm(
            self,
            id,
            description=f"{self._subject}: {meaning}",
            metric=Metric(
                namespace=namespace,
                name=metric,
                dimensions=dimensions or self._dimensions,
                statistic=statistic,
            ),
            comparison="GreaterThanThreshold",
            threshold=threshold,
            periods=3,
            datapoints=datapoints,
            actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )
        self._alarms.append(made)
        if watched:
            self._watched.append(made)


def instance_alarms(
    scope: Construct,
    id: str,
    *,
    endpoint_name: str,
    variant_name: str,
    gpus: int,
    settings: EndpointAlarms,
    topic: sns.ITopic,
    kind: Literal["synchronous", "asynchronous"] = "synchronous",
    configuration_name: str,
) -> AlarmGroup:
    """Watch a variant that runs on instances.

    Args:
        scope: the endpoint.
        id: of the group of alarms.
        endpoint_name: name of the endpoint.
        variant_name: name of the variant.
        gpus: of one instance.
        settings: thresholds.
        topic: receives the alarms.
        kind: an asynchronous variant fails without an HTTP status, and may take its time.
        configuration_name: endpoint configuration, by which the alarms that roll an update back
            see only the new instances (AWS: "Auto-Rollback Configuration and Monitoring").
    """
    dimensions = {"EndpointName": endpoint_name, "VariantName": variant_name}
    of_configuration = {**dimensions, "EndpointConfigName": configuration_name}
    group = AlarmGroup(
        scope,
        id,
        subject=endpoint_name,
        dimensions=dimensions if kind == "asynchronous" else of_configuration,
        topic=topic,
    )
    if kind == "asynchronous":
        if settings.server_errors_per_minute is not None:
            # AWS documents the dimension for synchronous metrics only, so that the usual alarm
            # does without it.
            for alarm_id, watched in (("ServerErrors", False), ("NewServerErrors", True)):
                group.add(
                    alarm_id,
                    metric="InvocationFailures",
                    statistic="Sum",
                    threshold=settings.server_errors_per_minute,
                    datapoints=2,
                    meaning="the model fails requests",
                    dimensions=of_configuration if watched else None,
                    watched=watched,
                )
    else:
        group.server_errors(settings)
        group.latency(settings)
    if gpus and settings.accelerator_memory_percent is not None:
        group.add(
            "AcceleratorMemory",
            metric="GPUMemoryUtilization",
            namespace="/aws/sagemaker/Endpoints",
            statistic="Maximum",
            # The metric adds up the GPUs: four of them reach 400.
            threshold=settings.accelerator_memory_percent * gpus,
            datapoints=3,
            meaning="the GPUs have hardly any memory left",
            # Servers of language models fill the memory by design.
            dimensions=dimensions,
            watched=False,
        )
    return group
