"""Watching inference routers: an alarm for their destinations, and a dashboard."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.inference.router import InferenceRouter, RoutingTarget

_METRIC = "aws.sagemaker.inference_router.destination.status"
_STATE = "aws.sagemaker.inference_router.destination.state"
_WIDTH, _HEIGHT = 8, 6
_LINES = (
    ("Requests", "Invocations", "Sum"),
    ("Failed requests", "Invocation5XXErrors", "Sum"),
    ("Latency of the model, microseconds", "ModelLatency", "p99"),
)


def healthy_destinations_alarm(
    scope: Construct, id: str, *, minutes: int, topic: sns.ITopic
) -> cloudwatch.CfnAlarm:
    """Return an alarm that goes off while a destination of a router is not healthy.

    Routers publish their metrics to CloudWatch as OpenTelemetry metrics, which PromQL queries and
    which no namespace has. The status of destinations is in the account and region of the router,
    so the alarm watches all routers there; its message names the destination. Source: Amazon
    SageMaker AI Developer Guide, "Monitor inference routers with Amazon CloudWatch and AWS
    CloudTrail", read 2026-11-27.

    Args:
        scope: scope of the alarm.
        id: construct id.
        minutes: how long a destination must be unhealthy.
        topic: receives the alarm.
    """
    return cloudwatch.CfnAlarm(
        scope,
        id,
        alarm_description="A destination of an inference router is overloaded or unhealthy",
        alarm_actions=[topic.topic_arn],
        ok_actions=[topic.topic_arn],
        evaluation_interval=60,
        evaluation_criteria=cloudwatch.CfnAlarm.EvaluationCriteriaProperty(
            prom_ql_criteria=cloudwatch.CfnAlarm.AlarmPromQLCriteriaProperty(
                query=f'{{"{_METRIC}", "{_STATE}"!="healthy"}} == 1',
                pending_period=minutes * 60,
                recovery_period=300,
            )
        ),
    )


@checks_types
class RouterDashboard(Construct):
    """A dashboard of the name of a router: what each destination of each target serves.

    It shows the metrics of the endpoints, which each has in its own account and region. Endpoints
    of other accounts appear once CloudWatch cross-account observability links the accounts.

    Args:
        router: the router.
        alarms: alarms to show.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        router: InferenceRouter,
        alarms: Sequence[cloudwatch.CfnAlarm],
    ) -> None:
        require_each("alarms", alarms, cloudwatch.CfnAlarm)
        super().__init__(scope, id)
        widgets: list[dict[str, Any]] = []
        if alarms:
            widgets.append(
                {
                    "type": "alarm",
                    "properties": {
                        "title": f"Alarms of {router.name}",
                        "alarms": [one.attr_arn for one in alarms],
                    },
                }
            )
        own = Stack.of(self).account
        for target in router.targets:
            for title, metric, statistic in _LINES:
                widgets.append(
                    {
                        "type": "metric",
                        "properties": {
                            "title": f"{title}: {target.name}",
                            "view": "timeSeries",
                            "region": Stack.of(self).region,
                            "period": 60,
                            "metrics": _metrics(target, metric, statistic, own),
                            "yAxis": {"left": {"min": 0}},
                        },
                    }
                )
        for number, widget in enumerate(widgets):
            row, column = divmod(number, 3)
            widget |= {
                "x": column * _WIDTH,
                "y": row * _HEIGHT,
                "width": _WIDTH,
                "height": _HEIGHT,
            }
        cloudwatch.CfnDashboard(
            self,
            "Resource",
            dashboard_name=router.name,
            dashboard_body=Stack.of(self).to_json_string({"widgets": widgets}),
        )


def _metrics(
    target: RoutingTarget, metric: str, statistic: str, own_account: str
) -> list[list[Any]]:
    lines = []
    for one in target.destinations:
        _, _, _, region, account, resource = one.endpoint_arn.split(":", 5)
        name = resource.partition("/")[2]
        dimensions = (
            ["InferenceComponentName", one.component]
            if one.component
            else ["EndpointName", name, "VariantName", "AllTraffic"]
        )
        options = {
            "stat": statistic,
            "region": region,
            "label": f"{one.component or name} in {region}",
            **({} if account == own_account else {"accountId": account}),
        }
        lines.append(["AWS/SageMaker", metric, *dimensions, options])
    return lines
