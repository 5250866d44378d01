"""Extension point of the lakehouse: catalogs of data that other capabilities hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.settings import EnvironmentSettings


class OffersCatalogs:
    """A capability with catalogs of data outside the lakehouse. Grants may name them."""

    def catalogs(self) -> Mapping[str, str]:
        """Return Glue's names of the catalogs, by the names that grants use."""
        return {}


def catalogs_of(environment: EnvironmentSettings) -> dict[str, str]:
    """Return the catalogs of all capabilities."""
    return {
        name: catalog
        for one in environment.implementing(OffersCatalogs)
        for name, catalog in one.catalogs().items()
    }
