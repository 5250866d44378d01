"""What settings of monitoring are for the constructs."""

from typing import Any

from sagemaker_platform.inference import MetricLimit, Monitor, Retraining
from stacks.inference.monitoring_settings import (
    MonitoringSettings,
    MonitorSettings,
    RetrainingSettings,
)

_RENAMED = {
    "constraints": "constraints_uri",
    "statistics": "statistics_uri",
    "config": "config_uri",
    "ground_truth": "ground_truth_uri",
}


def monitors_of(settings: MonitoringSettings) -> list[Monitor]:
    """Return what is watched."""
    return [Monitor(kind=kind, **_arguments(monitor)) for kind, monitor in settings.monitors]


def _arguments(settings: MonitorSettings) -> dict[str, Any]:
    given = settings.model_dump(exclude={"limits"}, exclude_none=True)
    limits = [MetricLimit(**one.model_dump()) for one in settings.limits]
    return {_RENAMED.get(key, key): value for key, value in given.items()} | {"limits": limits}


def retraining_of(settings: RetrainingSettings | None, *, environment: str) -> Retraining | None:
    """Return the pipeline that violations start."""
    if settings is None:
        return None
    return Retraining(
        pipeline_name=f"{environment}-{settings.pipeline}",
        kinds=settings.monitors,
        parameters=settings.parameters,
    )
