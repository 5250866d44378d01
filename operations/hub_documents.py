"""Documents of models in hubs: what they say about serving a model.

Source: `sagemaker-core` 2.27.0, ``jumpstart/hub/interfaces.py`` (``HubModelDocument``) and
``jumpstart/types.py`` (``JumpStartMetadataConfigs``, ``JumpStartInstanceTypeVariants``), read on
2026-11-27. A document has base fields and may have ranked configurations, whose components
replace base fields. AWS's clients take the first configuration of the ranking that supports the
instance type, and so does `read_document`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stacks.inference.lock import (
    LockedCompute,
    LockedConfiguration,
    LockedModel,
    LockedVariant,
)

Document = Mapping[str, Any]

_RANKING = "overall"
# Data besides the model's own, such as a draft model; models from AWS Marketplace.
_UNSUPPORTED = ("HostingAdditionalDataSources", "HostingModelPackageArn", "HostingModelPackageArns")
# What a component never replaces (``OVERRIDING_DENY_LIST``).
_FIXED = ("ModelId", "Url", "Version", "MinSdkVersion", "GatedBucket", "ResourceNameBase")
_LEAST_TIMEOUT, _MOST_TIMEOUT = 60, 3600


class DocumentError(ValueError):
    """A document of a model that cannot be served; the message says why."""


def read_document(document: Document, *, reference: str | None) -> LockedModel:
    """Return what a document says about serving its model.

    Args:
        document: the document of the hub content.
        reference: ARN of the reference in a private hub that gives access to the data, if any.

    Raises:
        DocumentError: it names no container, or its scripts are not packed.
    """
    best, *others = _configurations(document)
    eulas = [one["HostingEulaUri"] for one in (best, *others) if one.get("HostingEulaUri")]
    return LockedModel(
        **_read(best),
        hub_content_arn=reference,
        eula=eulas[0] if eulas else None,
        configurations=[LockedConfiguration(**_read(one)) for one in others],
    )


def _configurations(document: Document) -> list[Document]:
    """Return the document in each configuration, the best first; at least as it is."""
    configs: Document = document.get("InferenceConfigs") or {}
    components: Document = document.get("InferenceConfigComponents") or {}
    ranking = (document.get("InferenceConfigRankings") or {}).get(_RANKING) or {}
    found = []
    for name in ranking.get("Rankings") or sorted(configs):
        resolved = document
        for component in (configs.get(name) or {}).get("ComponentNames") or []:
            changes = components.get(component) or {}
            resolved = _merged(resolved, {k: v for k, v in changes.items() if k not in _FIXED})
        if not any(resolved.get(key) for key in _UNSUPPORTED):
            found.append(resolved)
    # Without instance types it is for all, and what follows is never chosen.
    return found or [document]


def _merged(document: Document, changes: Document) -> Document:
    """Return a document with changes, which replace all but objects."""
    found = dict(document)
    for key, changed in changes.items():
        value, old = changed, found.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            value = _merged(old, value)
        found[key] = value
    return found


def _read(document: Document) -> dict[str, Any]:
    image = document.get("HostingEcrUri")
    if image is None:
        raise DocumentError("its document names no container to serve it")
    packed = document.get("HostingPrepackedArtifactUri")
    with_scripts = document.get("HostingUseScriptUri", True) is not False
    if packed is None and with_scripts and document.get("HostingScriptUri"):
        raise DocumentError(
            "its scripts are not packed with its data, which is required before it can be served"
        )
    data = packed or document.get("HostingArtifactUri")
    kind = document.get("HostingArtifactCompressionType", "Gzip")
    if kind == "Gzip" and str(data).endswith("/"):
        # A prefix is copied as it is, whatever the document says.
        kind = "None"
    return {
        "image": image,
        "model_data": data,
        "compressed": kind == "Gzip",
        "environment": _defaults(document.get("InferenceEnvironmentVariables") or []),
        "instance_types": sorted(document.get("SupportedInferenceInstanceTypes") or []),
        "variants": dict(_variants(document.get("HostingInstanceTypeVariants") or {})),
        "model_data_download_timeout_seconds": _timeout(document, "ModelDataDownloadTimeout"),
        "container_startup_timeout_seconds": _timeout(
            document, "ContainerStartupHealthCheckTimeout"
        ),
        "inference_ami_version": document.get("InferenceAmiVersion") or None,
        "volume_size_gb": _number(document, "InferenceVolumeSize"),
        "network_isolation": document.get("InferenceEnableNetworkIsolation") is True,
        "compute": _compute(document.get("HostingResourceRequirements") or {}),
    }


def _number(document: Document, key: str) -> int | None:
    """Return a whole number, which documents write as a number or as text."""
    value = document.get(key)
    if value in (None, "", 0):
        return None
    try:
        return int(str(value))
    except ValueError:
        raise DocumentError(f"its document has {key} {value!r}; must be a whole number") from None


def _timeout(document: Document, key: str) -> int | None:
    seconds = _number(document, key)
    # Of those that SageMaker takes (``ProductionVariant``).
    return None if seconds is None else min(_MOST_TIMEOUT, max(_LEAST_TIMEOUT, seconds))


def _compute(found: Document) -> LockedCompute:
    # As ``NumAccelerators`` or ``num_accelerators``, by the age of the document.
    values = {key.replace("_", "").lower(): value for key, value in found.items()}
    cores = values.get("numcpus")
    return LockedCompute(
        accelerators=_number(values, "numaccelerators"),
        cpu_cores=None if cores is None else float(cores),
        min_memory_mb=_number(values, "minmemorymb"),
    )


def _defaults(variables: Sequence[Document]) -> dict[str, str]:
    """Return environment variables that have a value."""
    return {
        variable["Name"]: str(variable["Default"])
        for variable in variables
        if variable.get("Default") not in (None, "")
    }


def _variants(found: Document) -> Iterator[tuple[str, LockedVariant]]:
    """Return what differs by instance type or family; images are named by aliases there."""
    aliases = found.get("Aliases") or {}
    for name, variant in (found.get("Variants") or {}).items():
        properties = variant.get("Properties") or {}
        image = properties.get("ImageUri")
        if image is not None and image.startswith("$"):
            image = aliases.get(image.removeprefix("$"))
        environment = properties.get("EnvironmentVariables") or {}
        data = properties.get("PrepackedArtifactUri") or properties.get("ArtifactUri")
        one = LockedVariant(
            image=image,
            model_data=data if str(data).startswith("s3://") else None,
            environment={key: str(value) for key, value in environment.items()},
            compute=_compute(properties.get("ResourceRequirements") or {}),
        )
        if one != LockedVariant():
            yield name, one
