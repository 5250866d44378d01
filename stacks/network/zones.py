"""Availability zones: names, which differ from account to account, and ids, which do not."""

import re

_SIDES = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c"}

_NOT_IN_EVERY_ACCOUNT = frozenset(
    {"ap-northeast-1b", "ca-central-1c", "us-east-1e", "us-west-1a", "us-west-1b", "us-west-1c"}
)
"""Names of zones that some accounts lack, or that have few instance types.

AWS closes old zones to new accounts and publishes no list of their names. Taken on 2026-11-27
from AWS re:Post ("Find Availability Zone options") and from public reports about these regions.
"""


# Regions with more than three zones, and how many (AWS Regions and Availability Zones guide, "AZ
# IDs", 2026-11). Names and ids count up to there.
_ZONES = {"us-east-1": 6, "us-west-2": 4, "ap-northeast-1": 4, "ap-northeast-2": 4}
_MOST_ZONES = 6


def is_zone_id(zone: str) -> bool:
    """Return whether a zone is named by its id, such as ``euw1-az1``."""
    return "-az" in zone


def region_of_zone_ids(region: str) -> str:
    """Return what ids of zones of a region begin with, such as ``euw1`` for ``eu-west-1``.

    (AWS Regions and Availability Zones guide: "AZ IDs".)
    """
    *words, number = region.split("-")
    return words[0] + "".join(_short(word) for word in words[1:]) + number


def is_in_region(zone: str, region: str) -> bool:
    """Return whether a zone, by its name or id, is in a region."""
    if is_zone_id(zone):
        return zone.partition("-")[0] == region_of_zone_ids(region)
    return zone[:-1] == region


def number_of(zone: str) -> int:
    """Return the number of a zone within its region: 1 for ``eu-west-1a`` and ``euw1-az1``."""
    return int(zone.rpartition("az")[2]) if is_zone_id(zone) else ord(zone[-1]) - ord("a") + 1


def may_exist(zone: str) -> bool:
    """Return whether any region has so many zones."""
    return 1 <= number_of(zone) <= _MOST_ZONES


def doubtful(zones: list[str], region: str) -> list[str]:
    """Return the zones that not every account has, or that the region may not have."""
    if not zones:
        return []
    # Regions skip numbers of zones that they once had, such as az3 of ca-central-1.
    most = max(4, _ZONES.get(region, 0)) if is_zone_id(zones[0]) else _ZONES.get(region, 3)
    return [zone for zone in zones if zone in _NOT_IN_EVERY_ACCOUNT or number_of(zone) > most]


def _short(word: str) -> str:
    """Return the letters of a word of a region: `northeast` is `ne`, `gov` is `g`."""
    found = re.findall("|".join(_SIDES), word)
    return "".join(_SIDES[side] for side in found) if "".join(found) == word else word[0]
