"""Settings of endpoints with several models or containers on the same instances."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import Name, validation_error
from stacks.inference.host_settings import check_host, is_isolated
from stacks.inference.invoker_settings import refuse_repeated
from stacks.inference.model_settings import ModelSettings
from stacks.inference.monitoring_settings import MonitoredSettings, UnmonitoredSettings
from stacks.inference.real_time_settings import (
    InstanceEndpointSettings,
)


class MultiModelSettings(UnmonitoredSettings, InstanceEndpointSettings, ModelSettings):
    """An endpoint whose container loads one of many models with each request."""

    unmonitored: ClassVar[str] = "SageMaker monitors no multi-model endpoints"

    type: Literal["multi_model"]
    """A multi-model endpoint. Clients name the model file in each request (`TargetModel`), and
    the container loads it on first use."""
    cache_models: bool = True
    """Whether the container caches loaded models in memory."""

    @model_validator(mode="after")
    def _check_models(self) -> Self:
        self.check_placement(self.instance_types)
        check_host(self, [self])
        for key in ("large_model", "model_package", "hub_content"):
            if getattr(self, key) is not None:
                raise validation_error(
                    "must be omitted, because it is a single model. Set image or framework",
                    at=key,
                    value=getattr(self, key).model_dump(exclude_none=True),
                )
        if self.model_data is None or not self.model_data.endswith("/"):
            raise validation_error(
                "must be the prefix of the models, s3://bucket/prefix/",
                at="model_data",
                value=self.model_data,
            )
        return self

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below the endpoint."""
        yield "", self


class ContainerSettings(ModelSettings):
    """One of several containers."""

    name: Annotated[Name, Field(max_length=63)]
    """Name of the container. Clients use it in direct invocation."""


class MultiContainerSettings(MonitoredSettings, InstanceEndpointSettings):
    """Several containers on the same instances."""

    type: Literal["multi_container"]
    """An endpoint with several containers on each instance."""
    containers: Annotated[list[ContainerSettings], Field(min_length=2, max_length=15)]
    """The containers."""
    invocation: Literal["serial", "direct"] = "serial"
    """Whether each container gets the response of the previous one (`serial`), or clients choose
    a container with `TargetContainerHostname` (`direct`)."""
    network_isolation: bool | None = None
    """Whether the containers have no network access, not even to AWS. Defaults to the value of a
    model's hub, or to false."""

    @model_validator(mode="after")
    def _check_containers(self) -> Self:
        refuse_repeated([c.name for c in self.containers], what="container", at="containers")
        for index, container in enumerate(self.containers):
            container.check_placement(
                self.instance_types,
                share_instance=True,
                isolated=is_isolated(self.network_isolation, self, self.containers),
                at=f"containers.{index}",
            )
            if container.fast_model_loader is not None:
                raise validation_error(
                    ("must be omitted for a container that shares its instances. Remove the block"),
                    at=f"containers.{index}.fast_model_loader",
                    value=container.fast_model_loader.max_hours,
                )
        check_host(self, self.containers, key="containers.0.")
        large = [i for i, one in enumerate(self.containers) if one.large_model is not None]
        if len(large) > 1:
            raise validation_error(
                "must be the only large model on the instances, because each server uses "
                "nine tenths of the GPU memory. Use type inference_components, which "
                "assigns GPUs to each model",
                at=f"containers.{large[1]}.large_model",
                value=self.containers[large[1]].name,
            )
        return self

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below the endpoint."""
        for index, container in enumerate(self.containers):
            yield f".containers.{index}", container
