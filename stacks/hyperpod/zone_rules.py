"""Zones of EKS control planes."""

from collections.abc import Iterator, Sequence

from sagemaker_platform.catalog.kubernetes import ZONES_WITHOUT_CONTROL_PLANE
from stacks.fields import validation_error
from stacks.network.zones import doubtful, is_zone_id, region_of_zone_ids


def control_plane_zones(zones: Sequence[str]) -> list[str]:
    """Return the zones of the control plane: the first two, without those that EKS refuses."""
    return [zone for zone in zones if zone not in ZONES_WITHOUT_CONTROL_PLANE][:2]


def check_control_plane(zones: Sequence[str]) -> None:
    """Refuse ids of zones of which fewer than two have control planes."""
    if len(control_plane_zones(zones)) < 2:
        refused = [zone for zone in zones if zone in ZONES_WITHOUT_CONTROL_PLANE]
        raise validation_error(
            "must have two zones for the control plane of an EKS cluster. EKS does not "
            f"support {' and '.join(refused)}. Name another zone",
            at="network.availability_zones",
            value=list(zones),
        )


def control_plane_warnings(zones: Sequence[str], region: str) -> Iterator[str]:
    """Yield what may be wrong with zones by name, which mean other zones in other accounts."""
    prefix = region_of_zone_ids(region)
    refused = [zone for zone in ZONES_WITHOUT_CONTROL_PLANE if zone.startswith(f"{prefix}-")]
    doubted = doubtful(control_plane_zones(zones), region)
    if refused and doubted and not is_zone_id(zones[0]):
        yield (
            f"EKS does not support control planes in {refused[0]}, which "
            f"{' or '.join(doubted)} may be in this account. Check it with `aws ec2 "
            f"describe-availability-zones --region {region}`, or give ids of zones in "
            "network.availability_zones"
        )
