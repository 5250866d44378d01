"""What is watched of an endpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sagemaker_platform.arguments import checks_types, require_each, require_one_of
from sagemaker_platform.catalog.local_disks import has_local_storage

MonitorKind = Literal["data_quality", "model_quality", "bias", "explainability"]
ProblemType = Literal["BinaryClassification", "MulticlassClassification", "Regression"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class MetricLimit:
    """A limit of a metric that a monitor publishes.

    Args:
        metric: name of the metric, such as ``feature_baseline_drift_age`` or ``auc``.
        above: an alarm goes off beyond it.
        below: an alarm goes off below it.
        dimensions: dimensions besides the endpoint and the schedule, which bias and
            explainability have.
    """

    metric: str
    above: float | None = None
    below: float | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise ValueError(f"{self.metric}: expected one of above and below")


@checks_types
@dataclass(frozen=True, kw_only=True)
class Monitor:
    """One kind of monitoring of an endpoint.

    Args:
        kind: ``data_quality``, ``model_quality``, ``bias`` or ``explainability``.
        constraints_uri: S3 URI of the constraints of the baseline.
        statistics_uri: S3 URI of its statistics, of data quality.
        every_hours: from 1 to 24. SageMaker takes no other intervals.
        from_hour: hour of the day in UTC from which intervals count.
        instance_type: of the job; without local disks, which take no key.
        volume_size_gib: of the instance.
        max_minutes: after which a job is stopped.
        config_uri: S3 URI of Clarify's analysis configuration, of bias and explainability.
        ground_truth_uri: S3 URI of the labels, of model quality and bias.
        problem_type: of model quality.
        features: where the features are in a captured record.
        inference: where the prediction is in a captured record.
        probability: where the probability is in a captured record.
        probability_threshold: from which probability a class is positive.
        start_offset: how long before a run the window of the data begins, such as ``-P1D``.
        end_offset: when it ends, such as ``-PT1H``.
        limits: limits of metrics, which are alarms.
    """

    kind: MonitorKind
    constraints_uri: str | None = None
    statistics_uri: str | None = None
    every_hours: int = 24
    from_hour: int = 0
    instance_type: str = "ml.m5.xlarge"
    volume_size_gib: int = 20
    max_minutes: int = 60
    config_uri: str | None = None
    ground_truth_uri: str | None = None
    problem_type: ProblemType | None = None
    features: str | None = None
    inference: str | None = None
    probability: str | None = None
    probability_threshold: float | None = None
    start_offset: str | None = None
    end_offset: str | None = None
    limits: Sequence[MetricLimit] = ()

    def __post_init__(self) -> None:
        require_one_of("kind", self.kind, MonitorKind)
        require_each("limits", self.limits, MetricLimit)
        if not 1 <= self.every_hours <= 24:
            raise ValueError(f"every_hours: got {self.every_hours}; must be from 1 to 24")
        if not 0 <= self.from_hour <= 23:
            raise ValueError(f"from_hour: got {self.from_hour}; must be from 0 to 23")
        if has_local_storage(self.instance_type):
            raise ValueError(
                f"instance_type: got {self.instance_type}; must be a type without local disks, "
                "which take no key"
            )
        for name, kinds in (
            ("config_uri", ("bias", "explainability")),
            ("ground_truth_uri", ("model_quality", "bias")),
            ("problem_type", ("model_quality",)),
        ):
            value = getattr(self, name)
            if (value is not None) != (self.kind in kinds):
                raise ValueError(
                    f"{name}: got {value!r}; must be given for {' and '.join(kinds)}, and only then"
                )

    @property
    def schedule(self) -> str:
        """The cron expression, in one of the forms that SageMaker accepts.

        (SageMaker guide, "Cron expressions for monitoring schedule".)
        """
        if self.every_hours == 1:
            return "cron(0 * ? * * *)"
        step = "" if self.every_hours == 24 else f"/{self.every_hours}"
        return f"cron(0 {self.from_hour}{step} ? * * *)"


@checks_types
@dataclass(frozen=True, kw_only=True)
class Retraining:
    """A pipeline that violations start.

    Args:
        pipeline_name: name of a SageMaker pipeline in the account and region.
        kinds: violations of which monitors start it.
        parameters: values of its parameters.
    """

    pipeline_name: str
    kinds: Sequence[MonitorKind]
    parameters: Mapping[str, str] = field(default_factory=dict)
