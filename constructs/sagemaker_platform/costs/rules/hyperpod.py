"""Rules of HyperPod clusters, and of what they bring.

Sources: https://aws.amazon.com/sagemaker/ai/pricing/ (HyperPod is a component of its own, with
prices of its own), https://aws.amazon.com/eks/pricing/, https://aws.amazon.com/prometheus/pricing/,
https://aws.amazon.com/grafana/pricing/.
"""

from collections.abc import Iterable
from typing import Any

from sagemaker_platform.catalog.prices import PriceKey
from sagemaker_platform.costs.charge import Charge, kept, product, running, used
from sagemaker_platform.costs.resource import Properties, Resource

_KARPENTER = "Karpenter may change how many run; the template has no maximum"


def _cluster(resource: Resource) -> Iterable[Charge]:
    scales = resource.part("AutoScaling").get("Mode") == "Enable"
    for group in resource.list("InstanceGroups", "RestrictedInstanceGroups"):
        yield _group(group, scales=scales)
        for storage in group.get("InstanceStorageConfigs", []):
            volume = storage.get("EbsVolumeConfig", {})
            # The price of an instance includes its root volume.
            if "VolumeSizeInGB" in volume:
                yield kept(
                    "volumes of cluster instances",
                    PriceKey("sagemaker", "volume", "cluster"),
                    count=product(group.get("InstanceCount"), volume["VolumeSizeInGB"]),
                    unit="GB-month",
                )
        yield from _file_system(group.get("EnvironmentConfig", {}))
    shared = resource.part("RestrictedInstanceGroupsConfig", "SharedEnvironmentConfig")
    yield from _file_system(shared)


def _group(group: Properties, *, scales: bool) -> Charge:
    several = group.get("InstanceRequirements", {}).get("InstanceTypes")
    types = several or [group.get("InstanceType")]
    spot = "Spot" in group.get("CapacityRequirements", {})
    use = "cluster, spot" if spot else "cluster"
    plan = "TrainingPlanArn" in group
    note = "paid in advance with its training plan" if plan else _KARPENTER if scales else ""
    return running(
        f"{' or '.join(map(str, types))}, {use}",
        *(PriceKey("sagemaker", str(one), use) for one in types),
        count=group.get("InstanceCount"),
        prepaid=plan,
        note=note,
    )


def _file_system(environment: Properties) -> Iterable[Charge]:
    file_system: Any = environment.get("FSxLustreConfig")
    if file_system:
        tier = file_system.get("PerUnitStorageThroughput")
        yield kept(
            f"FSx of restricted groups, {tier}",
            PriceKey("fsx", f"restricted groups {tier}", "storage"),
            count=file_system.get("SizeInGiB"),
            unit="GB-month",
        )


def _kubernetes(resource: Resource) -> Iterable[Charge]:
    extended = resource.part("UpgradePolicy").get("SupportType") == "EXTENDED"
    yield running(
        "EKS control plane",
        PriceKey("eks", "cluster", "standard support"),
        note="six times as much once the version is in extended support" if extended else "",
    )
    kinds = resource.part("Logging", "ClusterLogging").get("EnabledTypes")
    if kinds:
        key = PriceKey("cloudwatch", "logs", "ingested")
        yield used("logs of the control plane", "control_plane_logs_gb", key, "GB")


def _metrics(resource: Resource) -> Iterable[Charge]:
    for text, usage, component, unit in (
        ("metrics taken in", "metric_samples", "samples", "10,000,000 samples"),
        ("metrics kept", "metric_storage_gb", "storage", "GB-month"),
        ("metrics read", "metric_samples_read", "samples read", "1,000,000,000 samples"),
    ):
        yield used(text, usage, PriceKey("prometheus", "metrics", component), unit)


def _grafana(resource: Resource) -> Iterable[Charge]:
    for kind in ("editor", "viewer"):
        key = PriceKey("grafana", "user", kind)
        yield used(f"{kind}s who sign in", f"grafana_{kind}s", key, "user-month")


RULES = {
    "AWS::APS::Workspace": _metrics,
    "AWS::EKS::Cluster": _kubernetes,
    "AWS::Grafana::Workspace": _grafana,
    "AWS::SageMaker::Cluster": _cluster,
}
