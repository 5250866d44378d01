"""A dashboard of what runs and what idles."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.budget.usage_metrics import (
    INSTANCES,
    WatchedEndpoint,
    idle_lines,
    search_usage,
    words_of,
)
from sagemaker_platform.foundation import Metric, Query

# Amazon CloudWatch User Guide, "CloudWatch service quotas" (read 2026-11-27).
MAX_WIDGETS = 500
MAX_METRICS_OF_WIDGET = 500
MAX_METRICS = 2500

_WIDTH, _HEIGHT, _COLUMNS = 8, 6, 3
_HOUR = 3600
_BILLING_REGION = "us-east-1"
# Quotas in use that SageMaker publishes, by the value of the dimension `Resource`.
_COUNTED = {
    "endpoints": "endpoint/total_instance_count",
    "training jobs": "training-job/total_instance_count",
    "processing jobs": "processing-job/total_instance_count",
    "transform jobs": "transform-job/total_instance_count",
}


@checks_types
class UsageDashboard(Construct):
    """A dashboard in CloudWatch of cost, and of what runs and what idles.

    Widgets are in the order in which they are added, three in a row, until `finish`. A metric that
    SageMaker publishes per account and region is titled so.

    Args:
        name: name of the dashboard, unique in the account.
    """

    def __init__(self, scope: Construct, id: str, *, name: str) -> None:
        super().__init__(scope, id)
        self._name = name
        self._region = Stack.of(self).region
        self._widgets: list[tuple[str, int, Mapping[str, Any]]] = []
        self._metrics = 0

    def show_spend(
        self,
        *,
        environment: str,
        max_usd_per_month: float,
        teams: Mapping[str, float] | None = None,
    ) -> None:
        """Show the cap, and the charges of the account.

        AWS Budgets publishes no metric, so the actual figure of the environment is behind a link.
        The metric of charges is of the whole account, in us-east-1 alone, and has data once billing
        alerts are enabled. (AWS: "Creating a billing alarm to monitor your estimated AWS
        charges".)

        Args:
            environment: name of the environment.
            max_usd_per_month: cap of the environment.
            teams: caps by team. Defaults to none.
        """
        console = f"https://{_BILLING_REGION}.console.aws.amazon.com"
        caps = "".join(
            f"| {team} | {usd:,.2f} |\n"
            for team, usd in {environment: max_usd_per_month, **(teams or {})}.items()
        )
        self.show_text(
            f"| cap | US$ per month |\n|---|---:|\n{caps}\n"
            f"What {environment} costs so far: [budgets]({console}/costmanagement/home#/budgets), "
            f"[Cost Explorer]({console}/costmanagement/home#/cost-explorer), "
            f"[anomalies]({console}/costmanagement/home#/anomaly-detection).\n\n"
            "The graph shows the whole account. It has data once billing alerts are enabled in "
            "the billing preferences of the account, or of the management account."
        )
        charges = [
            Metric(
                namespace="AWS/Billing",
                name="EstimatedCharges",
                dimensions={"Currency": "USD", **more},
                statistic="Maximum",
                period_minutes=360,
            )
            for more in ({}, {"ServiceName": "AmazonSageMaker"})
        ]
        self.show_graph(
            "Charges of the account this month, US$",
            charges,
            region=_BILLING_REGION,
            limit=(f"cap of {environment}", max_usd_per_month),
        )

    def show_account(self) -> None:
        """Show how many instances of SageMaker the account runs in the region."""
        self.show_graph(
            "Instances of SageMaker in the account and region",
            [
                Metric(
                    namespace="AWS/Usage",
                    name="ResourceCount",
                    dimensions={
                        "Class": "None",
                        "Resource": resource,
                        "Service": "SageMaker",
                        "Type": "Resource",
                    },
                    statistic="Maximum",
                    period_minutes=5,
                )
                for resource in _COUNTED.values()
            ],
        )

    def show_studio(self, *, report: bool) -> None:
        """Show the apps of Studio, which publish no metrics themselves.

        Args:
            report: whether the environment has an `AppReport`.
        """
        self._search("Studio in the account and region: quotas in use", search_usage("studio"))
        if report:
            self._search(
                "Studio apps over the limit of the daily report",
                "SEARCH('{SageMakerPlatform/Studio,DomainId} MetricName=\"AppsOverLimit\"', "
                "'Maximum', 3600)",
            )

    def show_jobs(self, prefix: str) -> None:
        """Show how busy the instances of jobs are.

        Args:
            prefix: what their names begin with, such as ``dev-user-``.
        """
        for kind in ("Training", "Processing", "Transform"):
            self._search(
                f"{kind} jobs: utilization of each host, percent",
                f"SEARCH('{{/aws/sagemaker/{kind}Jobs,Host}} "
                'MetricName=("CPUUtilization" OR "GPUUtilization") '
                f"{words_of(prefix)}', 'Average', 300)",
            )

    def show_own_endpoints(self, prefix: str) -> None:
        """Show endpoints that people create themselves.

        Args:
            prefix: what their names begin with, such as ``dev-user-``.
        """
        for title, namespace, name, statistic in (
            ("Endpoints that people created: requests", "AWS/SageMaker", "Invocations", "Sum"),
            (
                "Endpoints that people created: CPU of instances, percent",
                INSTANCES,
                "CPUUtilization",
                "Average",
            ),
        ):
            self._search(
                title,
                f'SEARCH(\'{{{namespace},EndpointName,VariantName}} MetricName="{name}" '
                f"{words_of(prefix)}', '{statistic}', {_HOUR})",
            )

    def show_endpoints(self, endpoints: Sequence[WatchedEndpoint]) -> None:
        """Show which endpoints idle, and how busy each is.

        What exceeds the number of metrics of a dashboard is named, not shown.
        """
        left_out: list[str] = []
        idle: list[Any] = []
        shown: list[WatchedEndpoint] = []
        # What is shown later needs some, too.
        left = MAX_METRICS - self._metrics - 100
        for one in endpoints:
            lines = idle_lines(one, len(shown))
            needed = _count(lines) + len(self._of(one))
            if needed > left or _count([*idle, *lines]) > MAX_METRICS_OF_WIDGET:
                left_out.append(one.name)
                continue
            left -= needed
            idle += lines
            shown.append(one)
        if idle:
            self._add_metrics(
                "Endpoints that run and had no request in the hour (1: idle)", idle, period=_HOUR
            )
        for one in shown:
            self.show_graph(f"{one.name}: requests, and utilization in percent", self._of(one))
        if left_out:
            self.show_text("Not shown, for a dashboard's number of metrics: " + ", ".join(left_out))

    def show_cluster(self, name: str, metrics: Sequence[Metric]) -> None:
        """Show a cluster of HyperPod.

        SageMaker publishes no utilization of clusters: without the add-on for Container Insights,
        only its events and the account's instances are known.

        Args:
            name: name of the cluster.
            metrics: what is known of it.
        """
        self.show_graph(f"Cluster {name}", metrics)

    def show_clusters_of_account(self) -> None:
        """Show how many instances of clusters the account runs in the region."""
        self._search("Clusters in the account and region: quotas in use", search_usage("cluster"))

    def show_warehouse(self, workgroup: str) -> None:
        """Show how much a workgroup of Redshift Serverless computes, which is billed."""
        self.show_graph(
            f"Warehouse {workgroup}: seconds of computing, and capacity in RPU",
            [
                Metric(
                    namespace="AWS/Redshift-Serverless",
                    name=name,
                    dimensions={"Workgroup": workgroup},
                    statistic=statistic,
                    period_minutes=5,
                )
                for name, statistic in (("ComputeSeconds", "Sum"), ("ComputeCapacity", "Maximum"))
            ],
        )

    def show_queries(self, workgroups: Sequence[str]) -> None:
        """Show what the queries of workgroups of Athena scan, which is billed."""
        self.show_graph(
            "Bytes that Athena scans, by workgroup",
            [
                Query(
                    expression='SELECT SUM(ProcessedBytes) FROM "AWS/Athena" '  # noqa: S608
                    f"WHERE WorkGroup = '{one}'",
                    label=one,
                    period_minutes=60,
                )
                for one in workgroups
            ],
        )

    def show_nat_gateways(self, ids: Sequence[str]) -> None:
        """Show what NAT gateways process, which is billed besides their hours."""
        self.show_graph(
            "NAT gateways: bytes to the internet and back",
            [
                Metric(
                    namespace="AWS/NATGateway",
                    name=name,
                    dimensions={"NatGatewayId": one},
                    statistic="Sum",
                    period_minutes=5,
                )
                for one in ids
                for name in ("BytesOutToDestination", "BytesInFromDestination")
            ],
        )

    def show_text(self, markdown: str) -> None:
        """Add a text.

        Args:
            markdown: the text, in Markdown.
        """
        self._add("text", {"markdown": markdown})

    def show_graph(
        self,
        title: str,
        metrics: Sequence[Metric | Query],
        *,
        region: str | None = None,
        limit: tuple[str, float] | None = None,
    ) -> None:
        """Add a graph of metrics.

        Args:
            title: what it shows.
            metrics: the lines.
            region: region of the metrics. Defaults to that of the stack.
            limit: label and value of a horizontal line. Defaults to none.
        """
        self._add_metrics(title, [one.of_graph() for one in metrics], region=region, limit=limit)

    def finish(self) -> None:
        """Create the dashboard.

        Raises:
            ValueError: it has more widgets or metrics than CloudWatch takes.
        """
        for what, number, most in (
            ("widgets", len(self._widgets), MAX_WIDGETS),
            ("metrics", self._metrics, MAX_METRICS),
        ):
            if number > most:
                raise ValueError(f"{self._name}: got {number} {what}; must be at most {most}")
        widgets = [
            {
                "type": kind,
                "x": index % _COLUMNS * _WIDTH,
                "y": index // _COLUMNS * _HEIGHT,
                "width": _WIDTH,
                "height": _HEIGHT,
                "properties": dict(properties),
            }
            for index, (kind, _, properties) in enumerate(self._widgets)
        ]
        cloudwatch.CfnDashboard(
            self,
            "Resource",
            dashboard_name=self._name,
            dashboard_body=Stack.of(self).to_json_string({"widgets": widgets}),
        )

    def _of(self, endpoint: WatchedEndpoint) -> list[Metric]:
        return [
            *endpoint.request_metrics(),
            *endpoint.instance_metrics("CPUUtilization", "GPUUtilization"),
        ]

    def _search(self, title: str, expression: str) -> None:
        self._add_metrics(title, [[{"expression": expression}]])

    def _add_metrics(
        self,
        title: str,
        lines: Sequence[Any],
        *,
        region: str | None = None,
        limit: tuple[str, float] | None = None,
        period: int = 300,
    ) -> None:
        properties: dict[str, Any] = {
            "title": title,
            "view": "timeSeries",
            "region": region or self._region,
            "period": period,
            "metrics": list(lines),
            "yAxis": {"left": {"min": 0}},
        }
        if limit is not None:
            label, value = limit
            properties["annotations"] = {"horizontal": [{"label": label, "value": value}]}
        self._add("metric", properties, metrics=_count(lines))

    def _add(self, kind: str, properties: Mapping[str, Any], *, metrics: int = 0) -> None:
        self._metrics += metrics
        self._widgets.append((kind, metrics, properties))


def _count(lines: Sequence[Any]) -> int:
    """Return how many of the lines of a graph are metrics, not expressions."""
    return sum("expression" not in str(line[-1]) for line in lines)
