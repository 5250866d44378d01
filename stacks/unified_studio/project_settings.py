"""Settings of projects that the platform owns."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from stacks.fields import Settings, TeamName, validation_error
from stacks.unified_studio.connection_settings import ConnectionSettings
from stacks.unified_studio.data_source_settings import DataSourceSettings
from stacks.unified_studio.fields import Key, ParameterName, Title, UnitPath
from stacks.unified_studio.who_settings import Who, WhoSettings


class ProjectSettings(Settings):
    """A project that the platform owns. People create others in the portal."""

    name: Title
    """Name that people see. It can change; the key cannot."""
    description: Annotated[str, Field(max_length=2048)] | None = None
    """Description that people see. Defaults to none."""
    profile: Key
    """Key of the project profile. A change replaces the project."""
    unit: UnitPath | None = None
    """Path of its unit by the keys, such as `research/vision`. Defaults to the whole domain."""
    team: TeamName | None = None
    """Key of `teams`. Its people are members, its unit is that of the project, and it pays: what
    the project consists of has the tag `team`."""
    owners: Annotated[list[Who], Field(min_length=1)] = []
    """Users and groups that own the project: they add members and can delete it. With `team`, in
    addition to its owners; else required."""
    contributors: list[Who] = []
    """Users and groups that work in the project."""
    parameters: dict[Key, dict[ParameterName, str]] = {}
    """Values of editable parameters of the profile, by the key of the part."""

    connections: dict[Key, ConnectionSettings] = {}
    """Connections to what the environment has, by their names in the project."""
    data_sources: dict[Key, DataSourceSettings] = {}
    """Tables that the project offers in the catalog, by the name of the data source. They need a
    connection of the kind `lakehouse`."""

    @property
    def members(self) -> Iterator[tuple[str, WhoSettings]]:
        """Users and groups, by the path of their key below the project."""
        for group in ("owners", "contributors"):
            yield from ((f"{group}.{n}", who) for n, who in enumerate(getattr(self, group)))

    @property
    def catalog_connection(self) -> str | None:
        """Name of the first connection to the Glue Data Catalog."""
        return next((key for key, one in self.connections.items() if one.lakehouse), None)

    @property
    def has_content(self) -> bool:
        """Whether it has more than its members."""
        return bool(self.connections or self.data_sources)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.owners and self.team is None:
            raise validation_error("must be given. Add owners, or a team", at="owners")
        if self.data_sources and self.catalog_connection is None:
            raise validation_error(
                "must have a connection of the kind lakehouse. Add catalog: {lakehouse: {}} to "
                "connections",
                at="data_sources",
            )
        seen: dict[tuple[str, str], str] = {}
        for at, who in self.members:
            if (earlier := seen.setdefault(who.identity, at)) != at:
                raise validation_error(
                    f"must not be a member twice: {earlier} has it already. An owner contributes "
                    "too",
                    at=at,
                    value=who.identity[1],
                )
        return self
