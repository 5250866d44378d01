"""Settings of data sources of projects."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from stacks.fields import Name, Settings, validation_error
from stacks.unified_studio.fields import (
    DataSourceSchedule,
    DataZoneTimeZone,
    Key,
    TablePattern,
)

FormValue = str | int | bool


class DataSourceSettings(Settings):
    """Tables of a layer as assets of the project, for the catalog of the domain."""

    description: Annotated[str, Field(max_length=2048)] | None = None
    """Description that people see. Defaults to none."""
    layer: Name
    """Layer of the lakehouse."""
    tables: Annotated[list[TablePattern], Field(min_length=1)] = ["*"]
    """Patterns of tables, with `*`. Defaults to all."""
    exclude: list[TablePattern] = []
    """Patterns of tables that are left out."""
    schedule: DataSourceSchedule | None = None
    """When tables are imported again. Defaults to never: the first run is at the deployment."""
    time_zone: DataZoneTimeZone | None = None
    """Time zone of the schedule as Amazon DataZone names it, such as `EUROPE_PARIS`. Defaults to
    UTC."""
    publish: bool = True
    """Whether assets are published at once, so that everyone finds them. Otherwise a member
    publishes them."""
    quality: bool = True
    """Whether results of data quality rules come with the assets."""
    business_names: bool = False
    """Whether names for people are generated."""
    forms: Annotated[dict[Key, dict[Key, FormValue]], Field(max_length=9)] = {}
    """Metadata forms that all its assets get, with the values of their fields, by the keys of
    `catalog.forms`. The value of a term is its key. The class of the layer comes by itself."""
    enabled: bool = True
    """Whether it runs."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.time_zone is not None and self.schedule is None:
            raise validation_error(
                "must not be given without a schedule. Add schedule, or remove the line",
                at="time_zone",
                value=self.time_zone,
            )
        if self.schedule is not None and not self.enabled:
            raise validation_error(
                "must not be given while enabled is false. Remove the line",
                at="schedule",
                value=self.schedule,
            )
        return self
