"""Rules of endpoints.

Source: https://aws.amazon.com/sagemaker/ai/pricing/ (hosting by instance and second, volumes,
serverless by memory and second). AWS lists asynchronous endpoints as a component of their own.
"""

from collections.abc import Iterable
from typing import Any

from sagemaker_platform.catalog.prices import PriceKey
from sagemaker_platform.costs.charge import Charge, as_number, kept, product, running, used
from sagemaker_platform.costs.resource import Properties, Resource


def _configuration(resource: Resource) -> Iterable[Charge]:
    use = "asynchronous" if resource.part("AsyncInferenceConfig") else "hosting"
    for variant in resource.list("ProductionVariants", "ShadowProductionVariants"):
        if "ServerlessConfig" in variant:
            yield from _serverless(resource, variant)
        else:
            yield from _instances(resource, variant, use)


def _instances(resource: Resource, variant: Properties, use: str) -> Iterable[Charge]:
    pools = variant.get("InstancePools") or [variant]
    types = [str(one["InstanceType"]) for one in pools if "InstanceType" in one]
    least, most = _counts(resource, variant)
    reserved = variant.get("CapacityReservationConfig", {}).get("MlReservationArn") is not None
    yield running(
        f"{' or '.join(types)}, {use}",
        *(PriceKey("sagemaker", one, use) for one in types),
        count=least,
        most=most,
        prepaid=reserved,
        note="paid in advance with its reservation" if reserved else "",
    )
    if "VolumeSizeInGB" in variant:
        size = variant["VolumeSizeInGB"]
        yield kept(
            "volumes of endpoint instances",
            PriceKey("sagemaker", "volume", use),
            count=product(least, size),
            most=product(most, size),
            unit="GB-month",
        )


def _counts(resource: Resource, variant: Properties) -> tuple[Any, Any]:
    if limits := resource.template.instances(resource.id, variant.get("VariantName")):
        return limits
    count = variant.get("InitialInstanceCount", 1)
    managed = variant.get("ManagedInstanceScaling", {})
    if managed.get("Status") != "ENABLED":
        return count, count
    return managed.get("MinInstanceCount", count), managed.get("MaxInstanceCount", count)


def _serverless(resource: Resource, variant: Properties) -> Iterable[Charge]:
    settings = variant["ServerlessConfig"]
    memory = as_number(settings.get("MemorySizeInMB"))
    size = "?" if memory is None else f"{memory / 1024:.0f}"
    yield used(
        f"serverless inference with {size} GB while it works",
        "serverless_seconds",
        PriceKey("sagemaker", f"serverless {size} GB", "hosting"),
        "second",
    )
    limits = resource.template.concurrency(resource.id, variant.get("VariantName"))
    provisioned = settings.get("ProvisionedConcurrency")
    if limits or provisioned:
        least, most = limits or (provisioned, provisioned)
        yield running(
            f"serverless inference with {size} GB, provisioned concurrency",
            PriceKey("sagemaker", f"serverless {size} GB", "provisioned concurrency"),
            count=least,
            most=most,
        )


def _experiment(resource: Resource) -> Iterable[Charge]:
    shadows = [
        one.get("ShadowModelVariantName")
        for one in resource.part("ShadowModeConfig").get("ShadowModelVariants", [])
    ]
    for variant in resource.list("ModelVariants"):
        # SageMaker adds the shadow's instances to those of the endpoint.
        if variant.get("VariantName") not in shadows:
            continue
        machines = variant.get("InfrastructureConfig", {}).get("RealTimeInferenceConfig", {})
        yield running(
            f"{machines.get('InstanceType')}, shadow of an experiment",
            PriceKey("sagemaker", str(machines.get("InstanceType")), "hosting"),
            count=machines.get("InstanceCount"),
            note="while the experiment runs",
        )


def _fast_model_loader(resource: Resource) -> Iterable[Charge]:
    kind = str(resource.properties.get("InstanceType"))
    yield used(
        f"{kind}, for each job that prepares a model",
        "fast_model_loader_hours",
        PriceKey("sagemaker", kind, "training"),
        "hour",
    )


def _router(resource: Resource) -> Iterable[Charge]:
    """Yield what requests cost that leave the region; AWS names no price of routers themselves."""
    regions = {
        str(one.get("ResourceArn")).split(":")[3]
        for target in resource.list("RoutingTargets")
        for one in target.get("Destinations", ())
    }
    if len(regions) > 1:
        yield used(
            "requests that a router sends to other regions",
            "router_transfer_gb",
            PriceKey("sagemaker", "inference router", "data to other regions"),
            "GB",
        )


def _monitor(resource: Resource) -> Iterable[Charge]:
    kind = str(resource.part("JobResources").get("ClusterConfig", {}).get("InstanceType"))
    yield used(
        f"{kind}, for each run of a monitor",
        "monitoring_hours",
        PriceKey("sagemaker", kind, "processing"),
        "hour",
    )


RULES = {
    "AWS::SageMaker::DataQualityJobDefinition": _monitor,
    "AWS::SageMaker::EndpointConfig": _configuration,
    "AWS::SageMaker::InferenceExperiment": _experiment,
    "AWS::SageMaker::ModelBiasJobDefinition": _monitor,
    "AWS::SageMaker::ModelExplainabilityJobDefinition": _monitor,
    "AWS::SageMaker::ModelQualityJobDefinition": _monitor,
    "Custom::FastModelLoader": _fast_model_loader,
    "Custom::InferenceRouter": _router,
}
