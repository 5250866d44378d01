"""Extension points of the lakehouse: catalogs and tables that other capabilities hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.lakehouse.permission_settings import GrantSettings
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


class GrantsTables:
    """A capability with tables in layers of the lakehouse, which personas query."""

    def table_grants(self) -> Sequence[GrantSettings]:
        """Return the grants on its tables. They count where only grants give access."""
        return ()


def table_grants_of(environment: EnvironmentSettings) -> list[GrantSettings]:
    """Return the grants on tables of all capabilities."""
    return [grant for one in environment.implementing(GrantsTables) for grant in one.table_grants()]
