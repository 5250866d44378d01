"""A daily report of apps that run longer than they should."""

from collections.abc import Sequence
from typing import Any, Literal

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.foundation import encrypted_log_group
from sagemaker_platform.functions import HandlerFunction
from sagemaker_platform.functions.daily import run_daily
from sagemaker_platform.security import WildcardStatement

MetricsBy = Literal["AppType", "Owner"]
"""A dimension of metrics besides the domain."""

_NAMESPACE = "SageMakerPlatform/Studio"
# Hours without a report that are one too many: a day, and some for retries.
_HOURS_OF_A_REPORT = 26


class AppReport(Construct):
    """Once a day: which apps of a Studio domain run longer than a limit.

    A Lambda function lists the domain's apps, writes one line into its log for each that is
    over the limit, with owner, space, instance and last activity, and puts metrics into the
    namespace ``SageMakerPlatform/Studio``: ``RunningApps`` and ``AppsOverLimit`` by
    ``DomainId``. Apps that cost nothing by the hour do not count. SageMaker says when an app
    was created, and may keep that time for an app that is started again within a day.

    Two alarms are sent to a topic:

    - ``OverLimit``: more apps than tolerated. It goes to INSUFFICIENT_DATA, and says so, when
      there was no report for more than a day, for any reason.
    - ``Failed``: the function failed in all its attempts.

    Args:
        domain: the domain.
        topic: receives the alarms.
        key: encrypts the log; its policy must allow CloudWatch Logs to use it.
        log_retention_days: how long the log is kept; one of the periods that CloudWatch Logs
            offers. It goes with the stack.
        max_hours: an app that runs longer is reported.
        hour_utc: when the report is made.
        tolerated_apps: how many apps over the limit raise no alarm.
        metrics_by: dimensions that ``AppsOverLimit`` is put by besides: for each type of app,
            or each user, that has one over the limit.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: sagemaker.CfnDomain,
        topic: sns.ITopic,
        key: kms.IKey,
        log_retention_days: int,
        max_hours: int = 24,
        hour_utc: int = 6,
        tolerated_apps: int = 0,
        metrics_by: Sequence[MetricsBy] = (),
    ) -> None:
        super().__init__(scope, id)
        function = HandlerFunction(
            self,
            "Function",
            folder="app_report",
            handler="report",
            statements=_statements(self, domain),
            logs=encrypted_log_group(self, "Logs", key=key, retention_days=log_retention_days),
            description="Reporting Studio apps that run long",
            without_queue="The next report says the same; an alarm tells of one that failed.",
            timeout_seconds=600,
        ).function
        asked: dict[str, Any] = {
            "DomainId": domain.attr_domain_id,
            "MaxHours": max_hours,
            "Namespace": _NAMESPACE,
            "MetricsBy": list(metrics_by),
        }
        run_daily(
            self,
            function,
            hour_utc=hour_utc,
            event=asked,
            description="Report of Studio apps that run long",
            failure="The daily report of Studio apps failed three times",
            topic=topic,
        )
        over = cloudwatch.Alarm(
            self,
            "OverLimit",
            metric=cloudwatch.Metric(
                namespace=_NAMESPACE,
                metric_name="AppsOverLimit",
                dimensions_map={"DomainId": domain.attr_domain_id},
                statistic=cloudwatch.Stats.MAXIMUM,
                period=Duration.hours(1),
            ),
            # The last report is in this window, and a day later the next has taken its place.
            evaluation_periods=_HOURS_OF_A_REPORT,
            datapoints_to_alarm=1,
            threshold=tolerated_apps,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.MISSING,
            alarm_description=(
                f"Studio apps run longer than {max_hours} hours, or the daily report of them is "
                "missing (INSUFFICIENT_DATA); the log of the report names them"
            ),
        )
        action = actions.SnsAction(topic)
        over.add_alarm_action(action)
        over.add_insufficient_data_action(action)
        over.add_ok_action(action)


def _statements(scope: Construct, domain: sagemaker.CfnDomain) -> list[iam.PolicyStatement]:
    stack = Stack.of(scope)
    return [
        WildcardStatement(
            actions=["sagemaker:ListApps"],
            resources=["*"],
            wildcard_reason="IAM knows no resources for it; reading names only.",
        ),
        *(
            WildcardStatement(
                actions=[f"sagemaker:Describe{noun}"],
                resources=[
                    stack.format_arn(
                        service="sagemaker",
                        resource=resource,
                        resource_name=f"{domain.attr_domain_id}/*",
                    )
                ],
                wildcard_reason="Whatever users run in this one domain; reading only.",
            )
            for noun, resource in (("App", "app"), ("Space", "space"))
        ),
        WildcardStatement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": _NAMESPACE}},
            wildcard_reason="IAM knows no resources for it; one namespace, by condition.",
        ),
    ]
