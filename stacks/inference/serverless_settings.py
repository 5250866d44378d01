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
    """Share of `max_concurrency` in use, for 3 minutes. At 100 % SageMaker refuses requests.
    `none` turns the alarm off."""


class ServerlessSettings(UnmonitoredSettings, EndpointSettings, ModelSettings):
    """An endpoint without instances."""

    unmonitored: ClassVar[str] = (
        "AWS offers neither data capture nor Model Monitor for serverless endpoints"
    )

    type: Literal["serverless"]
    """A serverless endpoint, which costs nothing while idle. AWS runs its container outside of
    the VPC."""
    memory_mb: Annotated[
        Literal[1024, 2048, 3072, 4096, 5120, 6144], BeforeValidator(_whole_number)
    ]
    """Memory of the container. CPU is proportional to it."""
    max_concurrency: Annotated[int, Field(ge=1, le=200)]
    """Maximum concurrent requests. SageMaker refuses more."""
    provisioned_concurrency: Annotated[int, Field(ge=1, le=200)] | None = None
    """Concurrent requests without a cold start, billed by the hour. Optional."""
    usd_per_gb_second: Annotated[float, Field(gt=0, le=1)] | None = None
    """Price of memory in use without provisioned concurrency, for the dashboard. Optional. If
    omitted, the dashboard shows no costs."""
    autoscaling: ConcurrencyScalingSettings | None = None
    """Autoscaling of the provisioned concurrency. Optional. If omitted, it is fixed."""
    alarms: ServerlessAlarmSettings = ServerlessAlarmSettings()
    """Alarms of the endpoint."""
    deployment: DeploymentSettings = DeploymentSettings()
    """How an update shifts the traffic."""

    @model_validator(mode="after")
    def _check_serverless(self) -> Self:
        if self.large_model is not None:
            raise validation_error(
                "requires GPUs, which serverless endpoints do not have. Choose another type",
                at="large_model",
                value=self.large_model.server,
            )
        self._check_source()
        if self.model_data is not None and not self.model_data.endswith(".tar.gz"):
            raise validation_error(
                "must be a file s3://bucket/key.tar.gz, because a serverless endpoint "
                "unpacks one file",
                at="model_data",
                value=self.model_data,
            )
        if self.deployment.strategy != "all-at-once":
            raise validation_error(
                (
                    "must be all-at-once, because a serverless endpoint has no instances to "
                    "replace in batches"
                ),
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
                (
                    "requires provisioned_concurrency, because serverless capacity scales "
                    "automatically. Add it, or remove autoscaling"
                ),
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
                "must be cpu, because serverless endpoints have no accelerators",
                at="framework.accelerator",
                value=found.accelerator,
            )
        elif (kind := accelerator_of(found.image)) not in (None, "cpu"):
            raise validation_error(
                "must be an image for x86 CPUs, because serverless endpoints have no "
                f"accelerators; this one is for {kind}",
                at=self.container_key,
                value=found.image,
            )
        if self.hub_content is not None and not (found.data or ".tar.gz").endswith(".tar.gz"):
            raise validation_error(
                (
                    "must have data in a .tar.gz file, because a serverless endpoint supports "
                    "no other data"
                ),
                at="hub_content",
                value=self.hub_content.key,
            )

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below the endpoint."""
        yield "", self
