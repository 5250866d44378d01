"""Settings of serverless endpoints."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sagemaker_platform.catalog.hosts import accelerator_of
from stacks.fields import Percentage, _whole_number, validation_error
from stacks.inference.common_settings import (
    AlarmSettings,
    DeploymentSettings,
    EndpointSettings,
    Off,
)
from stacks.inference.model_settings import ModelSettings
from stacks.inference.monitoring_settings import UnmonitoredSettings
from stacks.inference.scaling_settings import ConcurrencyScalingSettings


class ServerlessAlarmSettings(AlarmSettings):
    """Thresholds of a serverless endpoint."""

    saturation_percent: Percentage | Off = 90
    """Share of `max_concurrency` in use, for 3 minutes; beyond it requests are refused. none: no
    alarm."""


class ServerlessSettings(UnmonitoredSettings, EndpointSettings, ModelSettings):
    """An endpoint without instances."""

    unmonitored: ClassVar[str] = (
        "AWS offers neither data capture nor Model Monitor for serverless endpoints"
    )

    type: Literal["serverless"]
    """An endpoint that costs nothing while there are no requests. AWS runs its container outside of
    the VPC."""
    memory_mb: Annotated[
        Literal[1024, 2048, 3072, 4096, 5120, 6144], BeforeValidator(_whole_number)
    ]
    """Memory of the container; processors come with it."""
    max_concurrency: Annotated[int, Field(ge=1, le=200)]
    """Requests at the same time, beyond which more are refused."""
    provisioned_concurrency: Annotated[int, Field(ge=1, le=200)] | None = None
    """How many of them answer without a cold start, paid for by the hour; if omitted, none."""
    usd_per_gb_second: Annotated[float, Field(gt=0, le=1)] | None = None
    """Price of memory in use, for the dashboard, without what is provisioned; if omitted, it says
    nothing of costs."""
    autoscaling: ConcurrencyScalingSettings | None = None
    """Scaling the provisioned concurrency; if omitted, it is fixed."""
    alarms: ServerlessAlarmSettings = ServerlessAlarmSettings()
    """When the endpoint is unhealthy."""
    deployment: DeploymentSettings = DeploymentSettings()
    """How an update moves the traffic."""

    @model_validator(mode="after")
    def _check_serverless(self) -> Self:
        if self.large_model is not None:
            raise validation_error(
                "needs GPUs, which serverless endpoints do not have: choose another type",
                at="large_model",
                value=self.large_model.server,
            )
        self._check_source()
        if self.model_data is not None and not self.model_data.endswith(".tar.gz"):
            raise validation_error(
                "must be a file s3://bucket/key.tar.gz: a serverless endpoint unpacks one file, "
                "and copies nothing else",
                at="model_data",
                value=self.model_data,
            )
        if self.deployment.strategy != "all-at-once":
            raise validation_error(
                "must be all-at-once: a serverless endpoint has no instances to replace in parts",
                at="deployment.strategy",
                value=self.deployment.strategy,
            )
        provisioned, scaling = self.provisioned_concurrency, self.autoscaling
        if provisioned is not None and provisioned > self.max_concurrency:
            raise validation_error(
                f"must be at most max_concurrency ({self.max_concurrency})",
                at="provisioned_concurrency",
                value=provisioned,
            )
        if scaling is None:
            return self
        if provisioned is None:
            raise validation_error(
                "needs provisioned_concurrency: the rest of a serverless endpoint scales by itself",
                at="autoscaling.max_concurrency",
                value=scaling.max_concurrency,
            )
        if scaling.max_concurrency > self.max_concurrency:
            raise validation_error(
                f"must be at most max_concurrency ({self.max_concurrency}) of the endpoint",
                at="autoscaling.max_concurrency",
                value=scaling.max_concurrency,
            )
        if not scaling.least <= provisioned <= scaling.most:
            raise validation_error(
                f"must be from autoscaling.min_concurrency ({scaling.least}) to "
                f"autoscaling.max_concurrency ({scaling.most})",
                at="provisioned_concurrency",
                value=provisioned,
            )
        return self

    def _check_source(self) -> None:
        # Known once there is a lock file, if only an empty one.
        if self.lock is None:
            return
        found = self.resolve()
        if self.framework is not None and found.accelerator not in (None, "cpu"):
            raise validation_error(
                "must be cpu: serverless endpoints have no accelerators",
                at="framework.accelerator",
                value=found.accelerator,
            )
        elif (kind := accelerator_of(found.image)) not in (None, "cpu"):
            raise validation_error(
                f"is for {kind}, and serverless endpoints have no accelerators and run on x86: "
                "choose an image for processors",
                at=self.container_key,
                value=found.image,
            )
        if self.hub_content is not None and not (found.data or ".tar.gz").endswith(".tar.gz"):
            raise validation_error(
                "has data that is no .tar.gz file, and a serverless endpoint copies nothing else",
                at="hub_content",
                value=self.hub_content.key,
            )

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below the endpoint."""
        yield "", self
