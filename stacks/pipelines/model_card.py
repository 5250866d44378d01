"""What a model card of a version in the model registry must be.

Source: SageMaker AI Developer Guide, "Update the Details of a Model Version", "Model package model
card schema" (docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html); read 2026-11-27.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
)

_Text1024 = Annotated[StrictStr, Field(max_length=1024)]
_Text2048 = Annotated[StrictStr, Field(max_length=2048)]
_Short = Annotated[StrictStr, Field(min_length=1)]
_Axis = Annotated[StrictStr, Field(max_length=63)]
_Number = StrictInt | StrictFloat


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Overview(_Closed):
    model_creator: _Text1024 | None = None
    model_artifact: list[_Text1024] = []


class _Uses(_Closed):
    purpose_of_model: _Text2048 = ""
    intended_uses: _Text2048 = ""
    factors_affecting_model_efficiency: _Text2048 = ""
    risk_rating: Literal["High", "Medium", "Low", "Unknown"] = "Unknown"
    explanations_for_risk_rating: _Text2048 = ""


class _Business(_Closed):
    business_problem: _Text2048 = ""
    business_stakeholders: _Text2048 = ""
    line_of_business: _Text2048 = ""


class _TrainingMetric(_Closed):
    name: _Short
    notes: _Text1024 = ""
    value: _Number


class _HyperParameter(_Closed):
    name: _Short
    value: _Short


class _TrainingImages(_Closed):
    container_image: list[_Text1024] = []


class _TrainingJob(_Closed):
    training_arn: _Text1024 = ""
    training_datasets: list[_Text1024] = []
    training_environment: _TrainingImages = _TrainingImages()
    training_metrics: list[_TrainingMetric] = []
    user_provided_training_metrics: list[_TrainingMetric] = []
    hyper_parameters: list[_HyperParameter] = []
    user_provided_hyper_parameters: list[_HyperParameter] = []


class _Training(_Closed):
    # AWS's schema says nothing of what is in an objective function.
    objective_function: Any = None
    training_observations: _Text1024 = ""
    training_job_details: _TrainingJob = _TrainingJob()


class _Metric(_Closed):
    name: _Short
    notes: _Text1024 = ""
    type: Literal["number", "string", "boolean", "linear_graph", "bar_chart", "matrix"]
    value: _Number | StrictBool | _Axis | list[_Number] | list[list[_Number]]
    x_axis_name: _Axis | list[_Axis] = ""
    y_axis_name: _Axis | list[_Axis] = ""


class _MetricGroup(BaseModel):
    name: _Short
    metric_data: list[_Metric]


class _Evaluation(_Closed):
    name: _Short
    evaluation_observation: Annotated[StrictStr, Field(max_length=2096)] = ""
    evaluation_job_arn: Annotated[StrictStr, Field(max_length=256)] = ""
    datasets: Annotated[list[_Text1024], Field(max_length=10)] = []
    metadata: dict[str, _Text1024] = {}
    metric_groups: list[_MetricGroup] = []


class _Additional(_Closed):
    ethical_considerations: _Text2048 = ""
    caveats_and_recommendations: _Text2048 = ""
    custom_details: dict[str, _Text1024] = {}


class _Card(_Closed):
    model_overview: _Overview = _Overview()
    intended_uses: _Uses = _Uses()
    business_details: _Business = _Business()
    training_details: _Training = _Training()
    evaluation_details: list[_Evaluation] = []
    additional_information: _Additional = _Additional()


def wrong_card(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the path in a model card of each mistake, and the rule."""
    try:
        _Card.model_validate(card)
    except ValidationError as error:
        for one in error.errors():
            path = ".".join(str(part) for part in one["loc"])
            rule = "there is no such key" if one["type"] == "extra_forbidden" else one["msg"]
            yield path, rule
