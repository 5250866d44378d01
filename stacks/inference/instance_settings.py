"""Settings of the instances that a model runs on."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog.local_disks import has_local_storage
from stacks.arns import TrainingPlanArn
from stacks.fields import HostingInstanceType, Settings, validation_error

Timeout = Annotated[int, Field(ge=60, le=3600)]


class RoutingSettings(Settings):
    """How requests are spread over the instances."""

    strategy: Literal["random", "least_outstanding_requests", "prefix_aware"]
    """At random; to the copy with the fewest requests in flight; or prompts with the same
    beginning to the same instance, which has it in its cache."""
    prefix_length: Annotated[int, Field(ge=1024, le=65_536)] | None = None
    """How much of a prompt decides, in bytes; with prefix_aware."""
    concurrency_threshold: Annotated[int, Field(ge=1, le=1024)] | None = None
    """With this many requests in flight an instance gets no more, whatever the prefix; with
    prefix_aware."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("prefix_length", "concurrency_threshold"):
            value = getattr(self, key)
            if self.strategy == "prefix_aware" and value is None:
                raise validation_error(
                    f"needs {key} too, which SageMaker requires",
                    at="strategy",
                    value=self.strategy,
                )
            if self.strategy != "prefix_aware" and value is not None:
                raise validation_error(
                    "belongs to strategy prefix_aware: remove it", at=key, value=value
                )
        return self


class InstanceSettings(Settings):
    """The instances of a variant, as part of whatever runs on them."""

    instance_type: HostingInstanceType | None = None
    """What the model runs on."""
    instance_pools: Annotated[list[HostingInstanceType], Field(min_length=2, max_length=5)] = []
    """In place of `instance_type`: several types, the best first. SageMaker takes the first
    that it can get."""
    instance_count: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Instances at the first deployment."""
    volume_size_gb: Annotated[int, Field(ge=1, le=512)] | None = None
    """EBS volume of an instance; if omitted, SageMaker chooses."""
    provision_timeout_seconds: Annotated[int, Field(ge=300, le=3600)] | None = None
    """How long to wait for instances; if omitted, SageMaker chooses."""
    model_data_download_timeout_seconds: Timeout | None = None
    """How long the model data may take to arrive; if omitted, SageMaker chooses."""
    container_startup_timeout_seconds: Timeout | None = None
    """How long the container may take to answer its first health check; if omitted, SageMaker
    chooses."""
    inference_ami_version: (
        Literal[
            "al2-ami-sagemaker-inference-gpu-2",
            "al2-ami-sagemaker-inference-gpu-2-1",
            "al2-ami-sagemaker-inference-gpu-3-1",
            "al2-ami-sagemaker-inference-neuron-2",
            "al2023-ami-sagemaker-inference-gpu-4-1",
        ]
        | None
    ) = None
    """Driver versions of the host; if omitted, SageMaker's default."""
    routing: RoutingSettings | None = None
    """How requests are spread; if omitted, at random."""
    usd_per_hour: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Price of one instance, for the dashboard; if omitted, the list price if it is recorded,
    which it is not for asynchronous endpoints."""
    capacity_reservation_arn: TrainingPlanArn | None = None
    """Run only in this reservation: a training plan bought for endpoints."""

    @property
    def instance_types(self) -> list[str]:
        """The types, the best first."""
        return self.instance_pools or [self.instance_type or ""]

    @model_validator(mode="after")
    def _check_instances(self) -> Self:
        if self.instance_type is None and not self.instance_pools:
            raise validation_error(
                "must be given, or instance_pools for several types", at="instance_type"
            )
        if self.instance_type is not None and self.instance_pools:
            raise validation_error(
                "excludes instance_pools: give one of them",
                at="instance_type",
                value=self.instance_type,
            )
        for index, name in enumerate(self.instance_pools):
            if name in self.instance_pools[:index]:
                raise validation_error("is named twice", at=f"instance_pools.{index}", value=name)
        local = [has_local_storage(name) for name in self.instance_types]
        if any(local) and not all(local):
            raise validation_error(
                "mixes types with local disks, which take no encryption key, and types without, "
                "which need one",
                at="instance_pools",
                value=self.instance_pools,
            )
        if all(local) and self.volume_size_gb is not None:
            raise validation_error(
                f"is not for {self.instance_types[0]}, which has local disks: remove the line",
                at="volume_size_gb",
                value=self.volume_size_gb,
            )
        return self
