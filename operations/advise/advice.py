"""Which instance types fit, what they cost, and why the others do not fit.

The arithmetic for models that answer is that of `large_model` in the settings
(`sagemaker_platform.catalog.large_models`). Memory for training:

- full: 16 bytes for each parameter: weights and gradients in 16 bits, and weights, momentum and
  variance of Adam in 32 bits (Rajbhandari et al., "ZeRO", arXiv 1910.02054, section 3.1).
- lora: the weights, and a fiftieth of the parameters trained in full (Hu et al., "LoRA", arXiv
  2106.09685).
- qlora: the same with weights of half a byte (Dettmers et al., "QLoRA", arXiv 2305.14314).

A fifth is added for activations, which depend on batch and sequence: an estimate to begin with.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from operations.advise.needs import Needs
from operations.advise.tasks import Method, Task
from sagemaker_platform.catalog.hosts import family_of
from sagemaker_platform.catalog.instances import InstanceType, all_instance_types
from sagemaker_platform.catalog.large_models import (
    BYTES,
    LargeModel,
    LargeModelError,
    plan_large_model,
    weights_gib,
)
from sagemaker_platform.catalog.prices import PriceKey, PriceList
from stacks.sagemaker_api import instance_types

_ENUMS: dict[Task, str] = {
    "studio": "AppInstanceType",
    "training": "TrainingInstanceType",
    "real_time": "ProductionVariantInstanceType",
    "asynchronous": "ProductionVariantInstanceType",
    "batch_transform": "TransformInstanceType",
    "hyperpod": "ClusterInstanceType",
}
_COMPONENTS: dict[Task, str] = {
    "studio": "studio",
    "training": "training",
    "real_time": "hosting",
    "asynchronous": "asynchronous",
    "batch_transform": "batch_transform",
    "hyperpod": "cluster",
}
_SERVES = ("real_time", "asynchronous", "batch_transform")
_FULL, _ADAPTERS, _ACTIVATIONS = 16.0, 0.02, 1.2
_USABLE = 0.9
_MOST_INSTANCES = 64
# Instances that train one model together exchange gradients all the time. A rule of this project,
# not a limit of AWS.
_FAST_GBPS = 100
# PyTorch 2.8 and later are built for compute capability 7.0 and later.
_FIRST_CAPABILITY, _BF16_CAPABILITY = 7.0, 8.0
_GIB = 2**30
# Of the host's memory that a task can use.
_HOST_SHARE = 0.75
_SERVERLESS_MB = (1024, 2048, 3072, 4096, 5120, 6144)


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One instance type.

    Attributes:
        instance_type: with `ml.`; for `serverless`, its memory.
        reason: why it does not fit; empty if it does.
        arithmetic: how its memory is used.
        count: how many instances are needed.
        usd: per month, for all instances; None if no price is recorded.
        accelerator_gib: accelerator memory of one instance.
        memory_gib: memory of its host.
    """

    instance_type: str
    reason: str = ""
    arithmetic: str = ""
    count: int = 1
    usd: float | None = None
    accelerator_gib: float = 0
    memory_gib: float = 0


def advise(needs: Needs, prices: PriceList) -> list[Advice]:
    """Return all types of a task: those that fit first, cheapest first; then the others.

    Types without a recorded price come after those with one, smallest first.
    """
    if needs.task == "serverless":
        every = list(_serverless(needs))
    else:
        known = all_instance_types()
        every = [
            _capped(_priced(_advice(needs, known[name]), needs, prices), needs)
            for name in instance_types(_ENUMS[needs.task])
            if name in known
        ]
    return sorted(every, key=_rank)


def _rank(one: Advice) -> tuple[bool, bool, float, float, float, str]:
    return (
        bool(one.reason),
        one.usd is None,
        one.usd or 0,
        one.accelerator_gib * one.count,
        one.memory_gib * one.count,
        one.instance_type,
    )


def _advice(needs: Needs, instance: InstanceType) -> Advice:
    one = Advice(
        instance_type=instance.name,
        accelerator_gib=instance.accelerator_memory_gib,
        memory_gib=instance.memory_gib,
    )
    if reason := _too_small(needs, instance):
        return replace(one, reason=reason)
    if needs.parameters_billions is None:
        if instance.accelerators and not needs.accelerators:
            return replace(one, reason="has accelerators, which nothing asks for")
        return replace(one, arithmetic=f"{instance.vcpus} vCPUs, {instance.memory_gib:g} GiB")
    if needs.task in _SERVES:
        return _served(needs, needs.parameters_billions, instance, one)
    return _trained(needs, needs.parameters_billions, instance, one)


def _too_small(needs: Needs, instance: InstanceType) -> str:
    if instance.accelerators < needs.accelerators:
        return f"has {instance.accelerators} accelerators, of {needs.accelerators}"
    if instance.vcpus < needs.vcpus:
        return f"has {instance.vcpus} vCPUs, of {needs.vcpus}"
    memory = max(needs.memory_gib, needs.data_gib / _HOST_SHARE)
    if instance.memory_gib < memory:
        return f"has {instance.memory_gib:g} GiB of memory, of {memory:.0f}"
    return ""


def _served(needs: Needs, parameters: float, instance: InstanceType, one: Advice) -> Advice:
    """Place a model that answers, with the cache of all requests under way."""
    weights = weights_gib(parameters_billions=parameters, dtype=needs.dtype)
    model = LargeModel(
        server="vllm",
        weights_gib=weights,
        dtype=needs.dtype,
        figures=needs.figures,
        max_model_len=needs.context if needs.figures else None,
    )
    try:
        plan = plan_large_model(model, instance.name)
    except LargeModelError as error:
        return replace(one, reason=str(error).rpartition("; ")[0] or str(error))
    degree = plan.tensor_parallel_degree
    text = f"weights {weights:.1f} GiB {needs.dtype} on {degree} of {instance.accelerator}"
    bound = _bound(weights, degree, instance)
    if needs.tokens_per_second and bound is not None and bound < needs.tokens_per_second:
        return replace(
            one,
            reason=f"its memory reads the weights {bound:.0f} times per second, so a request "
            f"gets {bound:.0f} tokens per second at the most",
        )
    if bound is not None:
        text += f"; up to {bound:.0f} tokens per second for one request"
    if needs.figures is None:
        return replace(one, arithmetic=text)
    held = needs.figures.tokens(degree, plan.cache_room_gib) // needs.context * plan.copies
    text += (
        f"; {plan.cache_room_gib:.1f} GiB of each for the cache: {held} requests of "
        f"{needs.context} tokens"
    )
    count = math.ceil((needs.concurrency or 1) / held)
    return _counted(replace(one, arithmetic=text, count=count))


def _trained(needs: Needs, parameters: float, instance: InstanceType, one: Advice) -> Advice:
    """Place a model that is trained, or explored in Studio."""
    method = "lora" if needs.task == "studio" else needs.method
    if reason := _untrainable(needs, instance):
        return replace(one, reason=reason)
    wanted = training_gib(parameters, needs.dtype, method)
    usable = instance.accelerator_memory_gib * _USABLE
    count = math.ceil(wanted / usable)
    if needs.task == "studio" and count > 1:
        return replace(
            one, reason=f"{method} needs {wanted:.0f} GiB, and {usable:.0f} of it can be used"
        )
    if count > 1 and instance.network_gbps < _FAST_GBPS:
        return replace(
            one,
            reason=f"{method} takes {count} of them, and their network has "
            f"{instance.network_gbps:g} Gbps, of {_FAST_GBPS}",
        )
    text = (
        f"{method}: {wanted:.0f} GiB, of {count} x {instance.accelerators} "
        f"{instance.accelerator} with {usable:.0f} GiB usable"
    )
    return _counted(replace(one, arithmetic=text, count=count))


def _untrainable(needs: Needs, instance: InstanceType) -> str:
    if not instance.accelerators:
        return "has no accelerators"
    family = family_of(instance.name)
    capability = family.capability if family else None
    if capability is not None and capability < _FIRST_CAPABILITY:
        return f"{instance.accelerator} is too old for today's frameworks"
    if capability is not None and needs.dtype == "bf16" and capability < _BF16_CAPABILITY:
        return f"{instance.accelerator} does not compute bf16: use fp16"
    return ""


def training_gib(parameters_billions: float, dtype: str, method: Method) -> float:
    """Return the accelerator memory that training takes, over all accelerators, in GiB."""
    trained = 1.0 if method == "full" else _ADAPTERS
    frozen = {"full": 0.0, "lora": BYTES[dtype], "qlora": BYTES["int4"]}[method]
    per_parameter = (trained * _FULL + frozen) * _ACTIVATIONS
    return parameters_billions * 1e9 * per_parameter / _GIB


def _counted(one: Advice) -> Advice:
    if one.count > _MOST_INSTANCES:
        return replace(one, reason=f"needs {one.count} instances, more than {_MOST_INSTANCES}")
    return one


def _bound(weights: float, degree: int, instance: InstanceType) -> float | None:
    """Return how often per second the accelerators read all weights: tokens of one request."""
    speed = _bandwidths().get(instance.accelerator)
    return None if speed is None else speed * 1e9 * degree / (weights * _GIB)


@cache
def _bandwidths() -> dict[str, float]:
    lines = Path(__file__).with_name("bandwidth.csv").read_text("utf-8").splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")][1:]
    return {row[0]: float(row[1]) for row in rows}


def _priced(one: Advice, needs: Needs, prices: PriceList) -> Advice:
    key = PriceKey("sagemaker", one.instance_type, _COMPONENTS[needs.task])
    price = prices.find(key, needs.region)
    if price is None or one.reason:
        return one
    return replace(one, usd=price.usd * needs.hours * one.count)


def _capped(one: Advice, needs: Needs) -> Advice:
    if needs.max_usd is None or one.reason or one.usd is None or one.usd <= needs.max_usd:
        return one
    return replace(one, reason=f"costs {one.usd:,.0f} USD per month, of {needs.max_usd:,.0f}")


def _serverless(needs: Needs) -> Iterator[Advice]:
    weights = 0.0
    if needs.parameters_billions:
        weights = weights_gib(parameters_billions=needs.parameters_billions, dtype=needs.dtype)
    wanted = max(needs.memory_gib, needs.data_gib, weights) / _HOST_SHARE
    for size in _SERVERLESS_MB:
        one = Advice(instance_type=f"{size} MB", memory_gib=size / 1024)
        if needs.accelerators:
            yield replace(one, reason="serverless endpoints have no accelerators")
        elif wanted > size / 1024:
            yield replace(one, reason=f"has {size / 1024:g} GiB, of {wanted:.1f}")
        else:
            yield replace(one, arithmetic=f"{wanted:.1f} GiB needed; billed while it answers")
