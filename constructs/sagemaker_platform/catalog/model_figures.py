"""Figures of a large language model from its ``config.json``: heads, layers, cache, blocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_GIB = 2**30
_DTYPES = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}


class FiguresError(ValueError):
    """A file that is not the ``config.json`` of a language model."""


@dataclass(frozen=True, kw_only=True)
class ModelFigures:
    """What decides whether a server starts with a model.

    Args:
        heads: attention heads; tensor parallelism must divide them (vLLM, issue 2652).
        kv_heads: key-value heads; shared among accelerators as far as they reach.
        layers: layers that keep a cache.
        head_dim: size of a head.
        latent_dim: size of the compressed cache of multi-head latent attention, which each
            accelerator holds whole; 0 without it.
        max_length: longest sequence of the model, in tokens.
        split_sizes: sizes that tensor parallelism splits: of the feed-forward layers.
        block: block or group of the quantization, which must divide each split (vLLM,
            issue 17569); 1 without one.
        dtype: type of the weights.
    """

    heads: int
    kv_heads: int
    layers: int
    head_dim: int
    latent_dim: int = 0
    max_length: int
    split_sizes: tuple[int, ...] = ()
    block: int = 1
    dtype: str = "bf16"

    def splits(self, degree: int) -> bool:
        """Return whether the model can be split among some accelerators."""
        if degree == 1:
            return True
        if self.heads % degree:
            return False
        if self.kv_heads % degree and degree % self.kv_heads:
            return False
        return all(size % (degree * self.block) == 0 for size in self.split_sizes)

    def cache_bytes(self, degree: int) -> int:
        """Return the cache of one token on one accelerator, in bytes, at 16 bits a value."""
        if self.latent_dim:
            return 2 * self.layers * self.latent_dim
        return 2 * 2 * self.layers * max(1, self.kv_heads // degree) * self.head_dim

    def cache_gib(self, degree: int, tokens: int) -> float:
        """Return the cache of a sequence on one accelerator, in GiB."""
        return self.cache_bytes(degree) * tokens / _GIB

    def tokens(self, degree: int, gib: float) -> int:
        """Return how many tokens a cache on one accelerator holds."""
        return max(0, int(gib * _GIB / self.cache_bytes(degree)))


def read_figures(config: Mapping[str, Any]) -> ModelFigures:
    """Return the figures of a ``config.json`` (Hugging Face: ``PretrainedConfig``).

    Raises:
        FiguresError: a figure is missing or no whole number above zero.
    """
    text = config.get("text_config")
    text = {**config, **text} if isinstance(text, Mapping) else config
    heads = _number(text, "num_attention_heads")
    latent = text.get("kv_lora_rank") or 0
    experts = _optional(text, "moe_intermediate_size")
    dense = _optional(text, "intermediate_size")
    quantization = config.get("quantization_config") or text.get("quantization_config") or {}
    return ModelFigures(
        heads=heads,
        kv_heads=_optional(text, "num_key_value_heads") or heads,
        layers=_number(text, "num_hidden_layers"),
        head_dim=_optional(text, "head_dim") or _number(text, "hidden_size") // heads,
        latent_dim=latent + (text.get("qk_rope_head_dim") or 0) if latent else 0,
        max_length=_number(text, "max_position_embeddings"),
        split_sizes=tuple(size for size in (dense, experts) if size),
        block=_block(quantization),
        dtype=_dtype(text, quantization),
    )


def _optional(config: Mapping[str, Any], key: str) -> int | None:
    return None if config.get(key) is None else _number(config, key)


def _number(config: Mapping[str, Any], key: str) -> int:
    value = config.get(key)
    if type(value) is not int or value < 1:
        raise FiguresError(f"must have {key}, a whole number above zero; got {value!r}")
    return value


def _block(quantization: Mapping[str, Any]) -> int:
    blocks = quantization.get("weight_block_size")
    if isinstance(blocks, list) and blocks:
        return max(one for one in blocks if isinstance(one, int))
    size = quantization.get("group_size")
    return size if isinstance(size, int) and size > 0 else 1


def _dtype(config: Mapping[str, Any], quantization: Mapping[str, Any]) -> str:
    method = str(quantization.get("quant_method", ""))
    if "fp8" in method or "float8" in str(quantization.get("fmt", "")):
        return "fp8"
    bits, kind = quantization.get("bits"), ""
    for group in (quantization.get("config_groups") or {}).values():
        weights = group.get("weights") or {}
        bits, kind = weights.get("num_bits"), str(weights.get("type", ""))
    if bits is None and method == "awq":
        bits = quantization.get("w_bit", 4)
    if bits == 8:
        return "fp8" if kind == "float" else "int8"
    if bits == 4:
        return "int4"
    found = config.get("torch_dtype") or config.get("dtype")
    return _DTYPES.get(str(found), "bf16")
