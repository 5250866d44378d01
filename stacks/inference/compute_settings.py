"""Settings of what one copy of a component gets of an instance."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog import find_instance_type
from stacks.fields import HostingInstanceType, Settings, validation_error
from stacks.inference.lock import LockedCompute


class ComputeSettings(Settings):
    """What one copy gets of an instance."""

    min_memory_mb: Annotated[int, Field(ge=128)]
    """Memory of the host."""
    max_memory_mb: Annotated[int, Field(ge=128)] | None = None
    """Maximum memory. SageMaker stops a copy that exceeds it. Defaults to no limit."""
    accelerators: Annotated[int, Field(ge=1, le=64)] | None = None
    """Number of GPUs or Neuron devices. Optional."""
    cpu_cores: Annotated[float, Field(ge=0.25, le=512)] | None = None
    """Number of CPU cores. Optional. If omitted, no cores are reserved."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.max_memory_mb is not None and self.max_memory_mb < self.min_memory_mb:
            raise validation_error(
                f"must be at least min_memory_mb ({self.min_memory_mb})",
                at="max_memory_mb",
                value=self.max_memory_mb,
            )
        if self.accelerators is None and self.cpu_cores is None:
            raise validation_error("requires accelerators or cpu_cores. Add one of them")
        return self


def check_copy(compute: ComputeSettings, instance_type: str, *, at: str) -> None:
    """Refuse compute that an instance of a type does not have."""
    instance = find_instance_type(instance_type)
    for key, most in (
        ("accelerators", instance.accelerators),
        ("cpu_cores", instance.vcpus),
        ("min_memory_mb", instance.memory_gib * 1024),
    ):
        wanted = getattr(compute, key)
        if wanted is not None and wanted > most:
            raise validation_error(
                f"is more than {instance_type} has ({most:g}): no copy would fit",
                at=f"{at}.{key}",
                value=wanted,
            )


def check_enough(compute: ComputeSettings, wanted: LockedCompute, *, at: str) -> None:
    """Refuse compute that is less than a hub asks for."""
    for key in ("accelerators", "min_memory_mb"):
        least, given = getattr(wanted, key), getattr(compute, key) or 0
        if least is not None and given < least:
            raise validation_error(
                f"must be at least {least}, which the model's hub requires",
                at=f"{at}.{key}",
                value=given,
            )


class TypedComputeSettings(ComputeSettings):
    """What one copy gets of an instance of one type."""

    instance_type: HostingInstanceType
    """One of the endpoint's `instance_pools`."""
