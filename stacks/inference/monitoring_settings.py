"""Settings of monitoring endpoints.

Source: SageMaker guide, "Monitor models for data and model quality, bias, and explainability" and
its pages on data capture, schedules, and each kind; read 2026-11-27.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sagemaker_platform.catalog.local_disks import has_local_storage
from stacks.fields import Name, ProcessingInstanceType, S3Uri, Settings, validation_error

KINDS = ("data_quality", "model_quality", "bias", "explainability")
Kind = Literal["data_quality", "model_quality", "bias", "explainability"]
_ONE_MODEL = "SageMaker monitors only endpoints of a single model"


def _file(value: str) -> str:
    if not re.fullmatch(r"s3://[^/]+/.*[^/]", value):
        raise validation_error("must be one object s3://bucket/key")
    return value


def _offset(value: str) -> str:
    # API reference, MonitoringTimeOffsetString; hours and days are what schedules count in.
    if not re.fullmatch(r"-P([0-9]{1,2}D|T[0-9]{1,3}H)|P0D|PT0H", value):
        raise validation_error(
            "must be a duration before the run, in days or hours, such as -P1D or -PT6H"
        )
    return value


def _hours(value: str) -> int:
    amount = int(re.sub(r"\D", "", value))
    return amount * 24 if value.endswith("D") else amount


File = Annotated[S3Uri, AfterValidator(_file)]
Offset = Annotated[str, AfterValidator(_offset)]
Expression = Annotated[str, Field(min_length=1, max_length=256)]
"""JMESPath in JSON, or the index of a column in CSV."""


class MetricLimitSettings(Settings):
    """A limit of a metric that a monitor publishes, as an alarm."""

    metric: Annotated[str, Field(min_length=1, max_length=255)]
    """Name of the metric, such as `feature_baseline_drift_age`, `auc`, or `bias_metric_DPL`."""
    above: float | None = None
    """An alarm goes off above it."""
    below: float | None = None
    """An alarm goes off below it."""
    dimensions: Annotated[dict[str, str], Field(max_length=20)] = {}
    """Dimensions in addition to the endpoint and the schedule. Metrics of bias and
    explainability need them, such as `{Facet: age, FacetValue: "40"}`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise validation_error(
                "must have one of above and below", at="metric", value=self.metric
            )
        return self


class MonitorSettings(Settings):
    """What monitors of all kinds have."""

    constraints: File | None = None
    """S3 URI of the baseline's constraints, such as the output of a pipeline step. If omitted,
    the monitor publishes metrics but finds no violations."""
    every_hours: Annotated[int, Field(ge=1, le=24)] = 24
    """Interval of the runs, in whole hours up to a day. SageMaker can start a run up to 20
    minutes late."""
    from_hour: Annotated[int, Field(ge=0, le=23)] = 0
    """Hour of the day in UTC at which the first interval starts."""
    instance_type: ProcessingInstanceType = "ml.m5.xlarge"
    """Instance type of a run."""
    volume_size_gib: Annotated[int, Field(ge=1, le=16_384)] = 20
    """Size of the volume. It must hold the captured data of one interval."""
    max_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """Time after which a run is stopped."""
    limits: Annotated[list[MetricLimitSettings], Field(max_length=50)] = []
    """Thresholds of metrics. Each creates an alarm."""

    @model_validator(mode="after")
    def _check_monitor(self) -> Self:
        if has_local_storage(self.instance_type):
            raise validation_error(
                (
                    "must be a type without local disks, because local disks support no "
                    "encryption key"
                ),
                at="instance_type",
                value=self.instance_type,
            )
        if self.every_hours == 1 and self.from_hour:
            raise validation_error(
                "must be omitted with every_hours: 1, which runs every hour. Remove the line",
                at="from_hour",
                value=self.from_hour,
            )
        if self.max_minutes > self.every_hours * 60:
            raise validation_error(
                f"must be at most {self.every_hours * 60}, the interval of the runs",
                at="max_minutes",
                value=self.max_minutes,
            )
        seen: list[MetricLimitSettings] = []
        for index, limit in enumerate(self.limits):
            if limit in seen:
                raise validation_error("must be unique", at=f"limits.{index}", value=limit.metric)
            seen.append(limit)
        return self


class DataQualityMonitorSettings(MonitorSettings):
    """Monitors data quality: drift of requests and responses from the training data."""

    statistics: File | None = None
    """S3 URI of the baseline's statistics, which drift is computed from."""


class LabeledMonitorSettings(MonitorSettings):
    """What monitors have that compare answers with labels."""

    ground_truth: S3Uri
    """S3 prefix of the labels. Your team writes them to `yyyy/mm/dd/hh/` below it."""
    inference: Expression | None = None
    """Location of the prediction in a captured response."""
    probability: Expression | None = None
    """Location of the probability in a captured response."""
    probability_threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    """Probability from which a prediction counts as positive."""
    start_offset: Offset | None = None
    """Start of the data window, relative to the run, such as `-P2D`. Labels that arrive late
    need an earlier window. Defaults to one interval."""
    end_offset: Offset | None = None
    """End of the data window, relative to the run, such as `-P1D`. Defaults to the time of the
    run."""

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        if (self.start_offset is None) != (self.end_offset is None):
            key = "end_offset" if self.start_offset is None else "start_offset"
            raise validation_error(
                "must be given together with the other offset of the window",
                at=key,
                value=getattr(self, key),
            )
        start, end = self.start_offset, self.end_offset
        if start is not None and end is not None and _hours(start) <= _hours(end):
            raise validation_error(
                f"must be before end_offset ({end})", at="start_offset", value=start
            )
        if self.probability_threshold is not None and self.probability is None:
            raise validation_error(
                "requires probability, to which the threshold applies",
                at="probability_threshold",
                value=self.probability_threshold,
            )
        return self


class ModelQualityMonitorSettings(LabeledMonitorSettings):
    """Whether predictions are right, by labels."""

    problem_type: Literal["BinaryClassification", "MulticlassClassification", "Regression"]
    """What the model predicts."""

    @model_validator(mode="after")
    def _check_problem(self) -> Self:
        if self.inference is None and self.probability is None:
            raise validation_error(
                "requires inference or probability, which locate the prediction",
                at="problem_type",
                value=self.problem_type,
            )
        if self.problem_type == "Regression" and self.probability is not None:
            raise validation_error(
                "must be omitted for Regression, which has no probability. Set inference",
                at="probability",
                value=self.probability,
            )
        return self


class BiasMonitorSettings(LabeledMonitorSettings):
    """Whether predictions treat groups alike, by SageMaker Clarify."""

    config: File
    """Clarify's analysis configuration in S3."""
    features: Expression | None = None
    """Location of the features in a captured JSON request."""


class ExplainabilityMonitorSettings(MonitorSettings):
    """Whether the features still count as much as before, by SageMaker Clarify."""

    config: File
    """Clarify's analysis configuration in S3. Its predictor must have the `endpoint_name` of
    this endpoint, which also answers the requests of the analysis."""
    features: Expression | None = None
    """Location of the features in a captured JSON request."""
    inference: Expression | None = None
    """Location of the prediction in a captured response."""
    probability: Expression | None = None
    """Location of the probability in a captured response."""


class RetrainingSettings(Settings):
    """A pipeline of this environment that violations start."""

    pipeline: Name
    """Name of the pipeline; in SageMaker, it is called `<environment>-<name>`."""
    monitors: Annotated[list[Kind], Field(min_length=1, max_length=4)]
    """Monitors whose violations start the pipeline."""
    parameters: Annotated[dict[str, str], Field(max_length=200)] = {}
    """Values of the pipeline's parameters."""


class MonitoringSettings(Settings):
    """Watching what an endpoint is asked and answers, with SageMaker Model Monitor."""

    data_quality: DataQualityMonitorSettings | None = None
    """Monitors data quality: drift of requests and responses from the training data."""
    model_quality: ModelQualityMonitorSettings | None = None
    """Monitors model quality: predictions compared with labels that arrive later."""
    bias: BiasMonitorSettings | None = None
    """Monitors bias of predictions between groups."""
    explainability: ExplainabilityMonitorSettings | None = None
    """Monitors feature attribution drift."""
    retraining: RetrainingSettings | None = None
    """Pipeline that violations start. Optional. If omitted, violations only raise notices."""

    @property
    def monitors(self) -> Iterator[tuple[Kind, MonitorSettings]]:
        """The monitors, each with its kind."""
        kinds: tuple[Kind, ...] = ("data_quality", "model_quality", "bias", "explainability")
        for kind in kinds:
            found: MonitorSettings | None = getattr(self, kind)
            if found is not None:
                yield kind, found

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = dict(self.monitors)
        if not known:
            raise validation_error(
                f"must have a monitor: {', '.join(KINDS)}. Add one, or remove the block"
            )
        for index, kind in enumerate(self.retraining.monitors if self.retraining else ()):
            at = f"retraining.monitors.{index}"
            if kind not in known:
                raise validation_error(
                    f"must be a monitor of the endpoint, which has {', '.join(known)}",
                    at=at,
                    value=kind,
                )
            if known[kind].constraints is None:
                raise validation_error(
                    "must be a monitor with constraints, which violations are measured "
                    f"against. Set {kind}.constraints",
                    at=at,
                    value=kind,
                )
        return self


_NEEDS = {
    "data_quality": ("requests",),
    "model_quality": ("responses",),
    "bias": ("requests", "responses"),
    "explainability": ("requests",),
}


def check_monitored(endpoint: Any) -> None:
    """Refuse monitors whose data the endpoint does not keep, or that SageMaker does not run.

    Args:
        endpoint: a real-time endpoint, or one of several containers.
    """
    monitoring: MonitoringSettings | None = endpoint.monitoring
    if monitoring is None:
        return
    [(first, _), *_] = list(monitoring.monitors)
    at = f"monitoring.{first}"
    capture = endpoint.data_capture
    if capture is None:
        raise _refusal("requires data_capture, whose files it reads. Add the block", at)
    if capture.redaction is not None:
        raise _refusal(
            "must not be combined with data_capture.redaction, because SageMaker cannot "
            "read captured files that only the redaction function can read",
            at,
        )
    for kind, _ in monitoring.monitors:
        missing = [one for one in _NEEDS[kind] if capture.capture not in ("both", one)]
        if missing:
            raise _refusal(
                f"requires {' and '.join(missing)} in data_capture.capture, which captures "
                f"only {capture.capture}. Use both",
                f"monitoring.{kind}",
            )
    for key in ("variants", "shadow", "shadow_experiment"):
        if getattr(endpoint, key, None):
            raise _refusal(f"must not be combined with {key}: {_ONE_MODEL}", at)
    if getattr(endpoint, "invocation", "serial") == "direct":
        raise _refusal(f"requires invocation: serial, because {_ONE_MODEL}, or a pipeline", at)


def _refusal(rule: str, at: str) -> Exception:
    return validation_error(rule, at=at, value=at.rpartition(".")[2])


class MonitoredSettings(Settings):
    """An endpoint that SageMaker can monitor."""

    monitoring: MonitoringSettings | None = None
    """Monitoring of requests and responses with SageMaker Model Monitor. Optional."""

    @model_validator(mode="after")
    def _check_monitoring(self) -> Self:
        check_monitored(self)
        return self


class UnmonitoredSettings(Settings):
    """An endpoint that SageMaker does not monitor.

    Attributes:
        unmonitored: why, as AWS says.
    """

    unmonitored: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _refuse_monitoring(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("monitoring") is not None:
            raise validation_error(
                f"must be of an endpoint of type real_time or multi_container: {cls.unmonitored}. "
                "Remove the block",
                at="monitoring",
                value=data.get("type"),
            )
        return data
