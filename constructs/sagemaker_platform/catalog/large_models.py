"""What a large language model needs of an instance type: accelerators, memory, time.

The arithmetic is an estimate to plan by. Weights take their size; what is cached for the
requests under way takes what is given, or a fifth of the weights. A container uses nine
tenths of an accelerator's memory (the default of vLLM, ``gpu_memory_utilization``), and
parts a model among 1, 2, 4, 8 … accelerators, because attention heads come in such numbers.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sagemaker_platform.catalog.instances import (
    InstanceType,
    find_instance_type,
    instance_types,
)

BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.5}
"""Bytes that one parameter takes."""
# What containers of today do not run on: too old for CUDA 12 and later.
_TOO_OLD = ("NVIDIA K80", "NVIDIA V100")
# They compute in no bfloat16.
_WITHOUT_BF16 = ("NVIDIA T4",)
_USABLE = 0.9
_CACHE_SHARE = 0.2
# Of the host's memory: the rest is SageMaker's, and the operating system's.
_HOST_SHARE = 0.75
# GiB per second from S3 and from disk, well below what AWS's instances reach; and what a
# container takes besides, in seconds: to begin, and to warm up.
_GIB_PER_SECOND = 0.25
_DOWNLOAD_EXTRA = 300
_STARTUP_EXTRA = 600
_LONGEST = 3600

Server = Literal["lmi", "vllm"]


class LargeModelError(ValueError):
    """A model does not fit; the message says which instance types could hold it."""


@dataclass(frozen=True, kw_only=True)
class LargeModel:
    """A large language model, by its size.

    Args:
        server: container that serves it: ``lmi`` (DJL's Large Model Inference) or ``vllm``.
        weights_gib: size of its weights.
        dtype: what it computes in: ``bf16``, ``fp16`` and so on.
        cache_gib: memory for the requests under way (the key-value cache); absent, a
            fifth of the weights.
        tensor_parallel_degree: among how many accelerators it is parted; absent, what
            `plan_large_model` finds.
        max_model_len: longest request with its answer, in tokens; absent, the model's own.
    """

    server: Server
    weights_gib: float
    dtype: str
    cache_gib: float | None = None
    tensor_parallel_degree: int | None = None
    max_model_len: int | None = None

    @property
    def memory_gib(self) -> float:
        """Accelerator memory that it needs, weights and cache."""
        cache = self.weights_gib * _CACHE_SHARE if self.cache_gib is None else self.cache_gib
        return self.weights_gib + cache


@dataclass(frozen=True, kw_only=True)
class LargeModelPlan:
    """How a large model runs on an instance type.

    Args:
        tensor_parallel_degree: accelerators that one copy of the model uses.
        environment: environment variables of its container.
        model_data_download_timeout_seconds: for copying the model from S3.
        container_startup_timeout_seconds: until the container answers.
        min_memory_mib: memory of the host that one copy may count on.
        cpu_cores: processors that one copy may count on.
        copies: how many copies one instance holds.
    """

    tensor_parallel_degree: int
    model_data_download_timeout_seconds: int
    container_startup_timeout_seconds: int
    min_memory_mib: int
    cpu_cores: float
    copies: int
    environment: Mapping[str, str] = field(default_factory=dict)


def weights_gib(*, parameters_billions: float, dtype: str) -> float:
    """Return the size of weights from their number and type."""
    return parameters_billions * 1e9 * BYTES[dtype] / 2**30


def plan_large_model(
    model: LargeModel, instance_type: str, *, share_instance: bool = False
) -> LargeModelPlan:
    """Return how a model runs on an instance type.

    Args:
        model: the model.
        instance_type: what it runs on.
        share_instance: whether other models, or other copies, run on the same instance:
            then it uses as few accelerators as hold it, and else all.

    Raises:
        LargeModelError: it does not fit, or there is nothing that it could run on.
    """
    instance = find_instance_type(instance_type)
    reason = _unfit(model, instance)
    if reason:
        raise LargeModelError(f"{reason}; {_fitting(model)}")
    degrees = list(_degrees(model, instance))
    degree = degrees[0] if share_instance else degrees[-1]
    share = degree / instance.accelerators
    gigabits = min(instance.network_gbps or 1, 8 * _GIB_PER_SECOND)
    return LargeModelPlan(
        tensor_parallel_degree=degree,
        environment=_environment(model, degree),
        model_data_download_timeout_seconds=_minutes(
            _DOWNLOAD_EXTRA + model.weights_gib * 8 / gigabits
        ),
        container_startup_timeout_seconds=_minutes(
            _STARTUP_EXTRA + model.weights_gib / _GIB_PER_SECOND
        ),
        min_memory_mib=math.floor(instance.memory_gib * share * _HOST_SHARE * 1024),
        cpu_cores=max(1.0, math.floor(instance.vcpus * share * _HOST_SHARE)),
        copies=instance.accelerators // degree,
    )


def _unfit(model: LargeModel, instance: InstanceType) -> str:
    """Return why a model does not run on an instance type, or nothing."""
    if instance.kind != "gpu":
        return f"{instance.name} has no NVIDIA accelerators, which {model.server} runs on"
    if instance.accelerator in _TOO_OLD:
        return f"{instance.accelerator} of {instance.name} is too old for {model.server}"
    if model.dtype == "bf16" and instance.accelerator in _WITHOUT_BF16:
        return f"{instance.accelerator} of {instance.name} computes no bf16, but fp16"
    wanted = model.tensor_parallel_degree
    if wanted is not None and wanted > instance.accelerators:
        return (
            f"tensor_parallel_degree parts the model among {wanted} accelerators, and "
            f"{instance.name} has {instance.accelerators}"
        )
    if not any(_degrees(model, instance)):
        parts = wanted or _largest(instance)
        usable = parts * _per_accelerator(instance) * _USABLE
        return (
            f"the model needs {model.memory_gib:.0f} GiB of accelerator memory, and of "
            f"{instance.name} it can use {usable:.0f} GiB with a degree of {parts}"
        )
    return ""


def _degrees(model: LargeModel, instance: InstanceType) -> Iterator[int]:
    """Return among how many accelerators a model can be parted so that it fits."""
    wanted = model.tensor_parallel_degree
    degrees = [wanted] if wanted else [2**n for n in range(instance.accelerators.bit_length())]
    for degree in degrees:
        fits = model.memory_gib <= degree * _per_accelerator(instance) * _USABLE
        if fits and degree <= instance.accelerators:
            yield degree


def _largest(instance: InstanceType) -> int:
    return int(2 ** (instance.accelerators.bit_length() - 1))


def _per_accelerator(instance: InstanceType) -> float:
    return instance.accelerator_memory_gib / instance.accelerators


def _fitting(model: LargeModel) -> str:
    """Return the smallest instance types that could hold a model, in a sentence."""
    fitting = [instance for instance in instance_types().values() if not _unfit(model, instance)]
    fitting.sort(key=lambda one: (one.accelerator_memory_gib, one.vcpus, one.name))
    if not fitting:
        return "no instance type could hold it: use a smaller dtype, or fewer parameters"
    first: dict[float, str] = {}
    for one in fitting:
        first.setdefault(one.accelerator_memory_gib, one.name)
    return f"could hold it: {', '.join(list(first.values())[:6])}"


def _environment(model: LargeModel, degree: int) -> dict[str, str]:
    """Return the settings of a container (DJL: "LMI configurations"; AWS: "vLLM DLC")."""
    if model.server == "lmi":
        names = ("OPTION_TENSOR_PARALLEL_DEGREE", "OPTION_MAX_MODEL_LEN", "OPTION_DTYPE")
        extra = {"SERVING_FAIL_FAST": "true"}
    else:
        names = ("SM_VLLM_TENSOR_PARALLEL_SIZE", "SM_VLLM_MAX_MODEL_LEN", "SM_VLLM_DTYPE")
        extra = {}
    parallel, length, dtype = names
    found = {parallel: str(degree), **extra}
    if model.max_model_len is not None:
        found[length] = str(model.max_model_len)
    # Quantized weights say themselves what they are.
    if word := {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}.get(model.dtype):
        found[dtype] = word if model.server == "vllm" else model.dtype
    return found


def _minutes(seconds: float) -> int:
    """Return a time-out in whole minutes, in seconds, of those that SageMaker takes."""
    return min(_LONGEST, math.ceil(seconds / 60) * 60)
