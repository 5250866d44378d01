"""Features that AWS offers in some regions only. Each capability declares its own.

The lists are snapshots. A region outside of them is an error, because most often it is a mistake.
A team that knows better sets ``region_checks: warning`` in the settings file, and every feature
of the environment outside of its list becomes a warning.
"""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stacks.fields import validation_error


@dataclass(frozen=True, kw_only=True)
class RegionWarning:
    """A feature that a team uses in a region outside of its list.

    Attributes:
        text: what is warned of.
        resource_type: type of its resources in CloudFormation, which the checks of a synth do
            not know in the region either; None if none depends on it.
    """

    text: str
    resource_type: str | None


_warnings: ContextVar[list[RegionWarning] | None] = ContextVar("region warnings", default=None)


@cache
def _table() -> Mapping[str, frozenset[str]]:
    lines = Path(__file__).with_name("regions.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {row["feature"]: frozenset(row["regions"].split()) for row in rows}


def regions_of(feature: str) -> frozenset[str]:
    """Return the regions of a feature in ``regions.csv``, by its type in CloudFormation or name."""
    return _table()[feature]


@contextmanager
def region_warnings(*, enabled: bool) -> Iterator[list[RegionWarning]]:
    """Collect what would be an error in `Feature.check`, as long as the context lasts.

    Args:
        enabled: whether to collect; otherwise, `Feature.check` raises.
    """
    found: list[RegionWarning] = []
    token = _warnings.set(found if enabled else None)
    try:
        yield found
    finally:
        _warnings.reset(token)


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A feature that some regions lack.

    Attributes:
        name: what an error calls it, such as "HyperPod clusters".
        regions: regions that have it. The platform's own features have them from ``regions.csv``,
            with source and date.
        resource_type: type of its resources in CloudFormation. Defaults to none that depends
            on the region.
    """

    name: str
    regions: frozenset[str]
    resource_type: str | None = None

    def check(self, region: str, *, at: str, fix: str = "remove it, or use another region") -> None:
        """Refuse a region that the feature's list lacks, or warn of it in `region_warnings`.

        Args:
            region: region of the environment.
            at: path of the key that asks for the feature.
            fix: what to do.
        """
        if region in self.regions:
            return
        lacks = "CloudFormation does not support" if self.resource_type else "AWS does not offer"
        text = f"requires {self.name}, which {lacks} in {region} according to this project's lists"
        found = _warnings.get()
        if found is not None:
            found.append(
                RegionWarning(
                    text=f"{at}: {text}. region_checks: warning allows it",
                    resource_type=self.resource_type,
                )
            )
            return
        raise validation_error(
            f"{text}: {fix}. If you know that it works there, set region_checks: warning at the "
            "top of this file",
            at=at,
        )
