"""Rules of the feature store.

Source: https://aws.amazon.com/sagemaker/ai/pricing/ (Feature Store: reads, writes and storage of
online stores, reserved or by request). Files of offline stores are billed with their bucket.
"""

from collections.abc import Iterable

from sagemaker_platform.catalog.prices import PriceKey
from sagemaker_platform.costs.charge import Charge, running, used
from sagemaker_platform.costs.resource import Resource

_MILLION = "1,000,000 units"


def _group(resource: Resource) -> Iterable[Charge]:
    online = resource.part("OnlineStoreConfig")
    storage = str(online.get("StorageType", "Standard"))
    item = f"feature store {storage}"
    reserved = resource.part("ThroughputConfig")
    if reserved.get("ThroughputMode") == "Provisioned":
        for kind in ("Read", "Write"):
            units = reserved.get(f"Provisioned{kind}CapacityUnits", 0)
            if units:
                key = PriceKey("sagemaker", item, f"reserved {kind.lower()}s")
                yield running(f"reserved {kind.lower()}s of features", key, count=units)
    else:
        for kind in ("reads", "writes") if online else ("writes",):
            key = PriceKey("sagemaker", item, kind)
            yield used(f"{kind} of features, {storage}", f"feature_{kind}", key, _MILLION)
    if online:
        yield used(
            f"online store of features, {storage}",
            "feature_storage_gb",
            PriceKey("sagemaker", item, "storage"),
            "GB-month",
        )


RULES = {"AWS::SageMaker::FeatureGroup": _group}
