"""What waits and runs on a cluster, by team, in CloudWatch."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Metric, alarm
from sagemaker_platform.hyperpod.eks_add_ons.task_governance import team_cluster_queue

_NAMESPACE = "ContainerInsights"
_HEALTH = (
    "schedulable",
    "unschedulable",
    "unschedulable_pending_reboot",
    "unschedulable_pending_replacement",
)
_PERIOD_MINUTES = 5


@checks_types
class TaskMetrics(Construct):
    """Graphs of Container Insights, and an alarm for each team whose tasks wait.

    The metrics are those that `ContainerInsights` brings. Usage and quota of GPUs are there where
    Task Governance lets Kueue report them.

    Args:
        kubernetes_name: name of the EKS cluster, by which its metrics go.
        teams: names of the teams.
        waiting_minutes: how long tasks of a team wait before it is an alarm; a multiple of 5 of
            at most 1440.
        topic: receives the alarms.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kubernetes_name: str,
        teams: Sequence[str],
        waiting_minutes: int,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, id)
        self._name = kubernetes_name
        self._teams = teams
        if not 5 <= waiting_minutes <= 1440 or waiting_minutes % _PERIOD_MINUTES:
            raise ValueError(f"expected a multiple of 5 from 5 to 1440, got {waiting_minutes}")
        periods = waiting_minutes // _PERIOD_MINUTES
        for team in teams:
            alarm(
                self,
                f"Waiting{team.title().replace('-', '')}",
                description=f"{kubernetes_name}: tasks of team {team} have been waiting for "
                f"{waiting_minutes} minutes",
                metric=Metric(
                    namespace=_NAMESPACE,
                    name="kueue_pending_workloads",
                    dimensions={
                        "ClusterName": kubernetes_name,
                        "ClusterQueue": team_cluster_queue(team),
                    },
                    statistic="Maximum",
                    period_minutes=_PERIOD_MINUTES,
                ),
                comparison="GreaterThanOrEqualToThreshold",
                threshold=1,
                periods=periods,
                actions=[topic.topic_arn],
            )

    def widgets(self) -> list[dict[str, Any]]:
        """Return graphs of the cluster, without places."""
        found = [
            self._widget(
                "health of nodes",
                [
                    [_NAMESPACE, f"hyperpod_node_health_status_{state}", "ClusterName", self._name]
                    for state in _HEALTH
                ],
                stat="Sum",
            )
        ]
        if not self._teams:
            return found
        found += [
            self._widget(what, [self._of_team(metric, team) for team in self._teams], stat=stat)
            for what, metric, stat in (
                ("tasks that wait, by team", "kueue_pending_workloads", "Maximum"),
                ("tasks that run, by team", "kueue_admitted_active_workloads", "Maximum"),
            )
        ]
        found.append(
            self._widget(
                "GPUs in use and in the quota, by team",
                [
                    self._of_team(metric, team, "Resource", "nvidia.com/gpu")
                    for team in self._teams
                    for metric in (
                        "kueue_cluster_queue_resource_usage",
                        "kueue_cluster_queue_nominal_quota",
                    )
                ],
                stat="Maximum",
            )
        )
        return found

    def _of_team(self, metric: str, team: str, *dimensions: str) -> list[str]:
        return [
            _NAMESPACE,
            metric,
            "ClusterName",
            self._name,
            "ClusterQueue",
            team_cluster_queue(team),
            *dimensions,
        ]

    def _widget(self, what: str, metrics: list[list[str]], *, stat: str) -> dict[str, Any]:
        return {
            "type": "metric",
            "properties": {
                "title": f"{self._name}: {what}",
                "region": Stack.of(self).region,
                "metrics": metrics,
                "stat": stat,
                "period": 60,
                "view": "timeSeries",
            },
        }
