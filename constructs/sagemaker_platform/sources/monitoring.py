"""Alarms and a dashboard of what brings data in."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Metric, Query, alarm, encrypted_log_group


@checks_types
class DataPlaneMonitoring(Construct):
    """Alarms for failed crawls, low scores, lagging integrations and stopped queries.

    Crawlers and data quality publish events. EventBridge rules write failures
    to a log group; an alarm on their count goes to the topic. So only CloudWatch publishes to
    the topic, and the log has the details.

    That the metrics of Athena, Glue, Redshift and EventBridge arrive under these names and
    dimensions, only AWS can show.

    Args:
        name: name of the dashboard, and of the log group below ``/aws/events/``.
        key: encrypts the log group; its policy must allow CloudWatch Logs to use it.
        log_retention_days: how long events are kept; a period that CloudWatch Logs offers.
        topic: receives the alarms. Its key policy must allow CloudWatch.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        log_retention_days: int,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, id)
        self._name = name
        self._key = key
        self._retention_days = log_retention_days
        self._topic_arn = topic.topic_arn
        self._events: logs.LogGroup | None = None
        self._alarms: list[cloudwatch.CfnAlarm] = []
        self._graphs: list[dict[str, Any]] = []

    def crawlers(self, names: Sequence[str]) -> None:
        """Tell of crawls that fail."""
        self._tell(
            "FailedCrawls",
            source="aws.glue",
            kind="Glue Crawler State Change",
            detail={"state": ["Failed"], "crawlerName": list(names)},
            description="A crawler failed",
        )

    def data_quality(self, ruleset: str, *, min_score_percent: int) -> None:
        """Tell of runs of a rule set that score too low, or fail."""
        self._tell(
            f"Score-{ruleset}",
            source="aws.glue-dataquality",
            kind="Data Quality Evaluation Results Available",
            detail={
                "rulesetNames": [ruleset],
                "score": [{"numeric": ["<", min_score_percent / 100]}],
            },
            description=f"{ruleset}: data is worse than its rules allow",
        )

    def integration(self, name: str, integration_id: str, *, max_lag_minutes: int) -> None:
        """Tell of an integration into the warehouse that is behind."""
        metric = Query(
            expression='SELECT MAX(IntegrationLag) FROM "AWS/Redshift" '  # noqa: S608
            f"WHERE IntegrationId = '{integration_id}'",
            label=name,
        )
        self._alarm(
            f"Lag-{name}",
            metric,
            threshold=max_lag_minutes * 60,
            periods=3,
            description=f"{name}: the integration is behind",
        )
        self._graph(f"Lag of {name} in seconds", [metric])

    def loads(self, name: str, integration_arn: str) -> None:
        """Tell of an integration of Glue whose loads fail.

        Glue publishes no lag, but the time until which a table is in step, from which an alarm
        cannot tell how long ago that was (AWS: "Monitoring an integration").
        """
        shown = []
        for outcome in ("IngestionFailed", "IngestionSucceeded"):
            shown.append(
                Query(
                    expression=f'SELECT SUM({outcome}) FROM "AWS/Glue/ZeroETL" '  # noqa: S608
                    f"WHERE integrationArn = '{integration_arn}'",
                    label=outcome,
                )
            )
        self._alarm(
            f"Loads-{name}",
            shown[0],
            threshold=1,
            periods=1,
            description=f"{name}: a load of the integration failed",
        )
        self._graph(f"Loads of {name}", shown)

    def queries(self, name: str, *, workgroups: Sequence[str], failed: int, cancelled: int) -> None:
        """Tell of Athena's queries that fail, or are stopped, as at the scan limit.

        Args:
            name: what alarms and graphs call the workgroups.
            workgroups: names of the workgroups, whose queries are counted together.
            failed: queries in an hour.
            cancelled: queries in an hour.
        """
        among = " OR ".join(f"WorkGroup = '{one}'" for one in workgroups)
        shown = []
        for state, threshold, what in (
            ("FAILED", failed, "fail"),
            ("CANCELED", cancelled, "are stopped, at the scan limit or by hand"),
        ):
            metric = Query(
                expression='SELECT COUNT(TotalExecutionTime) FROM "AWS/Athena" '  # noqa: S608
                f"WHERE ({among}) AND QueryState = '{state}'",
                label=state,
                period_minutes=60,
            )
            shown.append(metric)
            self._alarm(
                f"Queries-{state.title()}",
                metric,
                threshold=threshold,
                periods=1,
                description=f"{name}: queries {what}",
            )
        self._graph(f"Queries of {name}", shown)

    def dashboard(self) -> None:
        """Make the dashboard of all that was added before."""
        alarms = {"title": "Alarms", "alarms": [one.attr_arn for one in self._alarms]}
        widgets = [
            {"type": "alarm", "width": 24, "height": 3, "x": 0, "y": 0, "properties": alarms},
            *(
                {
                    "type": "metric",
                    "width": 8,
                    "height": 6,
                    "x": index % 3 * 8,
                    "y": 3 + index // 3 * 6,
                    "properties": graph,
                }
                for index, graph in enumerate(self._graphs)
            ),
        ]
        cloudwatch.CfnDashboard(
            Construct(self, "Dashboard"),
            "Resource",
            dashboard_name=self._name,
            dashboard_body=Stack.of(self).to_json_string({"widgets": widgets}),
        )

    def _tell(
        self, id: str, *, source: str, kind: str, detail: dict[str, Any], description: str
    ) -> None:
        rule = events.CfnRule(
            self,
            id,
            description=description,
            event_pattern={"source": [source], "detail-type": [kind], "detail": detail},
            targets=[
                events.CfnRule.TargetProperty(arn=self._event_log().log_group_arn, id="Events")
            ],
        )
        metric = Metric(
            namespace="AWS/Events",
            name="MatchedEvents",
            dimensions={"RuleName": rule.ref},
            statistic="Sum",
            period_minutes=5,
        )
        self._alarm(f"{id}Alarm", metric, threshold=1, periods=1, description=description)
        self._graph(description, [metric])

    def _event_log(self) -> logs.LogGroup:
        if self._events is None:
            stack = Stack.of(self)
            group = encrypted_log_group(
                self,
                "Events",
                key=self._key,
                retention_days=self._retention_days,
                name=f"/aws/events/{self._name}",
            )
            # Not the CDK's own target, which makes the policy with a function.
            logs.CfnResourcePolicy(
                self,
                "EventsPolicy",
                policy_name=self._name,
                policy_document=stack.to_json_string(
                    {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {
                                    "Service": [
                                        "delivery.logs.amazonaws.com",
                                        "events.amazonaws.com",
                                    ]
                                },
                                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                                "Resource": group.log_group_arn,
                                "Condition": {"StringEquals": {"aws:SourceAccount": stack.account}},
                            }
                        ],
                    }
                ),
            )
            self._events = group
        return self._events

    def _alarm(
        self,
        id: str,
        metric: Metric | Query,
        *,
        threshold: float,
        periods: int,
        description: str,
    ) -> None:
        made = alarm(
            self,
            id,
            description=description,
            metric=metric,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=threshold,
            periods=periods,
            actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )
        self._alarms.append(made)

    def _graph(self, title: str, metrics: Sequence[Metric | Query]) -> None:
        self._graphs.append(
            {
                "view": "timeSeries",
                "title": title,
                "region": Aws.REGION,
                "metrics": [metric.of_graph() for metric in metrics],
                "yAxis": {},
            }
        )
