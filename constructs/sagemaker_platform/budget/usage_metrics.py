"""What is measured of endpoints and jobs, for a dashboard of usage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Metric

INSTANCES = "/aws/sagemaker/Endpoints"
"""Namespace of metrics of the instances of endpoints."""
_HOUR = 3600


@checks_types
@dataclass(frozen=True, kw_only=True)
class WatchedEndpoint:
    """An endpoint on a dashboard of usage.

    Args:
        name: its full name.
        variants: names of its variants.
        components: full names of its inference components. Defaults to none.
        requests: name of the metric that counts requests.
        serverless: whether it has no instances, so that it cannot idle.
    """

    name: str
    variants: Sequence[str]
    components: Sequence[str] = ()
    requests: str = "Invocations"
    serverless: bool = False

    def request_metrics(self) -> list[Metric]:
        """Return the metrics whose sum is the number of requests."""
        places: list[Mapping[str, str]] = (
            [{"InferenceComponentName": one} for one in self.components]
            if self.components
            else [{"EndpointName": self.name, "VariantName": one} for one in self.variants]
        )
        return [
            Metric(namespace="AWS/SageMaker", name=self.requests, dimensions=one, statistic="Sum")
            for one in places
        ]

    def instance_metrics(self, *names: str) -> list[Metric]:
        """Return metrics of its instances, for each variant."""
        if self.serverless:
            return []
        return [
            Metric(
                namespace=INSTANCES,
                name=name,
                dimensions={"EndpointName": self.name, "VariantName": variant},
            )
            for variant in self.variants
            for name in names
        ]


def idle_lines(endpoint: WatchedEndpoint, number: int) -> list[Any]:
    """Return the lines that are 1 in an hour in which instances run for no request."""
    # One metric for each variant says that its instances run.
    runs = endpoint.instance_metrics("CPUUtilization")
    if not runs:
        return []
    lines: list[Any] = []

    def hidden(kind: str, metrics: Sequence[Metric]) -> list[str]:
        ids = []
        for index, one in enumerate(metrics):
            ids.append(f"{kind}{number}x{index}")
            *names, options = one.of_graph()
            lines.append([*names, {**options, "id": ids[-1], "visible": False, "period": _HOUR}])
        return ids

    requests = " + ".join(
        f"FILL({one}, 0)" for one in hidden("requests", endpoint.request_metrics())
    )
    running = " + ".join(f"FILL({one}, -1)" for one in hidden("runs", runs))
    # Without an instance, each variant is filled with -1.
    expression = f"IF({running} > -{len(runs)} AND {requests} < 1, 1, 0)"
    return [[{"expression": expression, "label": endpoint.name}], *lines]


def search_usage(word: str) -> str:
    """Return the search for quotas of SageMaker in use whose names have a word."""
    return (
        'SEARCH(\'{AWS/Usage,Class,Resource,Service,Type} MetricName="ResourceCount" '
        f"Service=\"SageMaker\" {word}', 'Maximum', 300)"
    )


def words_of(prefix: str) -> str:
    """Return the words of a name, which a search finds in any order.

    (Amazon CloudWatch User Guide, "CloudWatch search expression syntax".)
    """
    return " ".join(word for word in prefix.split("-") if word)
