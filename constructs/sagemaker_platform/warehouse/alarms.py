"""Alarms of a warehouse."""

from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Comparison, Metric, Query, alarm
from sagemaker_platform.warehouse.named_warehouse import METRICS_NAMESPACE, workgroup_metric
from sagemaker_platform.warehouse.warehouse import Warehouse


@checks_types
class WarehouseAlarms(Construct):
    """CloudWatch alarms of a workgroup, sent to a topic.

    The metrics of queries have dimensions for the database and the kind of query, so that they
    are added up by Metrics Insights over the workgroup. Names and dimensions are those of
    "Monitoring queries and workloads" in the Redshift guide; that data arrives, only AWS can
    show.

    Args:
        warehouse: whose.
        failed_queries: in five minutes.
        queued_queries: at the same time, for a quarter of an hour.
        max_capacity: RPU at which scaling ends. If omitted, no alarm is created for it.
        topic: receives the alarms. Its key policy must allow CloudWatch.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        warehouse: Warehouse,
        failed_queries: int,
        queued_queries: int,
        max_capacity: int | None,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, id)
        self._topic_arn = topic.topic_arn
        name = warehouse.name
        where = f"FROM \"{METRICS_NAMESPACE}\" WHERE Workgroup = '{name}'"
        self._alarm(
            "FailedQueries",
            Query(expression=f"SELECT SUM(QueriesFailed) {where}"),
            threshold=failed_queries,
            periods=1,
            description=f"{name}: queries fail",
        )
        self._alarm(
            "QueuedQueries",
            Query(expression=f"SELECT MAX(QueriesQueued) {where}"),
            threshold=queued_queries,
            periods=3,
            description=f"{name}: queries wait",
        )
        if max_capacity is not None:
            self._alarm(
                "Capacity",
                workgroup_metric(name, "ComputeCapacity", statistic="Minimum"),
                threshold=max_capacity,
                periods=3,
                description=f"{name}: has worked at its maximum capacity for 15 minutes",
            )

    def usage_limit(self, period: str, limit_id: str) -> None:
        """Raise an alarm when nothing is left of a usage limit.

        Args:
            period: of the limit; in the alarm's id and description.
            limit_id: the limit's id.
        """
        self._alarm(
            f"{period.title()}Usage",
            Query(
                expression=f'SELECT MIN(UsageLimitAvailable) FROM "{METRICS_NAMESPACE}" '  # noqa: S608
                f"WHERE UsageLimitId = '{limit_id}'",
            ),
            threshold=0,
            periods=1,
            description=f"The {period} usage limit of the warehouse is used up",
            comparison="LessThanOrEqualToThreshold",
        )

    def _alarm(
        self,
        id: str,
        metric: Metric | Query,
        *,
        threshold: float,
        periods: int,
        description: str,
        comparison: Comparison = "GreaterThanOrEqualToThreshold",
    ) -> None:
        alarm(
            self,
            id,
            description=description,
            metric=metric,
            comparison=comparison,
            threshold=threshold,
            periods=periods,
            actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )
