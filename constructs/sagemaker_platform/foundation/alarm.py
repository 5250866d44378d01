"""An alarm of CloudWatch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_platform.arguments import checks_types

Comparison = Literal[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanThreshold",
]
"""How CloudWatch compares a metric with a threshold."""

_PLAIN = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


@checks_types
@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric of CloudWatch.

    Args:
        namespace: namespace of the metric.
        name: name of the metric.
        dimensions: its dimensions.
        statistic: ``Average``, ``Sum``, ``Maximum``, ``Minimum``, or a percentile as ``p99``.
        period_minutes: of which each value is.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    statistic: str = "Average"
    period_minutes: int = 1

    def of_alarm(self) -> dict[str, Any]:
        """Return what an alarm says of it."""
        kind = "statistic" if self.statistic in _PLAIN else "extended_statistic"
        return {
            "namespace": self.namespace,
            "metric_name": self.name,
            "dimensions": [
                {"name": name, "value": value} for name, value in sorted(self.dimensions.items())
            ]
            or None,
            "period": self.period_minutes * 60,
            kind: self.statistic,
        }

    def to_cdk(self, period: Duration | None = None) -> cloudwatch.Metric:
        """Return the metric as an object of the CDK.

        Args:
            period: of which each value is. Defaults to ``period_minutes``.
        """
        return cloudwatch.Metric(
            namespace=self.namespace,
            metric_name=self.name,
            dimensions_map=dict(self.dimensions),
            statistic=self.statistic,
            period=period or Duration.minutes(self.period_minutes),
        )

    def of_graph(self) -> list[Any]:
        """Return it as a line of a dashboard's graph, whose period is five minutes."""
        names = [part for pair in sorted(self.dimensions.items()) for part in pair]
        return [self.namespace, self.name, *names, {"stat": self.statistic, **_of_line(self)}]


@checks_types
@dataclass(frozen=True, kw_only=True)
class Query:
    """A query of Metrics Insights that gives one series of values.

    Args:
        expression: the query.
        label: what it is called in graphs.
        period_minutes: of which each value is.
    """

    expression: str
    label: str | None = None
    period_minutes: int = 5

    def of_alarm(self) -> dict[str, Any]:
        """Return what an alarm says of it."""
        return {
            "metrics": [
                {
                    "id": "expr_1",
                    "expression": self.expression,
                    "label": self.label,
                    "period": self.period_minutes * 60,
                    "returnData": True,
                }
            ]
        }

    def of_graph(self) -> list[Any]:
        """Return it as a line of a dashboard's graph, whose period is five minutes."""
        label = {"label": self.label} if self.label else {}
        return [{**label, "expression": self.expression, **_of_line(self)}]


def _of_line(metric: Metric | Query) -> dict[str, int]:
    return {} if metric.period_minutes == 5 else {"period": metric.period_minutes * 60}


def alarm(
    scope: Construct,
    id: str,
    *,
    description: str,
    metric: Metric | Query,
    comparison: Comparison,
    threshold: float,
    periods: int,
    datapoints: int | None = None,
    actions: Sequence[str],
    ok_actions: Sequence[str] = (),
) -> cloudwatch.CfnAlarm:
    """Make an alarm. Where there is no data, nothing is wrong.

    What it writes, and where, is as of the CDK's own alarm. That takes an object for each metric
    and each action, and calls to put them together, and environments have many alarms.

    Args:
        scope: where it is made.
        id: construct id.
        description: what is wrong then.
        metric: what is watched.
        comparison: how it is compared with the threshold.
        threshold: beyond it, something is wrong.
        periods: how many of the metric's periods are looked at.
        datapoints: number of periods that must breach. Defaults to all.
        actions: ARNs of the alarm actions.
        ok_actions: ARNs of what is told when it is over.
    """
    return cloudwatch.CfnAlarm(
        Construct(scope, id),
        "Resource",
        alarm_description=description,
        comparison_operator=comparison,
        threshold=threshold,
        evaluation_periods=periods,
        datapoints_to_alarm=datapoints,
        treat_missing_data="notBreaching",
        alarm_actions=list(actions),
        ok_actions=list(ok_actions) or None,
        **metric.of_alarm(),
    )
