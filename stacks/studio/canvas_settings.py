"""Settings of SageMaker Canvas."""

from typing import Self

from pydantic import model_validator

from stacks.arns import RoleArn
from stacks.fields import S3Prefix, Settings, validation_error


class UserCanvasSettings(Settings):
    """What is on in Canvas."""

    time_series_forecasting: bool = True
    """Whether users can train forecasting models."""
    model_register: bool = True
    """Whether users can register models in the model registry."""
    cross_account_model_register_role_arn: RoleArn | None = None
    """A role in the account of the model registry, if it is another account."""
    direct_deploy: bool = False
    """Whether users can deploy models to endpoints, which cost money until they are deleted."""
    kendra: bool = False
    """Whether users can query documents in Amazon Kendra. The platform creates no Kendra index."""
    bedrock_fine_tuning: bool = False
    """Whether users can fine-tune models in Amazon Bedrock with data of their workspace."""

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
    """Prefix in the artifact bucket. After a change, users no longer see their earlier work. The
    objects stay in place."""
