"""Settings of models that a registry or a hub knows, and that are looked up before a synth."""

from typing import Self

from pydantic import model_validator

from stacks.arns import HubName, ModelPackageArn, ModelPackageGroup
from stacks.fields import HubContentName, HubContentVersion, Settings, validation_error

PUBLIC_HUB = "SageMakerPublicHub"
"""Name of JumpStart's hub."""


class ModelPackageSettings(Settings):
    """A version of a model in a registry, looked up by `make models`."""

    arn: ModelPackageArn | None = None
    """ARN of one version. Alternative: `latest_approved`."""
    latest_approved: ModelPackageGroup | None = None
    """Name or ARN of a group. `make models` records its latest approved version."""

    @property
    def key(self) -> str:
        """What the lock file calls it."""
        return self.arn or f"latest approved of {self.latest_approved}"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.arn is None) is (self.latest_approved is None):
            raise validation_error("must have one of arn and latest_approved")
        return self


class HubContentSettings(Settings):
    """A model of JumpStart or of a private hub, looked up by `make models`."""

    hub: HubName = PUBLIC_HUB
    """Name or ARN of the hub. Defaults to the public hub, JumpStart."""
    name: HubContentName
    """Name of the model in the hub, such as huggingface-llm-mistral-7b."""
    version: HubContentVersion
    """Version of the model, in quotes."""
    accept_eula: bool = False
    """Whether you accept the license of the model. Required for models with a license."""

    @property
    def key(self) -> str:
        """What the lock file calls it."""
        return f"{self.hub} {self.name} {self.version}"
