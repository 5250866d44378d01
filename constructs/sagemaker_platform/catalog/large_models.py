"""What a large language model needs of an instance type: accelerators, memory, time.

The arithmetic is an estimate to plan by. Weights take their size; what is cached for the
requests under way takes what is given, or a fifth of the weights. A container uses nine
tenths of an accelerator's memory (the default of vLLM, ``gpu_memory_utilization``), and
splits a model among 1, 2, 4, 8 … accelerators. With the figures of the model's ``config.json``
the cache is computed for ``max_model_len``, and only degrees that divide its heads and blocks
are used.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sagemaker_platform.catalog.hosts import family_of
from sagemaker_platform.catalog.instances import (
    InstanceType,
    find_instance_type,
    instance_types,
)
from sagemaker_platform.catalog.model_figures import ModelFigures

BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.5}
"""Bytes that one parameter takes."""
# What containers of today do not run on: too old for CUDA 12 and later.
_TOO_OLD = ("NVIDIA K80", "NVIDIA V100")
# First and last compute capability of a type (vLLM: "Supported Hardware" of quantization; FP8
# weights run from 8.0 on by the Marlin kernels; INT8 is not supported from 10.0 on; 2026-11).
_FIRST_CAPABILITY = {"bf16": 8.0, "fp8": 8.0, "int8": 7.5, "int4": 7.5}
_BEYOND_CAPABILITY = {"int8": 10.0}
# Activations, CUDA graphs and context, of each accelerator (vLLM logs of Llama 3.1 8B on 24 GB:
# 39,024 tokens are left, Graph-COM/SubgraphRAG issue 19).
_OVERHEAD_GIB = 2.0
# Without a config.json and max_model_len: nearly all models since 2024 have this much, and the
# cache of a model with grouped heads holds it.
DEFAULT_LENGTH = 8192
# Fewer tokens than these serve little.
_LEAST_LENGTH = 2048
_USABLE = 0.9
_CACHE_SHARE = 0.2
# Cache of one token in KiB without a config.json: for each billion of parameters, and at most
# (Llama 3.1 8B has 128 KiB, 70B and Qwen 2.5 72B have 320 KiB; huggingface.co, 2026-11).
_PER_BILLION = 16
_MOST_PER_TOKEN = 320
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
        cache_gib: memory for running requests (the key-value cache). Defaults to a fifth of
            the weights.
        tensor_parallel_degree: number of accelerators that share the model. Defaults to
            the result of `plan_large_model`.
        max_model_len: longest request with its answer, in tokens. Defaults to as much of the
            model's length as fits with ``figures``, and to 8192 without.
        figures: from the model's ``config.json``. If omitted, memory is estimated by size alone.
    """

    server: Server
    weights_gib: float
    dtype: str
    cache_gib: float | None = None
    tensor_parallel_degree: int | None = None
    max_model_len: int | None = None
    figures: ModelFigures | None = None

    @property
    def memory_gib(self) -> float:
        """Accelerator memory that it needs, weights and cache."""
        if self.cache_gib is not None:
            return self.weights_gib + self.cache_gib
        return self.weights_gib + max(self.weights_gib * _CACHE_SHARE, self.length_gib)

    @property
    def length_gib(self) -> float:
        """Cache of one sequence of ``max_model_len``, estimated by the size of the model."""
        return (self.max_model_len or 0) * self._token_gib

    @property
    def _token_gib(self) -> float:
        billions = self.weights_gib * 2**30 / BYTES[self.dtype] / 1e9
        return min(_MOST_PER_TOKEN, _PER_BILLION * billions) / 2**20

    @property
    def is_long(self) -> bool:
        """Whether ``max_model_len`` decides on the cache, in place of a share of the weights."""
        return self.cache_gib is None and self.length_gib > self.weights_gib * _CACHE_SHARE

    def tokens_in(self, gib: float) -> int:
        """Return about how many tokens some memory holds, in whole thousands."""
        return max(0, int(gib / self._token_gib)) // 1024 * 1024


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
        cache_room_gib: what weights and overhead leave of one accelerator for the cache.
    """

    tensor_parallel_degree: int
    model_data_download_timeout_seconds: int
    container_startup_timeout_seconds: int
    min_memory_mib: int
    cpu_cores: float
    copies: int
    cache_room_gib: float
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
        environment=_environment(model, degree, _length(model, instance, degree)),
        model_data_download_timeout_seconds=_minutes(
            _DOWNLOAD_EXTRA + model.weights_gib * 8 / gigabits
        ),
        container_startup_timeout_seconds=_minutes(
            _STARTUP_EXTRA + model.weights_gib / _GIB_PER_SECOND
        ),
        min_memory_mib=math.floor(instance.memory_gib * share * _HOST_SHARE * 1024),
        cpu_cores=max(1.0, math.floor(instance.vcpus * share * _HOST_SHARE)),
        copies=instance.accelerators // degree,
        cache_room_gib=_cache_room(model, instance, degree),
    )


def _unfit(model: LargeModel, instance: InstanceType) -> str:
    """Return why a model does not run on an instance type, or nothing."""
    if instance.kind != "gpu":
        return f"{instance.name} has no NVIDIA accelerators, which {model.server} runs on"
    if instance.accelerator in _TOO_OLD:
        return f"{instance.accelerator} of {instance.name} is too old for {model.server}"
    family = family_of(instance.name)
    capability = family.capability if family else 0.0
    if capability < _FIRST_CAPABILITY.get(model.dtype, 0):
        right = "fp16" if model.dtype == "bf16" else "bf16 or fp16"
        return (
            f"{instance.accelerator} of {instance.name} (compute capability {capability}) does "
            f"not compute {model.dtype}; use {right}"
        )
    if capability >= _BEYOND_CAPABILITY.get(model.dtype, 99):
        return (
            f"{instance.accelerator} of {instance.name} (compute capability {capability}) does "
            f"not compute {model.dtype}; use fp8"
        )
    figures = model.figures
    if figures is not None:
        if model.max_model_len is not None and model.max_model_len > figures.max_length:
            return (
                f"max_model_len is {model.max_model_len}, and the model has at most "
                f"{figures.max_length} tokens (max_position_embeddings)"
            )
        degree = model.tensor_parallel_degree
        if degree is not None and not figures.splits(degree):
            fitting = [str(n) for n in range(1, 17) if figures.splits(n)]
            return (
                f"tensor_parallel_degree {degree} must divide {figures.heads} attention heads, "
                f"{figures.kv_heads} key-value heads and feed-forward layers of "
                f"{', '.join(map(str, figures.split_sizes))} in blocks of {figures.block}; "
                f"possible: {', '.join(fitting)}"
            )
    wanted = model.tensor_parallel_degree
    if wanted is not None and wanted > instance.accelerators:
        return (
            f"tensor_parallel_degree parts the model among {wanted} accelerators, and "
            f"{instance.name} has {instance.accelerators}"
        )
    if figures is not None and not any(_degrees(model, instance)):
        return _without_room(model, figures, instance)
    if not any(_degrees(model, instance)):
        parts = wanted or _largest(instance)
        usable = parts * _per_accelerator(instance) * _USABLE
        if model.is_long:
            left = max(0.0, usable - model.weights_gib - parts * _OVERHEAD_GIB)
            return (
                f"weights of {model.weights_gib:.1f} GiB with a degree of {parts} leave "
                f"{left:.1f} GiB of {instance.name} for the cache, and by the model's size "
                f"max_model_len {model.max_model_len} needs about {model.length_gib:.1f} GiB; "
                f"about {model.tokens_in(left)} would fit. Give config for the exact figure, or "
                "cache_gib"
            )
        return (
            f"the model needs {model.memory_gib:.0f} GiB of accelerator memory, and of "
            f"{instance.name} it can use {usable:.0f} GiB with a degree of {parts}"
        )
    return ""


def _degrees(model: LargeModel, instance: InstanceType) -> Iterator[int]:
    """Return over how many accelerators a model can be sharded so that it fits."""
    wanted = model.tensor_parallel_degree
    degrees = [wanted] if wanted else [2**n for n in range(instance.accelerators.bit_length())]
    figures = model.figures
    for degree in degrees:
        if figures is None:
            overhead = degree * _OVERHEAD_GIB if model.is_long else 0
            fits = model.memory_gib + overhead <= degree * _per_accelerator(instance) * _USABLE
        else:
            fits = figures.splits(degree) and figures.tokens(
                degree, _cache_room(model, instance, degree)
            ) >= _least_length(model, figures)
        if fits and degree <= instance.accelerators:
            yield degree


def _cache_room(model: LargeModel, instance: InstanceType, degree: int) -> float:
    """Return what weights and overhead leave of one accelerator, in GiB."""
    usable = _per_accelerator(instance) * _USABLE
    return usable - model.weights_gib / degree - _OVERHEAD_GIB


def _least_length(model: LargeModel, figures: ModelFigures) -> int:
    return model.max_model_len or min(_LEAST_LENGTH, figures.max_length)


def _length(model: LargeModel, instance: InstanceType, degree: int) -> int:
    """Return the longest sequence that a server starts with."""
    figures = model.figures
    if model.max_model_len is not None or figures is None:
        return model.max_model_len or DEFAULT_LENGTH
    room = figures.tokens(degree, _cache_room(model, instance, degree))
    rounded = room // 1024 * 1024
    return min(figures.max_length, rounded)


def _without_room(model: LargeModel, figures: ModelFigures, instance: InstanceType) -> str:
    """Return why no degree holds weights and cache, and what would fit."""
    wanted = model.tensor_parallel_degree
    possible = [
        degree
        for degree in ([wanted] if wanted else range(1, instance.accelerators + 1))
        if degree is not None and degree & (degree - 1 if not wanted else 0) == 0
    ]
    splitting = [degree for degree in possible if figures.splits(degree)]
    degree = splitting[-1]
    room, length = _cache_room(model, instance, degree), _least_length(model, figures)
    tokens = figures.tokens(degree, room) // 1024 * 1024
    return (
        f"weights of {model.weights_gib:.1f} GiB with a degree of {degree} leave "
        f"{max(0.0, room):.1f} GiB of an accelerator of {instance.name} for the cache, and "
        f"max_model_len {length} needs {figures.cache_gib(degree, length):.1f} GiB"
        + (f"; max_model_len {tokens} would fit" if tokens >= 1024 else "")
    )


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


def _environment(model: LargeModel, degree: int, length: int) -> dict[str, str]:
    """Return the settings of a container (DJL: "LMI configurations"; AWS: "vLLM DLC")."""
    if model.server == "lmi":
        names = ("OPTION_TENSOR_PARALLEL_DEGREE", "OPTION_MAX_MODEL_LEN", "OPTION_DTYPE")
        extra = {"SERVING_FAIL_FAST": "true"}
    else:
        names = ("SM_VLLM_TENSOR_PARALLEL_SIZE", "SM_VLLM_MAX_MODEL_LEN", "SM_VLLM_DTYPE")
        extra = {}
    parallel, max_length, dtype = names
    found = {parallel: str(degree), max_length: str(length), **extra}
    # Quantized weights say themselves what they are.
    if word := {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}.get(model.dtype):
        found[dtype] = word if model.server == "vllm" else model.dtype
    return found


def _minutes(seconds: float) -> int:
    """Return a time-out that SageMaker accepts: whole minutes, in seconds."""
    return min(_LONGEST, math.ceil(seconds / 60) * 60)
