"""Explanations next to the answers of a model (SageMaker Clarify)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_platform.arguments import checks_types


@checks_types
@dataclass(frozen=True, kw_only=True)
class Explainer:
    """Clarify's online explanations: how much each feature has to do with an answer.

    Clarify calls the model with many variations of a record (Kernel SHAP), so requests and
    answers of the container have to be CSV or JSON Lines, and take longer.

    Args:
        shap_baseline: records to compare with, as they are sent to the container; or else
        shap_baseline_uri: an object in S3 that has them.
        mime_type: of the baseline.
        number_of_samples: number of variations of a record. If omitted, Clarify chooses.
        seed: the same seed gives the same explanations. Defaults to a random seed.
        use_logit: explain log-odds and not probabilities.
        text: language and granularity of text features. Defaults to no text features.
        enable_explanations: JMESPath that selects the explained records. Defaults to all.
        inference: how requests and answers of the container are read, as CloudFormation's
            ``ClarifyInferenceConfig`` has it.
    """

    shap_baseline: str | None = None
    shap_baseline_uri: str | None = None
    mime_type: Literal["text/csv", "application/jsonlines"] = "text/csv"
    number_of_samples: int | None = None
    seed: int | None = None
    use_logit: bool = False
    text: tuple[str, Literal["token", "sentence", "paragraph"]] | None = None
    enable_explanations: str | None = None
    inference: Mapping[str, Any] = field(default_factory=dict)

    def to_property(self) -> sagemaker.CfnEndpointConfig.ExplainerConfigProperty:
        """Return the property of an endpoint's configuration."""
        language, granularity = self.text or (None, None)
        clarify = {
            "enableExplanations": self.enable_explanations,
            "inferenceConfig": dict(self.inference) or None,
            "shapConfig": {
                "shapBaselineConfig": {
                    "mimeType": self.mime_type,
                    "shapBaseline": self.shap_baseline,
                    "shapBaselineUri": self.shap_baseline_uri,
                },
                "numberOfSamples": self.number_of_samples,
                "seed": self.seed,
                "useLogit": self.use_logit or None,
                "textConfig": {"language": language, "granularity": granularity}
                if self.text
                else None,
            },
        }
        return sagemaker.CfnEndpointConfig.ExplainerConfigProperty(clarify_explainer_config=clarify)
