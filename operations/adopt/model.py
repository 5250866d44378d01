"""Describes models and their containers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from operations.adopt.found import Asking, Keys, Note, slug, without_none
from operations.assembly import Json

_LONGEST = 63


def model_of(asking: Asking, name: str | None, at: Keys, notes: list[Note]) -> Json:
    """Return what AWS tells of a model; empty if it does not."""
    model = asking.ask("sagemaker", "describe_model", ModelName=name) if name else {}
    if name and not model:
        notes.append(Note(at, f"The model {name} cannot be read: give its image and data"))
    return model


def containers_of(model: Json) -> Sequence[Json]:
    """Return the containers of a model."""
    primary = model.get("PrimaryContainer")
    found: Sequence[Json] = model.get("Containers") or ([primary] if primary else [])
    return found


def keys_of(asking: Asking, container: Json, at: Keys, notes: list[Note]) -> Json:
    """Return the settings of a container.

    Args:
        asking: asks the account.
        container: as SageMaker describes it.
        at: where the settings will be.
        notes: get what has no key.
    """
    environment = container.get("Environment") or {}
    image, data = container.get("Image"), container.get("ModelDataUrl")
    if package := container.get("ModelPackageName"):
        image, data = _of_package(asking, package, image, data)
        notes.append(
            Note(
                at,
                f"The model was made of {package}. To follow the registry, give model_package with "
                "arn or latest_approved in place of image and model_data, and run make models",
            )
        )
    source: Json = (container.get("ModelDataSource") or {}).get("S3DataSource", {})
    compression = None
    if source:
        data = source["S3Uri"]
        prefix = source.get("S3DataType") == "S3Prefix"
        if prefix and not data.endswith("/"):
            data = f"{data}/"
        if not prefix and source.get("CompressionType") == "None":
            compression = "none"
        if source.get("HubAccessConfig"):
            text = "The data comes from a hub: give hub_content in place of image and model_data"
            notes.append(Note(at, text))
    for one in container.get("AdditionalModelDataSources", []):
        uri = one.get("S3DataSource", {}).get("S3Uri", "")
        text = f"Loads a further model {one['ChannelName']} from {uri}, for which there is no key"
        notes.append(Note(at, text))
    if (container.get("ImageConfig") or {}).get("RepositoryAccessMode") == "Vpc":
        notes.append(Note(at, "Its image comes from a registry in the VPC: copy it to ECR"))
    return without_none(
        {
            "image": image,
            "model_data": data,
            "model_data_compression": compression,
            "environment": dict(environment) or None,
        }
    )


def _of_package(
    asking: Asking, package: str, image: str | None, data: str | None
) -> tuple[str | None, str | None]:
    described = asking.ask(
        "sagemaker",
        "describe_model_package",
        ModelPackageName=package,
        # Otherwise, AWS decrypts the model card, which takes kms:Decrypt.
        IncludedData="MetadataOnly",
    )
    containers = described.get("InferenceSpecification", {}).get("Containers", [])
    if not containers:
        return image, data
    one: Json = containers[0]
    source = one.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri")
    return image or one.get("Image"), data or one.get("ModelDataUrl") or source


def type_of(model: Json) -> str:
    """Return the type of endpoint that the containers of a model make."""
    containers = containers_of(model)
    if len(containers) > 1:
        return "multi_container"
    if containers and containers[0].get("Mode") == "MultiModel":
        return "multi_model"
    return "real_time"


def blocks_of(
    asking: Asking, model: Json, at: Keys, notes: list[Note]
) -> Iterator[tuple[str, Any]]:
    """Yield the settings of a model as part of an endpoint: containers, or one container."""
    containers = containers_of(model)
    kind = type_of(model)
    if kind == "multi_container":
        mode = model.get("InferenceExecutionConfig", {}).get("Mode", "Serial")
        yield "invocation", mode.lower()
        yield (
            "containers",
            [
                {
                    "name": slug(
                        one.get("ContainerHostname") or f"container-{index + 1}", _LONGEST
                    ),
                    **keys_of(asking, one, (*at, "containers", index), notes),
                }
                for index, one in enumerate(containers)
            ],
        )
    elif containers:
        yield from keys_of(asking, containers[0], at, notes).items()
        if kind == "multi_model":
            cache = containers[0].get("MultiModelConfig", {}).get("ModelCacheSetting")
            if cache == "Disabled":
                yield "cache_models", False
    if model.get("EnableNetworkIsolation"):
        yield "network_isolation", True
