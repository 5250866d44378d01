"""Turns the settings of a model into what the constructs take."""

from sagemaker_platform.inference import ModelSource
from stacks.inference.models import ModelSettings


def source_of(model: ModelSettings) -> ModelSource:
    """Return where a model comes from."""
    return ModelSource(
        image=model.image,
        data=model.model_data,
        data_key_arn=model.model_data_key_arn,
        environment=model.environment,
    )
