"""Quotas of Amazon DataZone that a settings file can exceed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.unified_studio.grant_settings import GrantSettings
    from stacks.unified_studio.settings import HostSettings

# Source: Amazon DataZone User Guide, "Quotas for Amazon DataZone", read 2026-11-27.
UNITS = 500
LEVELS = 5
GRANTS = 20
_ASK = "ask AWS Support whether the quota can be raised"


def warn_of_quotas(host: HostSettings, grants: Sequence[GrantSettings]) -> Iterator[str]:
    """Yield warnings about more units, levels and grants than AWS's quotas allow.

    Args:
        host: settings of the domain.
        grants: all grants of the domain.
    """
    at = "unified_studio.host"
    if len(host.unit_paths) > UNITS:
        yield (
            f"{at}.units: there are {len(host.unit_paths)} units, and AWS's quota is {UNITS} in a "
            f"domain. Remove some, or {_ASK}"
        )
    for path in host.unit_paths:
        if (levels := path.count("/") + 1) > LEVELS:
            yield (
                f"{at}.units: {path} is on level {levels}, and AWS's quota is {LEVELS} levels. "
                f"Move it up, or {_ASK}"
            )
    single = (one for grant in grants for one in grant.single(list(host.all_profiles)))
    for (may, unit), number in Counter((one.may, one.unit) for one in single).items():
        if number > GRANTS:
            where = f"the unit {unit}" if unit else "the domain"
            yield (
                f"{at}.grants: {may} in {where} takes {number} grants, one for each user, group "
                f"and profile, and AWS's quota is {GRANTS}. Name groups or roles in place of "
                f"users, use everyone, or {_ASK}"
            )
