"""Refuses draft models of speculative decoding, which CloudFormation cannot create."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from stacks.fields import Settings, validation_error

_KEYS = (
    "additional_model_data",
    "additional_model_data_sources",
    "draft_model",
    "speculative_decoding",
)


class WithoutDraftSettings(Settings):
    """A model without further data next to its own.

    SageMaker's API has ``AdditionalModelDataSources`` of a container, CloudFormation's
    ``AWS::SageMaker::Model`` has not, as of November 2026; a test tells when it has. A custom
    resource would have to create each model, and so replace what an endpoint serves.
    """

    @model_validator(mode="before")
    @classmethod
    def _refuse_drafts(cls, value: Any) -> Any:
        for key in _KEYS:
            if isinstance(value, Mapping) and key in value:
                raise validation_error(
                    "is not known to CloudFormation, which creates models without "
                    "AdditionalModelDataSources. Put the draft model into a "
                    "folder below the prefix of model_data, and name the folder in environment, "
                    "such as SM_VLLM_SPECULATIVE_CONFIG of vLLM",
                    at=key,
                    value=value[key],
                )
        return value
