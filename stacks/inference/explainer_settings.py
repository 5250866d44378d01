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
    """Code of the language, such as en."""
    granularity: Literal["token", "sentence", "paragraph"]
    """What of a text is one feature."""


class ClarifyInferenceSettings(Settings):
    """How Clarify reads requests and answers of the container."""

    feature_headers: Annotated[Names, Field(min_length=1, max_length=256)] | None = None
    """Names of the features, which the explanations then have."""
    feature_types: (
        Annotated[
            list[Literal["numerical", "categorical", "text"]], Field(min_length=1, max_length=256)
        ]
        | None
    ) = None
    """Types of the features; with `text_features`. Absent, from the baseline."""
    features_attribute: Expression | None = None
    """JMESPath of the features in a record of JSON Lines."""
    content_template: Expression | None = None
    """Record of JSON Lines, with $features or $feature_names and $features."""
    label_headers: Annotated[Names, Field(min_length=1, max_length=16)] | None = None
    """Names of the classes, or of what is predicted."""
    label_index: Annotated[int, Field(ge=0)] | None = None
    """Column of the labels in an answer in CSV, from 0."""
    label_attribute: Expression | None = None
    """JMESPath of the labels in an answer in JSON Lines."""
    probability_index: Annotated[int, Field(ge=0)] | None = None
    """Column of the probability in an answer in CSV, from 0; if omitted, all of it."""
    probability_attribute: Expression | None = None
    """JMESPath of the probability in an answer in JSON Lines."""
    max_record_count: Annotated[int, Field(ge=1)] | None = None
    """Records in one request to the container."""
    max_payload_in_mb: Annotated[int, Field(ge=1, le=25)] | None = None
    """Size of one request to the container; if omitted: 6."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for what in ("label", "probability"):
            index, attribute = getattr(self, f"{what}_index"), getattr(self, f"{what}_attribute")
            if index is not None and attribute is not None:
                raise validation_error(
                    f"excludes {what}_attribute: one is for CSV, the other for JSON Lines",
                    at=f"{what}_index",
                    value=index,
                )
        return self


class ExplainerSettings(Settings):
    """Clarify's online explanations: how much each feature has to do with an answer.

    The container has to take and give CSV or JSON Lines.
    """

    shap_baseline: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    """Records to compare with, as they are sent to the container; or else
    `shap_baseline_uri`."""
    shap_baseline_uri: Annotated[str, AfterValidator(_object)] | None = None
    """S3 URI of an object that has them."""
    mime_type: Literal["text/csv", "application/jsonlines"] = "text/csv"
    """Type of the baseline."""
    number_of_samples: Annotated[int, Field(ge=1)] | None = None
    """Variations of a record that the model is called with; if omitted, Clarify chooses."""
    seed: int | None = None
    """The same one gives the same explanations; if omitted, each time another."""
    use_logit: bool = False
    """Whether log-odds are explained, and not probabilities."""
    text_features: TextFeatureSettings | None = None
    """How texts are explained; if omitted, there are none."""
    enable_explanations: Expression | None = None
    """JMESPath that says which records are explained; if omitted, all. A request may say
    otherwise."""
    inference: ClarifyInferenceSettings = ClarifyInferenceSettings()
    """How requests and answers are read."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.shap_baseline is None) == (self.shap_baseline_uri is None):
            raise validation_error("must have one of shap_baseline and shap_baseline_uri")
        types = self.inference.feature_types
        if types is not None and (self.text_features is None or "text" not in types):
            raise validation_error(
                "are given for texts alone: name text among them, and give text_features",
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
