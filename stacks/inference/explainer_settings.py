"""Settings of explanations next to the answers of a model."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.fields import Settings, validation_error

Expression = Annotated[str, Field(min_length=1, max_length=64)]
Names = list[Annotated[str, Field(min_length=1, max_length=64)]]


def _object(value: str) -> str:
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^*?$\s]*[^*?$\s/]", value):
        raise validation_error("must be one object s3://bucket/key")
    return value


class TextFeatureSettings(Settings):
    """How features that are texts are explained."""

    language: Annotated[str, Field(min_length=2, max_length=3, pattern=r"^[a-z]+$")]
    """Language code, such as `en`."""
    granularity: Literal["token", "sentence", "paragraph"]
    """Unit of text that is one feature."""


class ClarifyInferenceSettings(Settings):
    """How Clarify reads requests and answers of the container."""

    feature_headers: Annotated[Names, Field(min_length=1, max_length=256)] | None = None
    """Names of the features, used in the explanations."""
    feature_types: (
        Annotated[
            list[Literal["numerical", "categorical", "text"]], Field(min_length=1, max_length=256)
        ]
        | None
    ) = None
    """Types of the features. Requires `text_features`. Defaults to the types in the baseline."""
    features_attribute: Expression | None = None
    """JMESPath of the features in a record of JSON Lines."""
    content_template: Expression | None = None
    """Record of JSON Lines, with $features or $feature_names and $features."""
    label_headers: Annotated[Names, Field(min_length=1, max_length=16)] | None = None
    """Names of the classes or of the predicted value."""
    label_index: Annotated[int, Field(ge=0)] | None = None
    """Column of the labels in a CSV response, from 0."""
    label_attribute: Expression | None = None
    """JMESPath of the labels in a JSON Lines response."""
    probability_index: Annotated[int, Field(ge=0)] | None = None
    """Column of the probability in a CSV response, from 0. Defaults to all columns."""
    probability_attribute: Expression | None = None
    """JMESPath of the probability in a JSON Lines response."""
    max_record_count: Annotated[int, Field(ge=1)] | None = None
    """Records in one request to the container."""
    max_payload_in_mb: Annotated[int, Field(ge=1, le=25)] | None = None
    """Size of one request to the container. Defaults to 6."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for what in ("label", "probability"):
            index, attribute = getattr(self, f"{what}_index"), getattr(self, f"{what}_attribute")
            if index is not None and attribute is not None:
                raise validation_error(
                    (
                        f"must not be combined with {what}_attribute: one is for CSV, the other "
                        "for JSON Lines. Remove one of them"
                    ),
                    at=f"{what}_index",
                    value=index,
                )
        return self


class ExplainerSettings(Settings):
    """Clarify's online explanations: how much each feature has to do with an answer.

    The container has to take and give CSV or JSON Lines.
    """

    shap_baseline: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    """Baseline records, as they are sent to the container. Alternative: `shap_baseline_uri`."""
    shap_baseline_uri: Annotated[str, AfterValidator(_object)] | None = None
    """S3 URI of the baseline records."""
    mime_type: Literal["text/csv", "application/jsonlines"] = "text/csv"
    """Type of the baseline."""
    number_of_samples: Annotated[int, Field(ge=1)] | None = None
    """Number of synthetic records per explained record. Defaults to Clarify's choice."""
    seed: int | None = None
    """Seed. The same seed gives the same explanations. Defaults to a random seed."""
    use_logit: bool = False
    """Whether to explain log-odds instead of probabilities."""
    text_features: TextFeatureSettings | None = None
    """How text features are explained. Optional."""
    enable_explanations: Expression | None = None
    """JMESPath that selects the records to explain. Defaults to all. A request can override it."""
    inference: ClarifyInferenceSettings = ClarifyInferenceSettings()
    """Format of requests and responses."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.shap_baseline is None) == (self.shap_baseline_uri is None):
            raise validation_error("must have one of shap_baseline and shap_baseline_uri")
        types = self.inference.feature_types
        if types is not None and (self.text_features is None or "text" not in types):
            raise validation_error(
                ("must include text, and requires text_features: feature types are for text only"),
                at="inference.feature_types",
                value=types,
            )
        return self

    @property
    def inference_config(self) -> dict[str, Any]:
        """How requests and answers are read, in CloudFormation's words."""
        return {_camel(key): value for key, value in self.inference if value is not None}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)
