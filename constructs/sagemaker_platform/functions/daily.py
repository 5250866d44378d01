"""Functions that run once a day."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct


def run_daily(
    scope: Construct,
    function: lambda_.IFunction,
    *,
    hour_utc: int,
    event: Mapping[str, Any],
    description: str,
    failure: str,
    topic: sns.ITopic,
) -> None:
    """Run a function once a day, with an alarm on a day when it failed in all its attempts.

    Args:
        scope: where the rule ``Daily`` and the alarm ``Failed`` are made.
        function: the function.
        hour_utc: hour of the day.
        event: what the function is called with.
        description: of the rule.
        failure: what is wrong if the alarm is on.
        topic: receives the alarm, and its end.
    """
    events.Rule(
        scope,
        "Daily",
        description=description,
        # At the full hour, so that all attempts are in one hour, as the alarm has it.
        schedule=events.Schedule.cron(minute="0", hour=str(hour_utc)),
        targets=[
            targets.LambdaFunction(
                function,
                event=events.RuleTargetInput.from_object(dict(event)),
                retry_attempts=3,
                max_event_age=Duration.hours(1),
            )
        ],
    )
    failed = cloudwatch.Alarm(
        scope,
        "Failed",
        metric=function.metric_errors(period=Duration.hours(1)),
        evaluation_periods=1,
        # Lambda tries an event that failed twice more.
        threshold=3,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        alarm_description=failure,
    )
    failed.add_alarm_action(actions.SnsAction(topic))
    failed.add_ok_action(actions.SnsAction(topic))
