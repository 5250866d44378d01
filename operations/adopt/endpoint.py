"""Describes an endpoint with its configuration, models, autoscaling and capture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from operations.adopt.component import components_of
from operations.adopt.found import (
    Asking,
    Existing,
    Found,
    Keys,
    Note,
    divide,
    slug,
    without_none,
)
from operations.adopt.model import blocks_of, model_of, type_of
from operations.adopt.scaling import scaling_of
from operations.assembly import Json

_LONGEST, _LONGEST_VARIANT = 42, 20
_AT: Keys = ("inference", "endpoints", 0)
_ROUTING: Mapping[str, str] = {
    "RANDOM": "random",
    "LEAST_OUTSTANDING_REQUESTS": "least_outstanding_requests",
    "PREFIX_AWARE": "prefix_aware",
}
_CAPTURE: Mapping[frozenset[str], str] = {
    frozenset({"Input", "Output"}): "both",
    frozenset({"InputAndOutput"}): "both",
    frozenset({"Input"}): "requests",
    frozenset({"Output"}): "responses",
}


def read(asking: Asking, identifier: str, environment: str | None) -> Found:
    """Return an endpoint as settings.

    Args:
        asking: asks the account.
        identifier: name or ARN of the endpoint.
        environment: name of the environment; if None, derived.
    """
    name = identifier.rpartition("/")[2]
    described = asking.require("sagemaker", "describe_endpoint", EndpointName=name)
    name, arn = described["EndpointName"], described["EndpointArn"]
    config_name = described["EndpointConfigName"]
    config = asking.require("sagemaker", "describe_endpoint_config", EndpointConfigName=config_name)
    chosen, own = divide(name, environment, _LONGEST)
    found = Found(
        environment=chosen,
        block={},
        key_arn=config.get("KmsKeyId"),
        tags=asking.tags(arn),
        resources=[
            Existing(
                "AWS::SageMaker::Endpoint",
                {"EndpointArn": arn},
                {"EndpointName": name, "EndpointConfigName": config_name},
            )
        ],
    )
    block = {"name": own, **_endpoint(asking, described, config, found)}
    found.block = {"inference": {"endpoints": [block]}}
    names = [config_name, *(one["ModelName"] for one in _variants(config) if "ModelName" in one)]
    found.left.append(
        f"configuration and models {', '.join(dict.fromkeys(names))}: SageMaker cannot change "
        "them, so that a deploy makes others. Delete them once the endpoint has its new ones"
    )
    return found


def _variants(config: Json) -> list[Json]:
    return [*config.get("ProductionVariants", []), *config.get("ShadowProductionVariants", [])]


def _endpoint(asking: Asking, described: Json, config: Json, found: Found) -> Json:
    variants: list[Json] = config["ProductionVariants"]
    first = variants[0]
    notes, name = found.notes, described["EndpointName"]
    if "ModelName" not in first:
        block = _shared(asking, described, config, found)
    else:
        model = model_of(asking, first["ModelName"], _AT, notes)
        _network(model, found)
        block = {
            "type": _type(first, config, model),
            **dict(blocks_of(asking, model, _AT, notes)),
            **_instances(first, _counts(described), _AT, notes),
        }
        block |= _scaled(asking, name, first, block, found, _AT)
        if len(variants) > 1:
            block |= _others(asking, described, variants, found)
        for one in config.get("ShadowProductionVariants", [])[:1]:
            at = (*_AT, "shadow")
            shadow = model_of(asking, one["ModelName"], at, notes)
            share = one.get("InitialVariantWeight", 1) / (first.get("InitialVariantWeight") or 1)
            block["shadow"] = {
                **dict(blocks_of(asking, shadow, at, notes)),
                **_instances(one, _counts(described), at, notes),
                "sampling_percentage": max(1, min(100, round(share * 100))),
            }
            block["shadow"].pop("network_isolation", None)
    block |= dict(_of_config(config, block["type"], notes))
    if not config.get("KmsKeyId"):
        text = "Volumes are encrypted with a key of AWS today, and with the environment's after"
        notes.append(Note(_AT, text))
    return block


def _type(variant: Json, config: Json, model: Json) -> str:
    if "ServerlessConfig" in variant:
        return "serverless"
    return "asynchronous" if "AsyncInferenceConfig" in config else type_of(model)


def _network(model: Json, found: Found) -> None:
    network: Json = model.get("VpcConfig", {})
    found.subnets = network.get("Subnets", [])
    if groups := network.get("SecurityGroupIds"):
        text = (
            f"The model is in the security groups {', '.join(groups)}: a deployment moves it to a "
            "new one"
        )
        found.notes.append(Note(_AT, text))
    elif model:
        text = "The model has no network today, and runs in the environment's VPC after a deploy"
        found.notes.append(Note(_AT, text))


def _counts(described: Json) -> Mapping[str, int]:
    return {
        one["VariantName"]: one.get("DesiredInstanceCount") or one.get("CurrentInstanceCount", 0)
        for one in (
            *described.get("ProductionVariants", []),
            *described.get("ShadowProductionVariants", []),
        )
    }


def _instances(variant: Json, counts: Mapping[str, int], at: Keys, notes: list[Note]) -> Json:
    """Return what a variant runs on."""
    if serverless := variant.get("ServerlessConfig"):
        return without_none(
            {
                "memory_mb": serverless["MemorySizeInMB"],
                "max_concurrency": serverless["MaxConcurrency"],
                "provisioned_concurrency": serverless.get("ProvisionedConcurrency"),
            }
        )
    pools = sorted(variant.get("InstancePools", []), key=lambda one: one.get("Priority", 0))
    for one in pools:
        if override := one.get("ModelNameOverride"):
            text = (
                f"{one['InstanceType']} serves the model {override}: the platform makes one model"
            )
            notes.append(Note(at, f"{text} for each pool type that needs another image"))
    routing: Json = variant.get("RoutingConfig", {})
    prefix: Json = routing.get("PrefixAwareRoutingConfig", {})
    count = counts.get(variant["VariantName"]) or variant.get("InitialInstanceCount")
    for member in ("CoreDumpConfig", "AcceleratorPartitionLayouts", "AcceleratorType"):
        if variant.get(member):
            notes.append(Note(at, f"{member} has no settings key: a deployment removes it"))
    if variant.get("EnableSSMAccess"):
        notes.append(Note(at, "SSM access to its hosts is on today: a deployment turns it off"))
    return without_none(
        {
            "instance_type": variant.get("InstanceType"),
            "instance_pools": [one["InstanceType"] for one in pools],
            "instance_count": count or None,
            "volume_size_gb": variant.get("VolumeSizeInGB"),
            "provision_timeout_seconds": variant.get("VariantInstanceProvisionTimeoutInSeconds"),
            "model_data_download_timeout_seconds": variant.get("ModelDataDownloadTimeoutInSeconds"),
            "container_startup_timeout_seconds": variant.get(
                "ContainerStartupHealthCheckTimeoutInSeconds"
            ),
            "inference_ami_version": variant.get("InferenceAmiVersion"),
            "routing": without_none(
                {
                    "strategy": _ROUTING.get(routing["RoutingStrategy"]),
                    "prefix_length": prefix.get("PrefixLength"),
                    "concurrency_threshold": prefix.get("ConcurrencyThreshold"),
                }
            )
            if routing
            else None,
            "capacity_reservation_arn": variant.get("CapacityReservationConfig", {}).get(
                "MlReservationArn"
            ),
        }
    )


def _scaled(
    asking: Asking, endpoint: str, variant: Json, block: Json, found: Found, at: Keys
) -> Json:
    """Return the autoscaling of a variant, with an instance count within its limits."""
    serverless = "ServerlessConfig" in variant
    unit = "concurrency" if serverless else "instances"
    scaling, targets, old = scaling_of(
        asking,
        f"endpoint/{endpoint}/variant/{variant['VariantName']}",
        unit,
        (*at, "autoscaling"),
        found.notes,
    )
    if scaling is None:
        return {}
    found.resources += targets
    found.left += old
    key = "provisioned_concurrency" if serverless else "instance_count"
    least = max(1, scaling.get(f"min_{unit}", 0))
    return {
        key: min(max(block.get(key, 1), least), scaling[f"max_{unit}"]),
        "autoscaling": scaling,
    }


def _others(asking: Asking, described: Json, variants: list[Json], found: Found) -> Json:
    """Return the further variants of an endpoint, which divide the requests."""
    others = []
    for index, one in enumerate(variants[1:]):
        at = (*_AT, "variants", index)
        model = model_of(asking, one.get("ModelName"), at, found.notes)
        block = {
            "name": slug(one["VariantName"], _LONGEST_VARIANT),
            **dict(blocks_of(asking, model, at, found.notes)),
            "weight": one.get("InitialVariantWeight", 1),
            **_instances(one, _counts(described), at, found.notes),
        }
        block.pop("network_isolation", None)
        block |= _scaled(asking, described["EndpointName"], one, block, found, at)
        others.append(block)
    return {"weight": variants[0].get("InitialVariantWeight", 1), "variants": others}


def _shared(asking: Asking, described: Json, config: Json, found: Found) -> Json:
    """Return an endpoint whose instances components share."""
    [variant, *_] = config["ProductionVariants"]
    scaling: Json = variant.get("ManagedInstanceScaling", {})
    policy: Json = scaling.get("ScaleInPolicy", {})
    found.subnets = config.get("VpcConfig", {}).get("Subnets", [])
    block = {
        "type": "inference_components",
        **_instances(variant, _counts(described), _AT, found.notes),
        **({"network_isolation": True} if config.get("EnableNetworkIsolation") else {}),
    }
    if scaling.get("Status") == "ENABLED":
        block["instance_scaling"] = without_none(
            {
                "min_instances": scaling.get("MinInstanceCount"),
                "max_instances": scaling.get("MaxInstanceCount"),
                "scale_in": without_none(
                    {
                        "strategy": str(policy["Strategy"]).lower(),
                        "max_step": policy.get("MaximumStepSize"),
                        "cooldown_minutes": policy.get("CooldownInMinutes"),
                    }
                )
                if policy
                else None,
            }
        )
    block["components"] = components_of(asking, described["EndpointName"], found, _AT)
    return block


def _of_config(config: Json, kind: str, notes: list[Note]) -> Iterator[tuple[str, Any]]:
    capture: Json = config.get("DataCaptureConfig", {})
    if capture.get("EnableCapture"):
        headers: Json = capture.get("CaptureContentTypeHeader", {})
        modes = frozenset(one["CaptureMode"] for one in capture.get("CaptureOptions", []))
        text = f"Goes to {capture['DestinationS3Uri']}, after a deployment to a new bucket"
        notes.append(Note((*_AT, "data_capture"), text))
        yield (
            "data_capture",
            without_none(
                {
                    "sampling_percentage": capture.get("InitialSamplingPercentage"),
                    "capture": _CAPTURE.get(modes, "both"),
                    "csv_content_types": headers.get("CsvContentTypes", []),
                    "json_content_types": headers.get("JsonContentTypes", []),
                }
            ),
        )
    if queue := config.get("AsyncInferenceConfig"):
        output: Json = queue.get("OutputConfig", {})
        text = f"Results go to {output.get('S3OutputPath')}, after a deployment to a new bucket"
        notes.append(Note(_AT, text))
        most = queue.get("ClientConfig", {}).get("MaxConcurrentInvocationsPerInstance")
        if most:
            yield "max_concurrent_invocations_per_instance", most
        if output.get("NotificationConfig"):
            yield "notifications", {"sns": True}
    if metrics := config.get("MetricsConfig"):
        yield (
            "metrics",
            without_none(
                {
                    "enhanced": metrics.get("EnableEnhancedMetrics"),
                    "publish_seconds": metrics.get("MetricPublishFrequencyInSeconds"),
                }
            ),
        )
    cap = config.get("CrossRegionTrafficConfig")
    if cap and kind != "asynchronous":
        yield (
            "cross_region_traffic",
            {
                "percent": cap["MaxCrossRegionPercentPerEndpoint"],
                "requests_per_second_per_instance": cap["MaxInvocationsPerSecondPerInstance"],
            },
        )
    if config.get("ExplainerConfig"):
        notes.append(Note(_AT, "It explains its answers (Clarify): write `explainer`"))
