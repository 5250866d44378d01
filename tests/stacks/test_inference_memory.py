"""Large models with their ``config.json``: published cases of what starts and what does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.inference.real_time_settings import RealTimeSettings
from stacks.loading import load_environments
from tests.bad_settings import BASE, faults, write
from tests.support import block_of


def config(heads: int, kv: int, layers: int, length: int, **more: Any) -> dict[str, Any]:
    """Return a config.json; the size of a head is 128 unless more is given."""
    return {
        "num_attention_heads": heads,
        "num_key_value_heads": kv,
        "num_hidden_layers": layers,
        "max_position_embeddings": length,
        "hidden_size": heads * 128,
        "torch_dtype": "bfloat16",
        **more,
    }


FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128]}
# As the models are published at huggingface.co.
LLAMA_8B = config(32, 8, 32, 131_072, intermediate_size=14_336)
LLAMA_70B = config(64, 8, 80, 131_072, intermediate_size=28_672)
LLAMA_2_13B = config(40, 40, 40, 4096, intermediate_size=13_824)
WIZARD_33B = config(52, 52, 60, 2048, intermediate_size=17_920)
QWEN_1_5_7B = config(32, 32, 32, 32_768, intermediate_size=11_008)
QWEN_2_VL_2B = config(12, 2, 28, 32_768, intermediate_size=8960)
QWEN_2_57B = config(28, 4, 28, 32_768, intermediate_size=18_944, moe_intermediate_size=2560)
QWEN_3_235B = config(
    64, 4, 94, 40_960, intermediate_size=12_288, moe_intermediate_size=1536,
    head_dim=128, quantization_config=FP8,
)  # fmt: skip
QWEN_3_30B = config(
    32, 4, 48, 40_960, intermediate_size=6144, moe_intermediate_size=768,
    head_dim=128, quantization_config=FP8,
)  # fmt: skip
SPARSE = config(32, 4, 48, 40_960, moe_intermediate_size=320, quantization_config=FP8)
DEEPSEEK_R1 = config(
    128, 128, 61, 163_840, intermediate_size=18_432, moe_intermediate_size=2048,
    kv_lora_rank=512, qk_rope_head_dim=64, quantization_config=FP8,
)  # fmt: skip
MIXTRAL = config(32, 8, 32, 32_768, intermediate_size=14_336)


def settings(model: dict[str, Any], lines: str, instance_type: str, folder: Path) -> str:
    (folder / "model.json").write_text(json.dumps(model), "utf-8")
    return write(
        folder,
        f"{BASE}inference:\n  endpoints:\n    - name: chat\n"
        f"      instance_type: {instance_type}\n      model_data: s3://example-models/m/\n"
        f"      large_model: {{server: vllm, config: model.json, {lines}}}\n",
    )


def environment(file: str) -> dict[str, str]:
    [found] = load_environments(files=[file])
    [endpoint] = block_of(found, "inference").endpoints
    assert isinstance(endpoint, RealTimeSettings)
    plan = endpoint.plan(endpoint.instance_types[0])
    assert plan is not None
    return {key.removeprefix("SM_VLLM_"): value for key, value in plan.environment.items()}


@pytest.mark.parametrize(
    ("model", "lines", "instance_type", "message"),
    [
        pytest.param(
            LLAMA_8B, "parameters_billions: 8.03, max_model_len: 131072", "ml.g6.2xlarge",
            "max_model_len 131072 needs 16.0 GiB",
            id="github.com/vllm-project/vllm/issues/7154",
        ),
        pytest.param(
            LLAMA_8B, "parameters_billions: 8.03, max_model_len: 40960", "ml.g5.2xlarge",
            "would fit",
            id="github.com/Graph-COM/SubgraphRAG/issues/19 (39,024 tokens)",
        ),
        pytest.param(
            LLAMA_70B,
            "parameters_billions: 70.6, max_model_len: 131072, tensor_parallel_degree: 2",
            "ml.p5.48xlarge", "max_model_len 131072 needs 20.0 GiB",
            id="github.com/vllm-project/vllm/issues/10517",
        ),
        pytest.param(
            QWEN_1_5_7B, "parameters_billions: 7.72, max_model_len: 32768", "ml.g5.2xlarge",
            "max_model_len 32768 needs 16.0 GiB",
            id="github.com/QwenLM/Qwen3/issues/295",
        ),
        pytest.param(
            WIZARD_33B, "parameters_billions: 32.5, tensor_parallel_degree: 8", "ml.g5.48xlarge",
            "must divide 52 attention heads",
            id="github.com/vllm-project/vllm/issues/2652",
        ),
        pytest.param(
            QWEN_2_57B, "parameters_billions: 57.4, tensor_parallel_degree: 8", "ml.p4d.24xlarge",
            "must divide 28 attention heads",
            id="github.com/vllm-project/vllm/issues/2652 (comment)",
        ),
        pytest.param(
            QWEN_2_VL_2B, "parameters_billions: 2.2, tensor_parallel_degree: 8", "ml.g5.48xlarge",
            "must divide 12 attention heads",
            id="github.com/MIV-XJTU/FSDrive/issues/21",
        ),
        pytest.param(
            LLAMA_2_13B, "parameters_billions: 13, tensor_parallel_degree: 3", "ml.g5.12xlarge",
            "must divide 40 attention heads",
            id="github.com/vllm-project/vllm/issues/596",
        ),
        pytest.param(
            QWEN_3_235B, "parameters_billions: 235, tensor_parallel_degree: 8", "ml.p5.48xlarge",
            "in blocks of 128; possible: 1, 2, 4",
            id="github.com/vllm-project/vllm/issues/17569",
        ),
        pytest.param(
            QWEN_3_30B, "parameters_billions: 30.5, tensor_parallel_degree: 4", "ml.g6.12xlarge",
            "in blocks of 128; possible: 1, 2",
            id="github.com/vllm-project/vllm/pull/44763",
        ),
        pytest.param(
            SPARSE, "parameters_billions: 30, tensor_parallel_degree: 2", "ml.g6e.12xlarge",
            "in blocks of 128; possible: 1",
            id="github.com/vllm-project/vllm/issues/54178",
        ),
        pytest.param(
            LLAMA_8B, "parameters_billions: 8.03, max_model_len: 200000", "ml.p5.48xlarge",
            "the model has at most 131072 tokens",
            id="longer than the model",
        ),
        pytest.param(
            LLAMA_8B, "parameters_billions: 8.03, dtype: fp8", "ml.g4dn.12xlarge",
            "does not compute fp8; use bf16 or fp16",
            id="docs.vllm.ai quantization/supported_hardware: FP8 on Turing",
        ),
        pytest.param(
            LLAMA_8B, "parameters_billions: 8.03, dtype: int8", "ml.p6-b200.48xlarge",
            "does not compute int8; use fp8",
            id="docs.vllm.ai quantization/int8: INT8 on Blackwell",
        ),
    ],
)  # fmt: skip
def test_what_does_not_start_is_refused(
    model: dict[str, Any], lines: str, instance_type: str, message: str, tmp_path: Path
) -> None:
    [line] = faults(settings(model, lines, instance_type, tmp_path))

    assert message in line


@pytest.mark.parametrize(
    ("model", "lines", "instance_type", "degree", "length"),
    [
        pytest.param(
            LLAMA_8B, "parameters_billions: 8.03", "ml.g5.2xlarge", 1, 25_600,
            id="github.com/Graph-COM/SubgraphRAG/issues/19: 39,024 tokens on a larger GPU",
        ),
        pytest.param(
            LLAMA_8B, "parameters_billions: 8.03", "ml.g5.12xlarge", 4, 131_072,
            id="the model's own length",
        ),
        pytest.param(
            QWEN_3_235B, "parameters_billions: 235", "ml.p5en.48xlarge", 4, 40_960,
            id="github.com/vllm-project/vllm/issues/17569: 4 in place of 8",
        ),
        pytest.param(
            DEEPSEEK_R1, "parameters_billions: 684", "ml.p5en.48xlarge", 8, 163_840,
            id="github.com/vllm-project/vllm/issues/12256: DeepSeek on 8 GPUs",
        ),
        pytest.param(
            MIXTRAL, "parameters_billions: 46.7", "ml.g5.48xlarge", 8, 32_768, id="Mixtral 8x7B"
        ),
    ],
)  # fmt: skip
def test_degree_and_length_follow_from_the_figures(
    model: dict[str, Any],
    lines: str,
    instance_type: str,
    degree: int,
    length: int,
    tmp_path: Path,
) -> None:
    found = environment(settings(model, lines, instance_type, tmp_path))

    assert found["TENSOR_PARALLEL_SIZE"] == str(degree)
    assert found["MAX_MODEL_LEN"] == str(length)


def test_a_config_without_heads_is_refused(tmp_path: Path) -> None:
    [line] = faults(settings({}, "parameters_billions: 8", "ml.g5.2xlarge", tmp_path))

    assert "large_model.config: " in line
    assert "must have num_attention_heads" in line


def test_a_config_that_is_missing_is_refused(tmp_path: Path) -> None:
    file = settings(LLAMA_8B, "parameters_billions: 8", "ml.g5.2xlarge", tmp_path)
    (tmp_path / "model.json").unlink()

    [line] = faults(file)

    assert "must be a JSON file next to the settings file" in line
