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
    """Dimensions besides the endpoint and the schedule, which metrics of bias and
    explainability have, such as `{Facet: age, FacetValue: "40"}`."""

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
    """Constraints of the baseline in S3, such as those that a pipeline's step wrote. If omitted,
    the monitor reports figures and finds no violations."""
    every_hours: Annotated[int, Field(ge=1, le=24)] = 24
    """Interval of the runs. SageMaker takes whole hours up to a day, and starts each run up to
    20 minutes late."""
    from_hour: Annotated[int, Field(ge=0, le=23)] = 0
    """Hour of the day in UTC from which intervals count."""
    instance_type: ProcessingInstanceType = "ml.m5.xlarge"
    """What a run takes."""
    volume_size_gib: Annotated[int, Field(ge=1, le=16_384)] = 20
    """Size of its volume, which holds the captured data of one interval."""
    max_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """After which a run is stopped."""
    limits: Annotated[list[MetricLimitSettings], Field(max_length=50)] = []
    """Limits of metrics, which are alarms."""

    @model_validator(mode="after")
    def _check_monitor(self) -> Self:
        if has_local_storage(self.instance_type):
            raise validation_error(
                "must be a type without local disks, which take no key",
                at="instance_type",
                value=self.instance_type,
            )
        if self.every_hours == 1 and self.from_hour:
            raise validation_error(
                "must be omitted with every_hours: 1, which runs in every hour",
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
                raise validation_error(
                    "must not be the same limit twice", at=f"limits.{index}", value=limit.metric
                )
            seen.append(limit)
        return self


class DataQualityMonitorSettings(MonitorSettings):
    """Whether requests and answers look like the data of the training."""

    statistics: File | None = None
    """Statistics of the baseline in S3, with which drift is computed."""


class LabeledMonitorSettings(MonitorSettings):
    """What monitors have that compare answers with labels."""

    ground_truth: S3Uri
    """Prefix in S3 of the labels, which your team delivers below `yyyy/mm/dd/hh/`."""
    inference: Expression | None = None
    """Where the prediction is in a captured answer."""
    probability: Expression | None = None
    """Where the probability is in a captured answer."""
    probability_threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    """From which probability a class is positive."""
    start_offset: Offset | None = None
    """When the window of the data begins, before a run, such as `-P2D`. Labels that arrive late
    need an earlier window. If omitted, one interval."""
    end_offset: Offset | None = None
    """When the window ends, before a run, such as `-P1D`. If omitted, at the run."""

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
                "must be given together with probability, which it is a threshold of",
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
                "must come with inference or probability, which say where the prediction is",
                at="problem_type",
                value=self.problem_type,
            )
        if self.problem_type == "Regression" and self.probability is not None:
            raise validation_error(
                "must be omitted for Regression, which has none. Give inference",
                at="probability",
                value=self.probability,
            )
        return self


class BiasMonitorSettings(LabeledMonitorSettings):
    """Whether predictions treat groups alike, by SageMaker Clarify."""

    config: File
    """Clarify's analysis configuration in S3."""
    features: Expression | None = None
    """Where the features are in a captured request in JSON."""


class ExplainabilityMonitorSettings(MonitorSettings):
    """Whether the features still count as much as before, by SageMaker Clarify."""

    config: File
    """Clarify's analysis configuration in S3. Its predictor has the `endpoint_name` of this
    endpoint, which answers the requests of the analysis too."""
    features: Expression | None = None
    """Where the features are in a captured request in JSON."""
    inference: Expression | None = None
    """Where the prediction is in a captured answer."""
    probability: Expression | None = None
    """Where the probability is in a captured answer."""


class RetrainingSettings(Settings):
    """A pipeline of this environment that violations start."""

    pipeline: Name
    """Name of the pipeline; in SageMaker, it is called `<environment>-<name>`."""
    monitors: Annotated[list[Kind], Field(min_length=1, max_length=4)]
    """Violations of which monitors start it."""
    parameters: Annotated[dict[str, str], Field(max_length=200)] = {}
    """Values of its parameters."""


class MonitoringSettings(Settings):
    """Watching what an endpoint is asked and answers, with SageMaker Model Monitor."""

    data_quality: DataQualityMonitorSettings | None = None
    """Whether requests and answers look like the data of the training."""
    model_quality: ModelQualityMonitorSettings | None = None
    """Whether predictions are right, by labels that arrive later."""
    bias: BiasMonitorSettings | None = None
    """Whether predictions treat groups alike."""
    explainability: ExplainabilityMonitorSettings | None = None
    """Whether the features still count as much as before."""
    retraining: RetrainingSettings | None = None
    """Pipeline that violations start; if omitted, they are told only."""

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
            raise validation_error(f"watches nothing: give {', '.join(KINDS)}, or remove the block")
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
                    f"must be a monitor with constraints: without, it finds no violations. Give "
                    f"{kind}.constraints",
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
        raise _refusal("must come with data_capture, whose files it reads. Add one", at)
    if capture.redaction is not None:
        raise _refusal(
            "must come without data_capture.redaction: SageMaker reads the files that the endpoint "
            "writes, and with redaction nothing but its function may",
            at,
        )
    for kind, _ in monitoring.monitors:
        missing = [one for one in _NEEDS[kind] if capture.capture not in ("both", one)]
        if missing:
            raise _refusal(
                f"must come with {' and '.join(missing)} in data_capture.capture, which keeps "
                f"{capture.capture} only. Use both",
                f"monitoring.{kind}",
            )
    for key in ("variants", "shadow", "shadow_experiment"):
        if getattr(endpoint, key, None):
            raise _refusal(f"must come without {key}: {_ONE_MODEL}", at)
    if getattr(endpoint, "invocation", "serial") == "direct":
        raise _refusal(f"must come with invocation: serial: {_ONE_MODEL}, or a pipeline", at)


def _refusal(rule: str, at: str) -> Exception:
    return validation_error(rule, at=at, value=at.rpartition(".")[2])


class MonitoredSettings(Settings):
    """An endpoint that SageMaker can monitor."""

    monitoring: MonitoringSettings | None = None
    """Watching requests and answers, with SageMaker Model Monitor; if omitted, nothing does."""

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
