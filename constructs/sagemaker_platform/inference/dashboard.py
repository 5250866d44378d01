"""A dashboard of an endpoint."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_platform.inference.alarms import AlarmGroup

_WIDTH, _HEIGHT = 8, 6
Line = tuple[str, str, Mapping[str, str], str]
"""Namespace, name, dimensions and statistic of a metric."""


class EndpointDashboard(Construct):
    """A dashboard in CloudWatch, called like its endpoint.

    Widgets are added one after the other, three in a row; their metrics are of a minute.

    Args:
        name: name of the dashboard.
        alarms: what is shown first.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, alarms: Sequence[AlarmGroup]
    ) -> None:
        super().__init__(scope, id)
        self._name = name
        self._region = Stack.of(self).region
        self._widgets: list[dict[str, Any]] = []
        self.alarms(f"Alarms of {name}", [arn for group in alarms for arn in group.alarm_arns])

    def alarms(self, title: str, alarm_arns: Sequence[str]) -> None:
        """Add the state of alarms.

        Args:
            title: what they are about.
            alarm_arns: ARNs of the alarms.
        """
        self._add("alarm", {"title": title, "alarms": list(alarm_arns)})

    def search(
        self, title: str, *, namespace: str, dimensions: Mapping[str, str], period_minutes: int
    ) -> None:
        """Add a graph of all metrics of a namespace that have some dimensions, among others.

        Args:
            title: what it shows.
            namespace: namespace of the metrics.
            dimensions: dimensions that each of them has.
            period_minutes: of which each value is.
        """
        where = " ".join(f'{name}="{value}"' for name, value in dimensions.items())
        found = f"SEARCH('Namespace=\"{namespace}\" {where}', 'Average', {period_minutes * 60})"
        # The name of each metric is its label.
        self._graph(title, [[{"expression": found, "label": ""}]], unit=None)

    def graph(
        self, title: str, lines: Sequence[Line], *, unit: str | None = None, scale: float = 1
    ) -> None:
        """Add a graph of metrics.

        Args:
            title: what it shows.
            lines: the metrics.
            unit: what its axis counts.
            scale: what values are multiplied with.
        """
        metrics: list[Any] = []
        for index, (namespace, name, dimensions, statistic) in enumerate(lines):
            flat = [part for pair in dimensions.items() for part in pair]
            line = {"stat": statistic, "id": f"m{index}", "label": f"{name} {statistic}"}
            if scale != 1:
                metrics.append(
                    [{"expression": f"m{index} * {scale}", "label": f"{name} {statistic}"}]
                )
                line["visible"] = False  # type: ignore[assignment]
            metrics.append([namespace, name, *flat, line])
        self._graph(title, metrics, unit=unit)

    def formula(
        self, title: str, expression: str, lines: Sequence[Line], *, unit: str | None = None
    ) -> None:
        """Add a graph of a number that is computed from metrics.

        Args:
            title: what it shows.
            expression: how it is computed; the metrics are m0, m1 and so on.
            lines: the metrics.
            unit: what its axis counts.
        """
        metrics: list[Any] = [[{"expression": expression, "label": title}]]
        for index, (namespace, name, dimensions, statistic) in enumerate(lines):
            flat = [part for pair in dimensions.items() for part in pair]
            metrics.append(
                [namespace, name, *flat, {"stat": statistic, "id": f"m{index}", "visible": False}]
            )
        self._graph(title, metrics, unit=unit)

    def finish(self) -> None:
        """Put the widgets into the template."""
        cloudwatch.CfnDashboard(
            self,
            "Resource",
            dashboard_name=self._name,
            dashboard_body=Stack.of(self).to_json_string({"widgets": self._widgets}),
        )

    def _graph(self, title: str, metrics: Sequence[Any], *, unit: str | None) -> None:
        self._add(
            "metric",
            {
                "title": title,
                "view": "timeSeries",
                "region": self._region,
                "period": 60,
                "metrics": list(metrics),
                "yAxis": {"left": {"min": 0, **({"label": unit} if unit else {})}},
            },
        )

    def _add(self, kind: str, properties: Mapping[str, Any]) -> None:
        row, column = divmod(len(self._widgets), 3)
        self._widgets.append(
            {
                "type": kind,
                "x": column * _WIDTH,
                "y": row * _HEIGHT,
                "width": _WIDTH,
                "height": _HEIGHT,
                "properties": dict(properties),
            }
        )


def show_instances(
    dashboard: EndpointDashboard,
    *,
    endpoint_name: str,
    variant_name: str,
    gpus: int,
    usd_per_hour: float | None,
) -> None:
    """Show a variant that answers at once, from instances.

    Args:
        dashboard: where.
        endpoint_name: name of the endpoint.
        variant_name: name of the variant.
        gpus: of one instance.
        usd_per_hour: price of one instance; None if it is not known.
    """
    at = {"EndpointName": endpoint_name, "VariantName": variant_name}
    what = "" if variant_name == "AllTraffic" else f" ({variant_name})"
    _requests(dashboard, at, what)
    per_instance = _line("InvocationsPerInstance", at, "Sum")
    dashboard.formula(
        f"Instances in use{what}", "m0 / m1", [_line("Invocations", at, "Sum"), per_instance]
    )
    host = "/aws/sagemaker/Endpoints"
    names = ["CPUUtilization", "MemoryUtilization", "DiskUtilization"]
    if gpus:
        names += ["GPUUtilization", "GPUMemoryUtilization"]
    dashboard.graph(
        f"Saturation{what}", [(host, name, at, "Maximum") for name in names], unit="percent"
    )
    if usd_per_hour is not None:
        _cost(dashboard, what, usd_per_hour, per_instance)


def show_loading(dashboard: EndpointDashboard, *, endpoint_name: str, variant_name: str) -> None:
    """Show how models come and go in the containers of a multi-model endpoint.

    Args:
        dashboard: where.
        endpoint_name: name of the endpoint.
        variant_name: name of the variant.
    """
    at = {"EndpointName": endpoint_name, "VariantName": variant_name}
    dashboard.graph("Share of requests for a loaded model", [_line("ModelCacheHit", at, "Average")])
    dashboard.graph(
        "Waits for a model",
        [_line("ModelLoadingWaitTime", at, stat) for stat in ("p50", "p99")],
        unit="milliseconds",
        scale=0.001,
    )
    dashboard.graph(
        "Loaded models of an instance",
        [("/aws/sagemaker/Endpoints", "LoadedModelCount", at, "Average")],
    )


def show_component(
    dashboard: EndpointDashboard,
    *,
    component_name: str,
    gpus: int,
    usd_per_hour: float | None,
) -> None:
    """Show an inference component.

    Args:
        dashboard: where.
        component_name: its full name.
        gpus: of one instance.
        usd_per_hour: price of what one copy has of an instance; None if it is not known.
    """
    at = {"InferenceComponentName": component_name}
    what = f" ({component_name})"
    _requests(dashboard, at, what)
    per_copy = _line("InvocationsPerCopy", at, "Sum")
    dashboard.formula(
        f"Copies in use{what}", "m0 / m1", [_line("Invocations", at, "Sum"), per_copy]
    )
    host = "/aws/sagemaker/InferenceComponents"
    names = ["CPUUtilizationNormalized", "MemoryUtilizationNormalized"]
    if gpus:
        names += ["GPUUtilizationNormalized", "GPUMemoryUtilizationNormalized"]
    dashboard.graph(
        f"Saturation{what}", [(host, name, at, "Maximum") for name in names], unit="percent"
    )
    dashboard.graph(
        f"Requests without a copy{what}", [_line("NoCapacityInvocationFailures", at, "Sum")]
    )
    if usd_per_hour is not None:
        _cost(dashboard, what, usd_per_hour, per_copy)


def show_queue(
    dashboard: EndpointDashboard,
    *,
    endpoint_name: str,
    variant_name: str,
    gpus: int,
    instances: int | None,
    usd_per_hour: float | None,
) -> None:
    """Show an asynchronous endpoint.

    Args:
        dashboard: where.
        endpoint_name: name of the endpoint.
        variant_name: name of its variant.
        gpus: of one instance.
        instances: how many there are; None if they come and go.
        usd_per_hour: price of one instance; None if it is not known.
    """
    queue = {"EndpointName": endpoint_name}
    at = {**queue, "VariantName": variant_name}
    dashboard.graph(
        "Requests",
        [
            _line("InvocationsProcessed", at, "Sum"),
            _line("InvocationFailures", at, "Sum"),
            _line("ExpiredRequests", at, "Sum"),
        ],
    )
    dashboard.graph(
        "Queue",
        [
            _line("ApproximateBacklogSize", queue, "Maximum"),
            _line("ApproximateBacklogSizePerInstance", queue, "Maximum"),
        ],
    )
    dashboard.graph(
        "Oldest request",
        [_line("ApproximateAgeOfOldestRequest", queue, "Maximum")],
        unit="seconds",
    )
    dashboard.graph(
        "Waits without an instance", [_line("HasBacklogWithoutCapacity", queue, "Maximum")]
    )
    dashboard.graph(
        "Time of a request",
        [_line("TotalProcessingTime", at, stat) for stat in ("p50", "p90", "p99")],
        unit="milliseconds",
    )
    host = "/aws/sagemaker/Endpoints"
    names = ["CPUUtilization", "MemoryUtilization"]
    if gpus:
        names += ["GPUUtilization", "GPUMemoryUtilization"]
    dashboard.graph("Saturation", [(host, name, at, "Maximum") for name in names], unit="percent")
    if usd_per_hour is None:
        return
    processed = _line("InvocationsProcessed", at, "Sum")
    if instances is not None:
        _cost(dashboard, "", usd_per_hour * instances, processed)
        return
    # SageMaker counts no instances, but divides by their number while requests wait.
    dashboard.formula(
        "Cost per thousand requests while some wait",
        f"{_per_thousand(usd_per_hour)} * (m1 / m2) / m0",
        [
            processed,
            _line("ApproximateBacklogSize", queue, "Average"),
            _line("ApproximateBacklogSizePerInstance", queue, "Average"),
        ],
        unit="USD",
    )


def show_serverless(
    dashboard: EndpointDashboard,
    *,
    endpoint_name: str,
    variant_name: str,
    provisioned: bool,
    usd_per_second: float | None,
) -> None:
    """Show a serverless endpoint.

    Args:
        dashboard: where.
        endpoint_name: name of the endpoint.
        variant_name: name of its variant.
        provisioned: whether it has provisioned concurrency.
        usd_per_second: price of its memory, without what is provisioned; None if it is not
            known.
    """
    at = {"EndpointName": endpoint_name, "VariantName": variant_name}
    _requests(dashboard, at, "")
    dashboard.graph(
        "Cold starts",
        [_line("ModelSetupTime", at, stat) for stat in ("p50", "p99")],
        unit="milliseconds",
        scale=0.001,
    )
    names = ["ServerlessConcurrentExecutionsUtilization"]
    if provisioned:
        names.append("ServerlessProvisionedConcurrencyUtilization")
    dashboard.graph("Saturation", [_line(name, at, "Maximum") for name in names])
    if usd_per_second is not None:
        # The latency is in microseconds.
        dashboard.formula(
            "Cost per thousand requests",
            f"m0 * {round(usd_per_second * 1000 / 1e6, 15):.15f}",
            [_line("ModelLatency", at, "Average")],
            unit="USD",
        )


def _cost(dashboard: EndpointDashboard, what: str, usd_per_hour: float, requests: Line) -> None:
    """Show dollars a minute, for the requests in it, times a thousand."""
    dashboard.formula(
        f"Cost per thousand requests{what}",
        f"{_per_thousand(usd_per_hour)} / m0",
        [requests],
        unit="USD",
    )


def _per_thousand(usd_per_hour: float) -> float:
    return round(usd_per_hour / 60 * 1000, 6)


def _requests(dashboard: EndpointDashboard, at: Mapping[str, str], what: str) -> None:
    dashboard.graph(f"Requests{what}", [_line("Invocations", at, "Sum")])
    dashboard.graph(
        f"Errors{what}",
        [
            _line(name, at, "Sum")
            for name in ("Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")
        ],
    )
    dashboard.graph(
        f"Latency of the model{what}",
        [_line("ModelLatency", at, stat) for stat in ("p50", "p90", "p99")],
        unit="milliseconds",
        # SageMaker reports microseconds.
        scale=0.001,
    )
    dashboard.graph(
        f"Latency of SageMaker{what}",
        [_line("OverheadLatency", at, stat) for stat in ("p50", "p99")],
        unit="milliseconds",
        scale=0.001,
    )


def _line(name: str, dimensions: Mapping[str, str], statistic: str) -> Line:
    return "AWS/SageMaker", name, dimensions, statistic
