"""Settings of endpoints that several models share."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sagemaker_platform.catalog import find_instance_type
from sagemaker_platform.catalog.hosts import accelerator_of
from stacks.arns import KeyArn
from stacks.fields import Name, Settings, validation_error
from stacks.inference.capture_settings import DataCaptureSettings
from stacks.inference.common_settings import (
    CappedEndpointSettings,
    ComponentAlarmSettings,
    ComponentDeploymentSettings,
    DeploymentSettings,
    MetricsSettings,
)
from stacks.inference.compute_settings import (
    ComputeSettings,
    TypedComputeSettings,
    check_copy,
    check_enough,
)
from stacks.inference.host_settings import check_host, is_isolated
from stacks.inference.instance_settings import InstanceSettings, Timeout
from stacks.inference.invoker_settings import refuse_repeated
from stacks.inference.lock import LockedCompute
from stacks.inference.model_settings import ModelSettings
from stacks.inference.monitoring_settings import UnmonitoredSettings
from stacks.inference.packing import Share, fits
from stacks.inference.real_time_settings import check_deployment
from stacks.inference.scaling_settings import CopyScalingSettings, InstanceScalingSettings

# What an endpoint, its environment and two hyphens leave of 63 characters.
_LONGEST_NAMES = 41


def _adapter_data(value: str) -> str:
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^*?$\s]+\.tar\.gz", value):
        raise validation_error(
            "must be a file s3://bucket/key.tar.gz, because an adapter is one compressed file"
        )
    return value


class PlacementSettings(Settings):
    """Where copies are put."""

    strategy: Literal["spread", "binpack"]
    """Spread copies over the instances, or pack them onto few."""
    max_zone_imbalance: Annotated[int, Field(ge=0, le=100)] = 0
    """Maximum difference in copies between zones, as far as the instances allow."""


class AdapterSettings(Settings):
    """A fine-tuned adapter on a component's model, without compute of its own."""

    name: Annotated[Name, Field(max_length=20)]
    """Name of the adapter. Clients use `<environment>-<endpoint>-<component>-<name>`."""
    model_data: Annotated[str, AfterValidator(_adapter_data)]
    """S3 URI of the adapter: a .tar.gz file."""
    model_data_key_arn: KeyArn | None = None
    """KMS key of the data. Defaults to the environment's key."""


class ComponentSettings(ModelSettings):
    """A model among others on the same instances."""

    name: Annotated[Name, Field(max_length=30)]
    """Name of the component. Clients use `<environment>-<endpoint>-<name>`."""
    compute: ComputeSettings | None = None
    """Resources of a copy. Defaults to what a `large_model` needs, or to the values of the
    model's hub."""
    compute_by_type: Annotated[list[TypedComputeSettings], Field(min_length=2, max_length=5)] = []
    """Resources of a copy for each of the `instance_pools`, in place of `compute`."""
    copies: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Copies at the first deployment."""
    cache_data: bool = True
    """Whether instances cache the image and model data, so that further copies start faster."""
    placement: PlacementSettings | None = None
    """Placement of copies. Defaults to SageMaker's choice."""
    model_data_download_timeout_seconds: Timeout | None = None
    """Timeout for the download of the model data. Defaults to SageMaker's choice."""
    container_startup_timeout_seconds: Timeout | None = None
    """Timeout for the first health check of the container. Defaults to SageMaker's choice."""
    autoscaling: CopyScalingSettings | None = None
    """Autoscaling. Optional. If omitted, the number of copies is fixed."""
    adapters: Annotated[list[AdapterSettings], Field(max_length=50)] = []
    """LoRA adapters of this model. The container must support them."""
    alarms: ComponentAlarmSettings = ComponentAlarmSettings()
    """Alarms of the component."""
    deployment: ComponentDeploymentSettings = ComponentDeploymentSettings()
    """How an update replaces the copies."""

    @model_validator(mode="after")
    def _check_batches(self) -> Self:
        scaling = self.autoscaling
        least, most = (scaling.least, scaling.most) if scaling else (self.copies, self.copies)
        self.deployment.check_copies(least, most)
        return self

    @model_validator(mode="after")
    def _check_adapters(self) -> Self:
        if self.adapters and self.fast_model_loader is not None:
            # djl-serving, issue 3633.
            raise validation_error(
                "must not be combined with fast_model_loader, because a sharded model "
                "supports no adapters. Remove one of them",
                at="adapters",
                value=[adapter.name for adapter in self.adapters],
            )
        if self.adapters and self.framework and self.framework.name not in ("djl-lmi", "vllm"):
            # SageMaker guide, "Deploy models with adapter inference components".
            raise validation_error(
                f"require a container that loads adapters; {self.framework.name} does not. "
                "Use djl-lmi, vllm, a large_model, or your own image",
                at="adapters",
                value=[adapter.name for adapter in self.adapters],
            )
        return self

    @property
    def adapter_environment(self) -> dict[str, str]:
        """What makes the container take adapters.

        Sources: DJL, "LMI configurations" (option.enable_lora); vLLM, "LoRA adapters"
        (dynamically serving them); AWS, vLLM containers (variables with SM_VLLM_).
        """
        if not self.adapters:
            return {}
        name = self.framework.name if self.framework else ""
        server = self.large_model.server if self.large_model else name.removeprefix("djl-")
        if server == "lmi":
            return {"OPTION_ENABLE_LORA": "true"}
        if server == "vllm":
            return {"SM_VLLM_ENABLE_LORA": "true", "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True"}
        return {}

    @model_validator(mode="after")
    def _check_component(self) -> Self:
        if self.compute is not None and self.compute_by_type:
            raise validation_error(
                "must have one of compute and compute_by_type", at="name", value=self.name
            )
        known = self.large_model is not None or self.hub_content is not None
        if self.compute is None and not self.compute_by_type and not known:
            raise validation_error(
                "requires compute or compute_by_type. Only a large_model has a default",
                at="name",
                value=self.name,
            )
        scaling = self.autoscaling
        if scaling is not None and not scaling.least <= self.copies <= scaling.most:
            raise validation_error(
                f"must be from autoscaling.min_copies ({scaling.least}) to "
                f"autoscaling.max_copies ({scaling.most})",
                at="copies",
                value=self.copies,
            )
        refuse_repeated([a.name for a in self.adapters], what="adapter", at="adapters")
        return self

    def compute_on(self, instance_type: str) -> ComputeSettings | None:
        """Return what a copy gets, as given or as a hub says; None, as a large model needs."""
        if self.compute is not None:
            return self.compute
        for one in self.compute_by_type:
            if one.instance_type == instance_type:
                return one
        if self.hub_content is None or self.lock is None:
            return None
        found = self._wanted(instance_type)
        if found.min_memory_mb is None or (found.accelerators or found.cpu_cores) is None:
            return None
        return ComputeSettings(**found.model_dump(exclude_none=True))

    def _wanted(self, instance_type: str) -> LockedCompute:
        """Return what the hub says that a copy requires."""
        found = self.resolve([instance_type]).looked_up
        return found.compute if found else LockedCompute()

    def share_on(self, instance_type: str) -> Share:
        """Return what one copy takes of an instance."""
        if (given := self.compute_on(instance_type)) is not None:
            return Share(given.accelerators or 0, given.cpu_cores or 0, given.min_memory_mb)
        plan = self.plan(instance_type, share_instance=True)
        if plan is None:
            # Not known until the hub is looked up.
            return Share(0, 0, 0)
        cores = 0 if self.fast_model_loader else plan.cpu_cores
        return Share(plan.tensor_parallel_degree, cores, plan.min_memory_mib)

    def check_compute(self, instance_types: Sequence[str], *, at: str) -> None:
        """Refuse compute that no instance has, or that is less than the hub asks for.

        Args:
            instance_types: what the component may run on.
            at: path of the component.
        """
        for name in instance_types:
            key = "compute" if self.compute is not None else "hub_content"
            for number, one in enumerate(self.compute_by_type):
                key = f"compute_by_type.{number}" if one.instance_type == name else key
            found = self.compute_on(name)
            if found is not None:
                check_copy(found, name, at=f"{at}.{key}")
            elif self.large_model is None and self.lock is not None:
                raise validation_error(
                    f"must have compute: the hub does not say what a copy requires of {name}",
                    at=f"{at}.name",
                    value=self.name,
                )
            if found is not None and self.lock is not None:
                self._check_accelerators(found, name, at=f"{at}.{key}")
                if self.looked_up is not None:
                    check_enough(found, self._wanted(name), at=f"{at}.{key}")

    def _check_accelerators(self, compute: ComputeSettings, instance_type: str, *, at: str) -> None:
        """Refuse an image for GPUs or Neuron devices of which a copy gets none."""
        found = self.resolve([instance_type])
        kind = found.accelerator or accelerator_of(found.image)
        if kind in ("gpu", "neuron") and compute.accelerators is None:
            raise validation_error(
                f"must be given, because the image needs {kind} and the copy gets only the "
                f"devices listed here, of {instance_type}",
                at=f"{at}.accelerators",
            )


class InferenceComponentsSettings(UnmonitoredSettings, CappedEndpointSettings, InstanceSettings):
    """Several models that share an endpoint's instances."""

    unmonitored: ClassVar[str] = "SageMaker monitors only endpoints of a single model"

    type: Literal["inference_components"]
    """An endpoint on whose instances several models run."""
    components: Annotated[list[ComponentSettings], Field(min_length=1, max_length=40)]
    """The models."""
    instance_scaling: InstanceScalingSettings | None = None
    """Autoscaling of instances with the copies. Optional. If omitted, their number is fixed."""
    network_isolation: bool | None = None
    """Whether the containers have no network access, not even to AWS. Defaults to the value of a
    model's hub, or to false."""
    data_capture: DataCaptureSettings | None = None
    """Capture of requests and responses. Optional."""
    deployment: DeploymentSettings = DeploymentSettings()
    """How a change of the instances shifts the traffic: `all-at-once` or `rolling`."""
    metrics: MetricsSettings | None = None
    """Additional metrics. Optional."""

    @property
    def scales_to_zero(self) -> bool:
        """Whether every component can have no copy left."""
        return all(c.autoscaling and c.autoscaling.scale_to_zero for c in self.components)

    @property
    def least(self) -> int:
        """The least number of instances, where they come and go."""
        scaling = self.instance_scaling
        if scaling is None or scaling.min_instances is None:
            return 0 if self.scales_to_zero else 1
        return scaling.min_instances

    @model_validator(mode="after")
    def _check_components(self) -> Self:
        refuse_repeated([c.name for c in self.components], what="component", at="components")
        for index, component in enumerate(self.components):
            component.check_placement(
                self.instance_types,
                share_instance=True,
                isolated=is_isolated(self.network_isolation, self, self.components),
                at=f"components.{index}",
            )
        check_host(self, self.components, key="components.0.")
        names = [
            (f"components.{i}", f"{c.name}{f'-{a.name}' if a else ''}")
            for i, c in enumerate(self.components)
            for a in (None, *c.adapters)
        ]
        seen: set[str] = set()
        for at, name in names:
            if len(self.name) + len(name) > _LONGEST_NAMES:
                raise validation_error(
                    f"is too long: endpoint, component and adapter may have {_LONGEST_NAMES} "
                    "characters together",
                    at=f"{at}.name",
                    value=name,
                )
            if name in seen:
                raise validation_error(
                    "must be unique: an earlier component has the same name",
                    at=f"{at}.name",
                    value=name,
                )
            seen.add(name)
        self._check_types()
        self._check_fit()
        self._check_instances_of_components()
        return self

    def _check_fit(self) -> None:
        """Refuse what no instance can hold, which SageMaker would say after minutes of trying."""
        for index, component in enumerate(self.components):
            component.check_compute(self.instance_types, at=f"components.{index}")
        # What begins at once; of one type, since it is not known which of several there will be.
        if len(self.instance_types) > 1:
            return
        [name] = self.instance_types
        most = self.instance_scaling.max_instances if self.instance_scaling else self.instance_count
        there = find_instance_type(name).accelerators * most
        wanted = 0
        for index, component in enumerate(self.components):
            wanted += component.copies * int(component.share_on(name).accelerators)
            if wanted > there:
                raise validation_error(
                    f"raises the first copies to {wanted} accelerators, but {most} x {name} "
                    f"have {there}",
                    at=f"components.{index}.copies",
                    value=component.copies,
                )
        first = [(component.share_on(name), component.copies) for component in self.components]
        if not fits(first, name, most):
            raise validation_error(
                f"must fit on {most} x {name} with the first copies of all components, each copy "
                "with its accelerators, cores and memory on one instance. Use fewer copies, more "
                "instances or a larger type",
                at=f"components.{len(first) - 1}.copies",
                value=self.components[-1].copies,
            )

    def _check_types(self) -> None:
        for index, component in enumerate(self.components):
            types = [compute.instance_type for compute in component.compute_by_type]
            if types and sorted(types) != sorted(self.instance_types):
                raise validation_error(
                    f"must name each of the instance_pools once ({', '.join(self.instance_types)})",
                    at=f"components.{index}.compute_by_type",
                    value=types,
                )

    def _check_instances_of_components(self) -> None:
        scaling = self.instance_scaling
        for index, component in enumerate(self.components):
            if scaling is None and component.autoscaling and component.autoscaling.scale_to_zero:
                raise validation_error(
                    "requires instance_scaling, because instances would keep running. Add it",
                    at=f"components.{index}.autoscaling.scale_to_zero",
                    value=True,
                )
        if scaling is not None:
            if self.least == 0 and not self.scales_to_zero:
                raise validation_error(
                    "requires scale_to_zero: true in the autoscaling of every component, "
                    "because nothing else wakes the endpoint up",
                    at="instance_scaling.min_instances",
                    value=0,
                )
            if not self.least <= self.instance_count <= scaling.max_instances:
                raise validation_error(
                    f"must be from instance_scaling.min_instances ({self.least}) to "
                    f"instance_scaling.max_instances ({scaling.max_instances})",
                    at="instance_count",
                    value=self.instance_count,
                )
        if self.deployment.strategy in ("canary", "linear"):
            raise validation_error(
                (
                    "must be all-at-once or rolling, because inference components support no "
                    "traffic shifting"
                ),
                at="deployment.strategy",
                value=self.deployment.strategy,
            )
        check_deployment(
            self.deployment,
            fewest=max(2, self.least) if scaling else self.instance_count,
            types=self.instance_types,
        )

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below the endpoint."""
        for index, component in enumerate(self.components):
            yield f".components.{index}", component
