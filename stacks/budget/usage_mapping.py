"""Settings to widgets of the dashboard of usage: those of what is on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sagemaker_platform.budget import WatchedEndpoint
from sagemaker_platform.foundation import Metric
from sagemaker_platform.network import Network
from stacks.arns import partition_of

if TYPE_CHECKING:
    from sagemaker_platform.budget import UsageDashboard
    from stacks.budget.settings import BudgetSettings
    from stacks.capability import BuildContext
    from stacks.hyperpod.settings import HyperPodSettings
    from stacks.inference.settings import AnyEndpoint
    from stacks.settings import EnvironmentSettings

_VARIANT = "AllTraffic"
_EVENTS = ("UnhealthyNodes", "ReplacedNodes", "FailedOperations")
_NODES = ("node_cpu_utilization", "node_gpu_utilization", "cluster_node_count")


def show_usage(
    dashboard: UsageDashboard,
    *,
    settings: BudgetSettings,
    environment: EnvironmentSettings,
    context: BuildContext,
) -> None:
    """Add the widgets of an environment.

    Args:
        dashboard: the dashboard.
        settings: settings of the budget.
        environment: settings of the environment.
        context: outputs of what is built.
    """
    from stacks.hyperpod.capability import HyperPod
    from stacks.inference.capability import Inference
    from stacks.lakehouse.capability import Lakehouse
    from stacks.studio.capability import Studio
    from stacks.warehouse.capability import WarehouseCapability

    name, people = environment.name, f"{environment.name}-user-"
    if partition_of(environment.region) == "aws":
        dashboard.show_spend(
            environment=name,
            max_usd_per_month=settings.max_usd_per_month,
            teams=settings.teams,
        )
    else:
        dashboard.show_text(f"Cap of {name}: US$ {settings.max_usd_per_month:,.2f} per month")
    dashboard.show_account()
    studio = environment.find(Studio)
    if studio is not None:
        dashboard.show_studio(report=studio.settings.app_report is not None)
    inference = environment.find(Inference)
    if inference is not None:
        dashboard.show_endpoints([_endpoint(name, one) for one in inference.settings.endpoints])
    if _has_activity(environment, "deploy_endpoints"):
        dashboard.show_own_endpoints(people)
    if _has_activity(environment, "run_jobs"):
        dashboard.show_jobs(people)
    hyperpod = environment.find(HyperPod)
    if hyperpod is not None:
        dashboard.show_clusters_of_account()
        for cluster, metrics in _clusters(name, hyperpod.settings):
            dashboard.show_cluster(cluster, metrics)
    if environment.find(WarehouseCapability) is not None:
        dashboard.show_warehouse(f"{name}-warehouse")
    lakehouse = context.outputs(Lakehouse)
    if lakehouse is not None:
        dashboard.show_queries(lakehouse.workgroup_names)
    network = context.shared.network
    if isinstance(network, Network) and network.nat_gateway_ids:
        dashboard.show_nat_gateways(network.nat_gateway_ids)


def _has_activity(environment: EnvironmentSettings, activity: str) -> bool:
    return any(activity in (one.activities or ()) for one in environment.all_personas.values())


def _endpoint(environment: str, settings: AnyEndpoint) -> WatchedEndpoint:
    """Return what is watched of an endpoint."""
    name = f"{environment}-{settings.name}"
    match settings.type:
        case "inference_components":
            return WatchedEndpoint(
                name=name,
                variants=[_VARIANT],
                components=[f"{name}-{one.name}" for one in settings.components],
            )
        case "asynchronous":
            return WatchedEndpoint(name=name, variants=[_VARIANT], requests="InvocationsProcessed")
        case "serverless":
            return WatchedEndpoint(name=name, variants=[_VARIANT], serverless=True)
        case "real_time":
            variants = [_VARIANT, *(one.name for one in settings.variants)]
            return WatchedEndpoint(name=name, variants=variants)
        case _:
            return WatchedEndpoint(name=name, variants=[_VARIANT])


def _clusters(environment: str, settings: HyperPodSettings) -> Iterator[tuple[str, list[Metric]]]:
    """Yield the clusters by name, with what is known of each."""
    from sagemaker_platform.hyperpod.existing_cluster import cluster_metric

    kubernetes = {one.name: one for one in settings.eks_clusters}
    for cluster in settings.clusters:
        name = f"{environment}-{cluster.name}"
        metrics = [cluster_metric(name, event) for event in _EVENTS]
        if (eks := kubernetes.get(cluster.name)) is not None:
            observability = eks.hyperpod_add_ons.observability
            if observability is not None and observability.only_cloudwatch:
                on = name if eks.existing is None else eks.existing.arn.rpartition("/")[2]
                metrics += [
                    Metric(
                        namespace="ContainerInsights",
                        name=one,
                        dimensions={"ClusterName": on},
                        period_minutes=5,
                    )
                    for one in _NODES
                ]
        yield name, metrics
