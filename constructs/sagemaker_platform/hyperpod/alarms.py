"""Events of clusters as metrics, alarms on them, and a dashboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Comparison, Metric, alarm
from sagemaker_platform.hyperpod.existing_cluster import METRICS_NAMESPACE, cluster_metric
from sagemaker_platform.hyperpod.file_systems import HomeFileSystem, ILustreFileSystem

_EVENT = "SageMaker HyperPod Cluster Event"
_HEALTH = "SageMaker HyperPod Cluster Node Health Event"
_STATE = "SageMaker HyperPod Cluster State Change"

# Metrics: what is counted in the events, and where an event has the name of its cluster. (AWS:
# "SageMaker HyperPod cluster events reference".)
_METRICS: Mapping[str, tuple[str, str]] = {
    "UnhealthyNodes": (
        f'{{ ($.detail-type = "{_HEALTH}") && '
        '($.detail.HealthSummary.HealthStatus = "Unhealthy") }',
        "$.detail.ClusterName",
    ),
    "FailedOperations": (
        f'{{ ($.detail-type = "{_EVENT}") && ($.detail.EventDetails.EventLevel = "Error") }}',
        "$.detail.EventDetails.ClusterName",
    ),
    "ReplacedNodes": (
        f'{{ ($.detail-type = "{_EVENT}") && '
        '($.detail.EventDetails.Description = "*is starting as part of instance replacement*") }',
        "$.detail.EventDetails.ClusterName",
    ),
    "FailedClusters": (
        f'{{ ($.detail-type = "{_STATE}") && (($.detail.ClusterStatus = "Failed") || '
        '($.detail.ClusterStatus = "RollingBack")) }',
        "$.detail.ClusterName",
    ),
}


@checks_types
@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """From when on something is wrong with a cluster.

    Args:
        unhealthy_nodes: reports of unhealthy nodes in 5 minutes.
        failed_operations: operations that failed in 15 minutes, such as starting an instance.
        replaced_nodes_per_day: nodes replaced in 24 hours.
        free_storage_percent: free space of a file system below which it is nearly full.
    """

    unhealthy_nodes: int = 1
    failed_operations: int = 1
    replaced_nodes_per_day: int = 3
    free_storage_percent: int = 15


@checks_types
class ClusterEvents(Construct):
    """The events of clusters, kept in a log group and counted as metrics.

    Only clusters with continuous provisioning have events of operations; health of nodes and
    states of clusters are reported for all.

    Args:
        name: name of the environment, for the names of log group and its policy.
        cluster_names: whose events are kept; by name, so that those of creating are too.
        key: encrypts the log group.
        log_retention_days: how long events are kept.
        removal_policy: of the log group.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        cluster_names: Sequence[str],
        key: kms.IKey,
        log_retention_days: int,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        names = list(cluster_names)
        group = logs.CfnLogGroup(
            self,
            "LogGroup",
            log_group_name=f"/aws/events/{name}-hyperpod",
            kms_key_id=key.key_arn,
            retention_in_days=log_retention_days,
        )
        group.apply_removal_policy(removal_policy)
        arn = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"/aws/events/{name}-hyperpod",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        rule = events.CfnRule(
            self,
            "Rule",
            description="Events of HyperPod clusters",
            event_pattern={
                "source": ["aws.sagemaker"],
                "detail-type": [_EVENT, _HEALTH, _STATE],
                "$or": [
                    {"detail": {"ClusterName": names}},
                    {"detail": {"EventDetails": {"ClusterName": names}}},
                ],
            },
            targets=[events.CfnRule.TargetProperty(id="LogGroup", arn=arn)],
        )
        policy = logs.CfnResourcePolicy(
            self,
            "Policy",
            policy_name=f"{name}-hyperpod-events",
            policy_document=Stack.of(self).to_json_string(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {
                                "Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"]
                            },
                            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                            "Resource": f"{arn}:*",
                            "Condition": {"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
                        }
                    ],
                }
            ),
        )
        policy.add_resource_dependency(group)
        for metric, (pattern, cluster) in _METRICS.items():
            count = logs.CfnMetricFilter(
                self,
                metric,
                log_group_name=f"/aws/events/{name}-hyperpod",
                filter_pattern=pattern,
                metric_transformations=[
                    logs.CfnMetricFilter.MetricTransformationProperty(
                        metric_namespace=METRICS_NAMESPACE,
                        metric_name=metric,
                        metric_value="1",
                        unit="Count",
                        dimensions=[
                            logs.CfnMetricFilter.DimensionProperty(key="ClusterName", value=cluster)
                        ],
                    )
                ],
            )
            count.add_resource_dependency(group)


@checks_types
class ClusterAlarms(Construct):
    """Alarms of one cluster and its file systems, sent to a topic.

    Attributes:
        unhealthy_nodes: what a rolling update watches.

    Args:
        cluster_name: name of the cluster.
        thresholds: from when on something is wrong.
        topic: receives the alarms.
        lustre: if omitted, or without a known size, there are no alarms on it.
        homes: if omitted, there are no alarms on it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster_name: str,
        thresholds: Thresholds,
        topic: sns.ITopic,
        lustre: ILustreFileSystem | None = None,
        homes: HomeFileSystem | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._cluster_name = cluster_name
        self._topic_arn = topic.topic_arn
        self._file_systems = {
            name: one.file_system_id
            for name, one in (("Lustre", lustre), ("Homes", homes))
            if one is not None
        }
        self.unhealthy_nodes = self._on_events(
            "UnhealthyNodes", thresholds.unhealthy_nodes, minutes=5, what="nodes are unhealthy"
        )
        self._on_events(
            "FailedOperations",
            thresholds.failed_operations,
            minutes=15,
            what="operations fail, such as starting instances",
        )
        self._on_events(
            "ReplacedNodes",
            thresholds.replaced_nodes_per_day,
            minutes=1440,
            what="many nodes are being replaced",
        )
        self._on_events("FailedClusters", 1, minutes=5, what="the cluster failed or rolls back")
        share = thresholds.free_storage_percent / 100
        if lustre is not None and lustre.storage_bytes is not None:
            self._alarm(
                "LustreFull",
                # Each storage target reports once a minute: the sum of a minute is the whole.
                _fsx("FreeDataStorageCapacity", lustre.file_system_id, "Sum", minutes=1),
                threshold=lustre.storage_bytes * share,
                comparison="LessThanThreshold",
                periods=15,
                what="the Lustre file system is nearly full",
            )
        if homes is not None:
            self._alarm(
                "HomesFull",
                _fsx("UsedStorageCapacity", homes.file_system_id, "Average", minutes=5),
                threshold=homes.storage_bytes * (1 - share),
                comparison="GreaterThanThreshold",
                periods=3,
                what="the file system of homes is nearly full",
            )

    def widgets(self) -> list[dict[str, Any]]:
        """Return graphs of the cluster, without places."""
        region = Stack.of(self).region
        name = self._cluster_name
        found = [
            _widget(
                f"{name}: nodes and operations",
                region,
                [[METRICS_NAMESPACE, metric, "ClusterName", name] for metric in _METRICS],
                stat="Sum",
            )
        ]
        for what, file_system_id in self._file_systems.items():
            found.append(
                _widget(
                    f"{name}: {what}, bytes read and written per minute",
                    region,
                    [
                        ["AWS/FSx", metric, "FileSystemId", file_system_id]
                        for metric in ("DataReadBytes", "DataWriteBytes")
                    ],
                    stat="Sum",
                )
            )
        return found

    def _on_events(
        self, metric: str, threshold: int, *, minutes: int, what: str
    ) -> cloudwatch.CfnAlarm:
        return self._alarm(
            metric,
            cluster_metric(self._cluster_name, metric, period_minutes=minutes),
            threshold=threshold,
            comparison="GreaterThanOrEqualToThreshold",
            periods=1,
            what=what,
        )

    def _alarm(
        self,
        id: str,
        metric: Metric,
        *,
        threshold: float,
        comparison: Comparison,
        periods: int,
        what: str,
    ) -> cloudwatch.CfnAlarm:
        return alarm(
            self,
            id,
            description=f"{self._cluster_name}: {what}",
            metric=metric,
            comparison=comparison,
            threshold=threshold,
            periods=periods,
            actions=[self._topic_arn],
        )


class HasWidgets(Protocol):
    """What a dashboard shows."""

    def widgets(self) -> list[dict[str, Any]]:
        """Return graphs, without places."""
        ...


def dashboard(scope: Construct, id: str, *, name: str, clusters: Sequence[HasWidgets]) -> None:
    """Make a dashboard of clusters, a row for each.

    Args:
        scope: where it is made.
        id: construct id.
        name: name of the dashboard, unique in the account.
        clusters: whose graphs it shows.
    """
    placed = [
        {**widget, "x": 8 * column, "y": 7 * row, "width": 8, "height": 7}
        for row, cluster in enumerate(clusters)
        for column, widget in enumerate(cluster.widgets())
    ]
    cloudwatch.CfnDashboard(
        scope,
        id,
        dashboard_name=name,
        dashboard_body=Stack.of(scope).to_json_string({"widgets": placed}),
    )


def _fsx(metric: str, file_system_id: str, statistic: str, *, minutes: int) -> Metric:
    return Metric(
        namespace="AWS/FSx",
        name=metric,
        dimensions={"FileSystemId": file_system_id},
        statistic=statistic,
        period_minutes=minutes,
    )


def _widget(
    title: str, region: str, metrics: Sequence[Sequence[str]], *, stat: str
) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "region": region,
            "metrics": [list(metric) for metric in metrics],
            "stat": stat,
            "period": 60,
            "view": "timeSeries",
        },
    }
