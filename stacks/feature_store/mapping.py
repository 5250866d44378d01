"""Turns settings of feature groups into what the constructs take."""

from collections.abc import Mapping
from typing import Any

from sagemaker_platform.feature_store import (
    Feature,
    OfflineStore,
    OnlineStore,
    ProvisionedThroughput,
    TimeToLive,
)
from sagemaker_platform.lakehouse import LakehouseLayer
from stacks.feature_store.settings import FeatureGroupSettings, OnlineStoreSettings

_TYPES: Mapping[str, Any] = {
    "string": "String",
    "integral": "Integral",
    "fractional": "Fractional",
}
_STORAGE: Mapping[str, Any] = {"standard": "Standard", "in_memory": "InMemory"}


def features(settings: FeatureGroupSettings) -> list[Feature]:
    """Return the features of a group."""
    return [Feature(name=one.name, type=_TYPES[one.type]) for one in settings.features]


def online_store(settings: OnlineStoreSettings | None) -> OnlineStore | None:
    """Return the online store of a group, None for none."""
    if settings is None:
        return None
    ttl: Any = settings.ttl
    return OnlineStore(
        storage=_STORAGE[settings.storage],
        ttl=TimeToLive(value=ttl.value, unit=ttl.unit.title()) if ttl else None,
    )


def offline_store(
    settings: FeatureGroupSettings, layers: Mapping[str, LakehouseLayer]
) -> OfflineStore | None:
    """Return the offline store of a group, None for none."""
    if settings.offline is None:
        return None
    return OfflineStore(
        layer=layers[settings.offline.layer],
        table=settings.table,
        iceberg=settings.offline.format == "iceberg",
    )


def throughput(settings: FeatureGroupSettings) -> ProvisionedThroughput | None:
    """Return the reserved capacity of a group, None for none."""
    if settings.throughput is None:
        return None
    return ProvisionedThroughput(**settings.throughput.model_dump())
