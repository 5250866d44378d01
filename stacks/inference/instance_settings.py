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
    """Routing strategy: random, the copy with the fewest requests in flight, or prompts with the
    same prefix to the instance that has it in its cache."""
    prefix_length: Annotated[int, Field(ge=1024, le=65_536)] | None = None
    """Length of the prompt prefix that decides, in bytes. Only with prefix_aware."""
    concurrency_threshold: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Maximum requests in flight of an instance. Further requests go to other instances. Only
    with prefix_aware."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("prefix_length", "concurrency_threshold"):
            value = getattr(self, key)
            if self.strategy == "prefix_aware" and value is None:
                raise validation_error(
                    f"requires {key}. Add it",
                    at="strategy",
                    value=self.strategy,
                )
            if self.strategy != "prefix_aware" and value is not None:
                raise validation_error(
                    "applies only to strategy prefix_aware. Remove it", at=key, value=value
                )
        return self


class InstanceSettings(Settings):
    """The instances of a variant, as part of whatever runs on them."""

    instance_type: HostingInstanceType | None = None
    """Instance type."""
    instance_pools: Annotated[list[HostingInstanceType], Field(min_length=2, max_length=5)] = []
    """Instance types in order of preference, in place of `instance_type`. SageMaker uses the
    first available type."""
    instance_count: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Instances at the first deployment."""
    volume_size_gb: Annotated[int, Field(ge=1, le=512)] | None = None
    """Size of the EBS volume of an instance. Defaults to SageMaker's choice."""
    provision_timeout_seconds: Annotated[int, Field(ge=300, le=3600)] | None = None
    """How long SageMaker waits for instances. Defaults to SageMaker's choice."""
    model_data_download_timeout_seconds: Timeout | None = None
    """Timeout for the download of the model data. Defaults to SageMaker's choice."""
    container_startup_timeout_seconds: Timeout | None = None
    """Timeout for the first health check of the container. Defaults to SageMaker's choice."""
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
    """Driver versions of the host. Defaults to SageMaker's default."""
    routing: RoutingSettings | None = None
    """How requests are routed to instances. Defaults to random."""
    usd_per_hour: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Hourly price of one instance, for the dashboard. Defaults to the list price if it is
    recorded. Asynchronous endpoints have no recorded price."""
    capacity_reservation_arn: TrainingPlanArn | None = None
    """ARN of a training plan for endpoints. The instances run only in this reservation."""

    @property
    def instance_types(self) -> list[str]:
        """The types, the best first."""
        return self.instance_pools or [self.instance_type or ""]

    @model_validator(mode="after")
    def _check_instances(self) -> Self:
        if self.instance_type is None and not self.instance_pools:
            raise validation_error(
                "must be given, unless instance_pools names several types", at="instance_type"
            )
        if self.instance_type is not None and self.instance_pools:
            raise validation_error(
                "must not be combined with instance_pools. Remove one of them",
                at="instance_type",
                value=self.instance_type,
            )
        for index, name in enumerate(self.instance_pools):
            if name in self.instance_pools[:index]:
                raise validation_error("is named twice", at=f"instance_pools.{index}", value=name)
        local = [has_local_storage(name) for name in self.instance_types]
        if any(local) and not all(local):
            raise validation_error(
                "must not mix types with local disks, which support no encryption key, and "
                "types without, which require one",
                at="instance_pools",
                value=self.instance_pools,
            )
        if all(local) and self.volume_size_gb is not None:
            raise validation_error(
                (
                    f"must be omitted for {self.instance_types[0]}, which has local disks. "
                    "Remove the line"
                ),
                at="volume_size_gb",
                value=self.volume_size_gb,
            )
        return self
