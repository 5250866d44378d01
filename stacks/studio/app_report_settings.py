"""Settings of the daily report of apps."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from stacks.fields import Settings, validation_error

MetricsBy = Literal["AppType", "Owner"]
_DIMENSIONS: Mapping[str, MetricsBy] = {"app_type": "AppType", "user": "Owner"}


class AppReportSettings(Settings):
    """A daily report of apps that run longer than a limit, with an alarm."""

    max_hours: Annotated[int, Field(ge=1, le=8760)] = 24
    """An app that runs longer is reported."""
    hour_utc: Annotated[int, Field(ge=0, le=23)] = 6
    """Time of the report, in UTC."""
    tolerated_apps: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Number of apps over the limit that raises no alarm."""
    metrics_by: list[Literal["app_type", "user"]] = []
    """Additional dimensions of the metric: the type of app, or the user."""

    @field_validator("metrics_by")
    @classmethod
    def _check_twice(cls, values: list[str]) -> list[str]:
        if len(set(values)) < len(values):
            raise validation_error("names one twice")
        return values

    @property
    def dimensions(self) -> list[MetricsBy]:
        """The dimensions of CloudWatch that ``metrics_by`` stands for."""
        return [_DIMENSIONS[name] for name in self.metrics_by]
