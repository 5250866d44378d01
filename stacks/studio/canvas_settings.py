"""Settings of SageMaker Canvas."""

from typing import Self

from pydantic import model_validator

from stacks.arns import RoleArn
from stacks.fields import S3Prefix, Settings, validation_error


class UserCanvasSettings(Settings):
    """What is on in Canvas."""

    time_series_forecasting: bool = True
    """Whether users may train models of time series."""
    model_register: bool = True
    """Whether users may register models in the model registry."""
    cross_account_model_register_role_arn: RoleArn | None = None
    """A role in the account of the model registry, if that is another one."""
    direct_deploy: bool = False
    """Whether users may deploy models to endpoints, which cost money until they are deleted."""
    kendra: bool = False
    """Whether users may ask documents in Amazon Kendra, which is not among what is made here."""
    bedrock_fine_tuning: bool = False
    """Whether users may fine-tune models in Amazon Bedrock with data of their workspace."""

    @model_validator(mode="after")
    def _check_register(self) -> Self:
        role = self.cross_account_model_register_role_arn
        if role is not None and not self.model_register:
            raise validation_error(
                "belongs to model_register: true",
                at="cross_account_model_register_role_arn",
                value=role,
            )
        return self


class CanvasSettings(UserCanvasSettings):
    """What is on in Canvas, and where it keeps what users make."""

    workspace_prefix: S3Prefix = "canvas"
    """Prefix in the environment's bucket for artifacts. A change hides from users what they
    have made; the objects stay where they are."""
