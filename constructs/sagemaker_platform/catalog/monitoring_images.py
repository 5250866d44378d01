"""Images of AWS that monitor endpoints."""

from functools import cache
from typing import Literal

from sagemaker_platform.catalog.table import rows

MonitoringImage = Literal["analyzer", "clarify"]

_NAMES: dict[MonitoringImage, tuple[str, str]] = {
    # AWS publishes no tag but the newest.
    "analyzer": ("sagemaker-model-monitor-analyzer", ""),
    "clarify": ("sagemaker-clarify-processing", ":1.0"),
}


@cache
def monitoring_regions(image: MonitoringImage) -> frozenset[str]:
    """Return the regions in which AWS publishes an image."""
    return frozenset(_accounts(image))


def find_monitoring_image(image: MonitoringImage, region: str) -> tuple[str, str]:
    """Return the URI of an image, and the ARN of its repository without the partition.

    Raises:
        KeyError: AWS does not publish it in the region.
    """
    name, tag = _NAMES[image]
    account = _accounts(image)[region]
    suffix = ".cn" if region.startswith("cn-") else ""
    return (
        f"{account}.dkr.ecr.{region}.amazonaws.com{suffix}/{name}{tag}",
        f"ecr:{region}:{account}:repository/{name}",
    )


@cache
def _accounts(image: MonitoringImage) -> dict[str, str]:
    return {row["region"]: row[image] for row in rows("monitoring_registries.csv") if row[image]}
