"""Describes inference components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from operations.adopt.found import Asking, Existing, Found, Keys, slug, without_none
from operations.adopt.model import containers_of, keys_of, model_of
from operations.adopt.scaling import scaling_of
from operations.assembly import Json

_LONGEST, _LONGEST_ADAPTER = 30, 20
_PLACEMENT: Mapping[str, str] = {"SPREAD": "spread", "BINPACK": "binpack"}


def components_of(asking: Asking, endpoint: str, found: Found, at: Keys) -> list[Json]:
    """Return the components of an endpoint as settings.

    Args:
        asking: asks the account.
        endpoint: name of the endpoint.
        found: gets resources and notes.
        at: where the endpoint's settings will be.
    """
    described = [
        component
        for one in asking.every(
            "sagemaker",
            "list_inference_components",
            "InferenceComponents",
            EndpointNameEquals=endpoint,
        )
        if (
            component := asking.ask(
                "sagemaker",
                "describe_inference_component",
                InferenceComponentName=one["InferenceComponentName"],
            )
        )
    ]
    bases = [one for one in described if not _base(one)]
    blocks = []
    for index, one in enumerate(bases):
        where = (*at, "components", index)
        name = one["InferenceComponentName"]
        adapters = [other for other in described if _base(other) == name]
        found.resources.append(_existing(one))
        found.resources += map(_existing, adapters)
        block = _component(asking, one, endpoint, found, where)
        if adapters:
            block["adapters"] = [_adapter(other, name) for other in adapters]
        blocks.append(block)
    return blocks


def _base(component: Json) -> str:
    return str(_specification(component).get("BaseInferenceComponentName", ""))


def _specification(component: Json) -> Json:
    found: Json = component.get("Specification") or (component.get("Specifications") or [{}])[0]
    return found


def _existing(component: Json) -> Existing:
    name = component["InferenceComponentName"]
    return Existing(
        "AWS::SageMaker::InferenceComponent",
        {"InferenceComponentArn": component["InferenceComponentArn"]},
        {"InferenceComponentName": name, "EndpointName": component["EndpointName"]},
        where={"InferenceComponentName": name},
    )


def _short(name: str, before: str, longest: int) -> str:
    return slug(name.removeprefix(f"{before}-"), longest)


def _component(asking: Asking, one: Json, endpoint: str, found: Found, at: Keys) -> Json:
    name, spec = one["InferenceComponentName"], _specification(one)
    by_type = one.get("Specifications") or []
    start: Json = spec.get("StartupParameters", {})
    block: Json = {
        "name": _short(name, endpoint, _LONGEST),
        **_container(asking, spec, found, at),
        **(
            {
                "compute_by_type": [
                    {"instance_type": other["InstanceType"], **_compute(other)} for other in by_type
                ]
            }
            if len(by_type) > 1
            else {"compute": _compute(spec)}
        ),
    }
    scheduling: Json = spec.get("SchedulingConfig", {})
    block |= without_none(
        {
            "copies": one.get("RuntimeConfig", {}).get("DesiredCopyCount") or None,
            "cache_data": spec.get("DataCacheConfig", {}).get("EnableCaching"),
            "placement": without_none(
                {
                    "strategy": _PLACEMENT.get(scheduling["PlacementStrategy"]),
                    "max_zone_imbalance": scheduling.get("AvailabilityZoneBalance", {}).get(
                        "MaxImbalance"
                    ),
                }
            )
            if scheduling.get("PlacementStrategy")
            else None,
            "model_data_download_timeout_seconds": start.get("ModelDataDownloadTimeoutInSeconds"),
            "container_startup_timeout_seconds": start.get(
                "ContainerStartupHealthCheckTimeoutInSeconds"
            ),
        }
    )
    scaling, targets, old = scaling_of(
        asking, f"inference-component/{name}", "copies", (*at, "autoscaling"), found.notes
    )
    if scaling is not None:
        found.resources += targets
        found.left += old
        block["autoscaling"] = scaling
        least = max(1, scaling.get("min_copies", 0))
        block["copies"] = min(max(block.get("copies", 1), least), scaling["max_copies"])
    return block


def _container(asking: Asking, spec: Json, found: Found, at: Keys) -> Json:
    if name := spec.get("ModelName"):
        model = model_of(asking, name, at, found.notes)
        found.subnets = found.subnets or model.get("VpcConfig", {}).get("Subnets", [])
        containers = containers_of(model)
        return keys_of(asking, containers[0], at, found.notes) if containers else {}
    container: Json = spec.get("Container", {})
    return without_none(
        {
            "image": container.get("DeployedImage", {}).get("SpecifiedImage"),
            "model_data": container.get("ArtifactUrl"),
            "environment": container.get("Environment") or None,
        }
    )


def _compute(spec: Json) -> Json:
    needs: Json = spec.get("ComputeResourceRequirements", {})
    accelerators = needs.get("NumberOfAcceleratorDevicesRequired")
    found: dict[str, Any] = {
        "min_memory_mb": needs.get("MinMemoryRequiredInMb"),
        "max_memory_mb": needs.get("MaxMemoryRequiredInMb"),
        "accelerators": int(accelerators) if accelerators else None,
        "cpu_cores": needs.get("NumberOfCpuCoresRequired"),
    }
    return without_none(found)


def _adapter(component: Json, base: str) -> Json:
    container: Json = _specification(component).get("Container", {})
    name = component["InferenceComponentName"]
    return {
        "name": _short(name, base, _LONGEST_ADAPTER),
        "model_data": container.get("ArtifactUrl", ""),
    }
