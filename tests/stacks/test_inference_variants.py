"""Many endpoints, each with one thing varied: what it becomes, or why it is refused."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

import pytest

from stacks.inference.host_settings import host_ami
from stacks.inference.instance_settings import InstanceSettings
from stacks.loading import load_environments
from tests.bad_settings import BASE, faults, write
from tests.support import block_of

AWS = "763104351884.dkr.ecr.eu-west-1.amazonaws.com"
OWN = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
CUDA_12 = "al2-ami-sagemaker-inference-gpu-3-1"
CUDA_13 = "al2023-ami-sagemaker-inference-gpu-4-1"
DATA = "model_data: s3://example-models/m/"
PYTORCH = 'framework: {name: pytorch, version: "2.6.0"}'
LMI = 'framework: {name: djl-lmi, version: "0.36.0"}'


def settings(body: str) -> str:
    return f"{BASE}inference:\n  endpoints:\n    - name: chat\n{indent(body, '      ')}\n"


def large(**keys: object) -> str:
    words = ", ".join(f"{key}: {value}" for key, value in {"server": "vllm", **keys}.items())
    return f"large_model: {{{words}}}\n{DATA}"


@pytest.mark.parametrize(
    ("body", "image", "ami"),
    [
        # The instance type decides on the accelerator.
        (f"{PYTORCH}\ninstance_type: ml.g4dn.xlarge", "2.6.0-gpu-", CUDA_12),
        (f"{PYTORCH}\ninstance_type: ml.g6e.xlarge", "2.6.0-gpu-", None),
        (f"{PYTORCH}\ninstance_type: ml.c7g.large", "pytorch-inference-arm64:", None),
        (f"{PYTORCH}\ninstance_type: ml.m6gd.large", "pytorch-inference-arm64:", None),
        (f"{PYTORCH}\ninstance_type: ml.m7i.large", "2.6.0-cpu-", None),
        (
            f"{PYTORCH}\ntype: serverless\nmemory_mb: 2048\nmax_concurrency: 5",
            "2.6.0-cpu-",
            None,
        ),
        (
            f"{PYTORCH}\ntype: asynchronous\ninstance_type: ml.p4d.24xlarge",
            "2.6.0-gpu-",
            CUDA_12,
        ),
        (
            f"{PYTORCH}\ntype: multi_model\nmodel_data: s3://example-models/m/\n"
            "instance_type: ml.g5.xlarge",
            "2.6.0-gpu-",
            CUDA_12,
        ),
        # Servers of Hugging Face.
        (
            'framework: {name: huggingface-tgi, version: "3.3.6"}\ninstance_type: ml.g5.2xlarge',
            "tgi3.3.6-gpu-py311-cu124",
            CUDA_12,
        ),
        (
            'framework: {name: huggingface-vllm, version: "0.29.0"}\ninstance_type: ml.g6.2xlarge',
            "huggingface-vllm:0.29.0-",
            CUDA_13,
        ),
        (
            'framework: {name: huggingface-neuronx, version: "4.55.4"}\n'
            "instance_type: ml.inf2.xlarge",
            "-neuronx-py310-sdk2.26.0-",
            None,
        ),
        # Copies of AWS's images, pulled through a cache.
        (
            f"image: {OWN}/mirror/vllm:0.30.0-gpu-py312-cu130\ninstance_type: ml.g5.xlarge",
            "",
            CUDA_13,
        ),
        (
            f"image: {OWN}/aws/pytorch-inference:2.6.0-gpu-py312\ninstance_type: ml.g5.xlarge",
            "",
            CUDA_12,
        ),
        (f"image: {OWN}/team/serving:cuda-12.8\ninstance_type: ml.g4dn.xlarge", "", CUDA_12),
        (f"image: {OWN}/team/serving:cuda11.8\ninstance_type: ml.g4dn.xlarge", "", None),
        (f"image: {OWN}/team/serving:1\ninstance_type: ml.trn1.2xlarge", "", None),
        # Sizes that fit.
        (
            f"{large(parameters_billions=70, dtype='int4')}\ninstance_type: ml.g5.12xlarge",
            "",
            CUDA_13,
        ),
        (
            f"{large(parameters_billions=70, dtype='fp8')}\ninstance_type: ml.g6e.12xlarge",
            "",
            CUDA_13,
        ),
        (
            f"{large(parameters_billions=405, dtype='fp8')}\ninstance_type: ml.p5.48xlarge",
            "",
            CUDA_13,
        ),
        (
            f"{large(parameters_billions=70)}\ninstance_type: ml.p4de.24xlarge",
            "",
            CUDA_13,
        ),
        (
            f"{large(parameters_billions=13, dtype='fp16')}\ninstance_type: ml.g4dn.12xlarge",
            "",
            CUDA_13,
        ),
        (
            f"{LMI}\n{DATA}\ninstance_type: ml.g6.12xlarge\n"
            'environment: {OPTION_TENSOR_PARALLEL_DEGREE: "4", OPTION_QUANTIZE: fp8}',
            "",
            CUDA_13,
        ),
        (
            f"{LMI}\n{DATA}\ninstance_type: ml.g5.12xlarge\n"
            "environment: {OPTION_TENSOR_PARALLEL_DEGREE: max, HF_MODEL_ID: /opt/ml/model}",
            "",
            CUDA_13,
        ),
        (
            f"{LMI}\ninstance_type: ml.g5.12xlarge\n"
            "environment: {HF_MODEL_ID: s3://example-models/llama/}",
            "",
            CUDA_13,
        ),
    ],
)
def test_what_starts_is_accepted(body: str, image: str, ami: str | None, tmp_path: Path) -> None:
    [environment] = load_environments(files=[write(tmp_path, settings(body))])
    [endpoint] = block_of(environment, "inference").endpoints
    [(_, model)] = endpoint.models()

    types = endpoint.instance_types if isinstance(endpoint, InstanceSettings) else []
    assert image in model.resolve(types).image
    if isinstance(endpoint, InstanceSettings):
        assert host_ami(endpoint, [model]) == ami


def components(instances: str, *models: str) -> str:
    lines = "\n".join(f"  - {{name: m{n}, {one}}}" for n, one in enumerate(models))
    return f"type: inference_components\n{instances}\ncomponents:\n{lines}"


def own(copies: int, compute: str) -> str:
    return f"image: {OWN}/a:1, copies: {copies}, compute: {{{compute}}}"


VLLM = f'framework: {{name: vllm, version: "0.30.0"}}, {DATA}'
TRITON = (
    'framework: {name: tritonserver, version: "25.04"}, model_data: s3://example-models/m.tar.gz'
)

REFUSED: Mapping[str, tuple[str, str]] = {
    "GPU image on Graviton": (
        f"image: {AWS}/vllm:0.30.0-gpu-py312-cu130\ninstance_type: ml.c7g.large",
        "the image requires gpu, and the instance type has graviton",
    ),
    "GPU image on Inferentia": (
        f"image: {AWS}/vllm:0.30.0-gpu-py312-cu130\ninstance_type: ml.inf2.xlarge",
        "the instance type has neuron",
    ),
    "Neuron image on GPUs": (
        'framework: {name: djl-neuronx, version: "0.29.0"}\ninstance_type: ml.g5.2xlarge',
        "the image requires neuron, and the instance type has gpu",
    ),
    "Neuron SDK 2 on Inferentia1": (
        'framework: {name: huggingface-tgi-neuronx, version: "0.3.0"}\n'
        "instance_type: ml.inf1.xlarge",
        "is for Inferentia2 and Trainium, and ml.inf1.xlarge has Inferentia1",
    ),
    "x86 image on Graviton": (
        'framework: {name: xgboost, version: "1.7-1"}\ninstance_type: ml.m6g.large',
        "the image requires cpu, and the instance type has graviton",
    ),
    "copy of a GPU image on processors": (
        f"image: {OWN}/mirror/djl-inference:0.36.0-lmi27.0.0-cu130\ninstance_type: ml.m7i.2xlarge",
        "the image requires gpu, and the instance type has cpu",
    ),
    "GPU image of AWS on a serverless endpoint": (
        f"image: {AWS}/pytorch-inference:2.6.0-gpu-py312\ntype: serverless\nmemory_mb: 2048\n"
        "max_concurrency: 5",
        "serverless endpoints have no accelerators",
    ),
    "Graviton image on a serverless endpoint": (
        'framework: {name: pytorch, version: "2.6.0", accelerator: graviton}\ntype: serverless\n'
        "memory_mb: 2048\nmax_concurrency: 5",
        "must be cpu",
    ),
    "FP8 on Turing": (
        f"{large(parameters_billions=8, dtype='fp8')}\ninstance_type: ml.g4dn.12xlarge",
        "does not compute fp8",
    ),
    "bf16 on Turing": (
        f"{large(parameters_billions=3)}\ninstance_type: ml.g4dn.12xlarge",
        "does not compute bf16; use fp16",
    ),
    "INT8 on Blackwell": (
        f"{large(parameters_billions=70, dtype='int8')}\ninstance_type: ml.p6-b200.48xlarge",
        "does not compute int8; use fp8",
    ),
    "option bf16 on Turing": (
        f"{LMI}\n{DATA}\ninstance_type: ml.g4dn.12xlarge\nenvironment: {{OPTION_DTYPE: bf16}}",
        "needs GPUs of compute capability 8.0, and ml.g4dn.12xlarge has 7.5",
    ),
    "option AWQ by Marlin on Turing": (
        f"image: {OWN}/team/vllm-own:1\n{DATA}\ninstance_type: ml.g4dn.12xlarge\n"
        "environment: {SM_VLLM_QUANTIZATION: awq_marlin}",
        "environment.SM_VLLM_QUANTIZATION: got",
    ),
    "option FP8 on Turing": (
        f"{LMI}\n{DATA}\ninstance_type: ml.g4dn.12xlarge\nenvironment: {{OPTION_QUANTIZE: fp8}}",
        "environment.OPTION_QUANTIZE: got",
    ),
    "degree beyond the GPUs": (
        f"{LMI}\n{DATA}\ninstance_type: ml.g5.12xlarge\n"
        'environment: {OPTION_TENSOR_PARALLEL_DEGREE: "8"}',
        "must be at most 4, the GPUs of ml.g5.12xlarge",
    ),
    "degree of a large model in a variable": (
        f"{large(parameters_billions=8)}\ninstance_type: ml.g5.12xlarge\n"
        'environment: {SM_VLLM_TENSOR_PARALLEL_SIZE: "8"}',
        "parts the model among 8 accelerators, and ml.g5.12xlarge has 4",
    ),
    "SM_NUM_GPUS beyond the GPUs": (
        f"image: {OWN}/mirror/tgi:3\ninstance_type: ml.g5.xlarge\n"
        'environment: {SM_NUM_GPUS: "4"}',
        "must be at most 1",
    ),
    "id of a model next to its data": (
        f"{LMI}\n{DATA}\ninstance_type: ml.g5.12xlarge\n"
        "environment: {HF_MODEL_ID: mistralai/Mistral-7B-v0.3}",
        "the network has no internet access",
    ),
    "id of a model for SGLang": (
        'framework: {name: sglang, version: "0.5.20"}\ninstance_type: ml.g5.12xlarge\n'
        "environment: {SM_SGLANG_MODEL_PATH: Qwen/Qwen3-8B}",
        "environment.SM_SGLANG_MODEL_PATH: got",
    ),
    "id of a model in an isolated container": (
        f"{LMI}\ninstance_type: ml.g5.12xlarge\nnetwork_isolation: true\n"
        "environment: {HF_MODEL_ID: s3://example-models/m/}",
        "network_isolation blocks all network access of containers",
    ),
    "two large models in containers": (
        "type: multi_container\ninstance_type: ml.g5.12xlarge\ncontainers:\n"
        f"  - name: a\n{indent(large(parameters_billions=3), '    ')}\n"
        f"  - name: b\n{indent(large(parameters_billions=3), '    ')}",
        "must be the only large model on the instances",
    ),
    "context beyond the memory, by size": (
        f"{large(parameters_billions=8.03, max_model_len=131072)}\ninstance_type: ml.g5.2xlarge",
        "max_model_len 131072 needs about 16.1 GiB; about 25600 would fit. Give config",
    ),
    "context in a variable": (
        f"{large(parameters_billions=8.03)}\ninstance_type: ml.g6.2xlarge\n"
        'environment: {SM_VLLM_MAX_MODEL_LEN: "131072"}',
        "max_model_len 131072 needs about 16.1 GiB",
    ),
    "pool with a type that is too small": (
        f"{large(parameters_billions=70, dtype='fp8')}\n"
        "instance_pools: [ml.g6e.12xlarge, ml.g6e.2xlarge]",
        "does not fit",
    ),
    "pool of GPUs of two generations": (
        f"{large(parameters_billions=8, dtype='fp8')}\n"
        "instance_pools: [ml.g5.12xlarge, ml.g4dn.12xlarge]",
        "does not compute fp8",
    ),
    "cores of the first copies": (
        components("instance_type: ml.m7i.xlarge", own(5, "cpu_cores: 2, min_memory_mb: 1024")),
        "must fit on 1 x ml.m7i.xlarge with the first copies of all components",
    ),
    "memory of the first copies": (
        components("instance_type: ml.m7i.xlarge", own(3, "cpu_cores: 1, min_memory_mb: 8192")),
        "must fit on 1 x ml.m7i.xlarge",
    ),
    "copies that no two instances hold": (
        components(
            "instance_type: ml.g5.12xlarge\ninstance_count: 2",
            own(2, "accelerators: 3, min_memory_mb: 1024"),
            own(1, "accelerators: 2, min_memory_mb: 1024"),
        ),
        "must fit on 2 x ml.g5.12xlarge",
    ),
    "GPU image without a GPU": (
        components(
            "instance_type: ml.g5.2xlarge",
            f"{VLLM}, compute: {{cpu_cores: 1, min_memory_mb: 1024}}",
        ),
        "compute.accelerators: must be given, because the image needs gpu",
    ),
    "adapter on a server without adapters": (
        components(
            "instance_type: ml.g5.2xlarge",
            f"{TRITON}, compute: {{accelerators: 1, min_memory_mb: 1024}}, "
            "adapters: [{name: x, model_data: s3://example-models/x.tar.gz}]",
        ),
        "require a container that loads adapters; tritonserver does not",
    ),
    "image of another region": (
        f"image: {OWN.replace('eu-west-1', 'us-east-1')}/a:1\ninstance_type: ml.m7i.large",
        "must be in eu-west-1",
    ),
    "image of another partition": (
        f"image: {OWN}.cn/a:1\ninstance_type: ml.m7i.large",
        "image: got",
    ),
    "key of another region": (
        f"image: {OWN}/a:1\ninstance_type: ml.m7i.large\n{DATA}\nmodel_data_key_arn: "
        "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "eu-west-1",
    ),
    "role of another partition": (
        f"image: {OWN}/a:1\ninstance_type: ml.m7i.large\n"
        "invokers: [{name: shop, role_arn: 'arn:aws-cn:iam::555555555555:role/shop'}]",
        "role_arn: got",
    ),
    "schedule with a day that does not exist": (
        f"image: {OWN}/a:1\ninstance_type: ml.m7i.large\nautoscaling:\n  max_instances: 2\n"
        "  schedules:\n    - {name: a, min_capacity: 1, max_capacity: 2, "
        "expression: 'cron(0 8 31 2 ? *)'}",
        "must be a valid date",
    ),
    "schedule by rate": (
        f"image: {OWN}/a:1\ninstance_type: ml.m7i.large\nautoscaling:\n  max_instances: 2\n"
        "  schedules: [{name: a, expression: 'rate(5 minutes)', min_capacity: 1, max_capacity: 2}]",
        "must be cron(...)",
    ),
    "plain secret in a variable": (
        f"image: {OWN}/a:1\ninstance_type: ml.m7i.large\n"
        "environment: {HF_TOKEN: hf_abcdefghijklmnopqrstuvwxyzABCDEFGH}",
        "Secrets Manager",
    ),
    "AMI of GPUs on Neuron": (
        f"image: {OWN}/a:1\ninstance_type: ml.inf2.xlarge\ninference_ami_version: {CUDA_13}",
        "is for GPU instances",
    ),
    "AMI without a driver for the image": (
        f"image: {OWN}/a:1-cu130\ninstance_type: ml.g5.xlarge\n"
        "inference_ami_version: al2-ami-sagemaker-inference-gpu-2-1",
        "has NVIDIA driver 535",
    ),
    "shards of a newer image": (
        f"large_model: {{server: lmi, version: '0.36.0', parameters_billions: 8}}\n{DATA}\n"
        "fast_model_loader: {}\ninstance_type: ml.g5.12xlarge",
        "cannot shard models",
    ),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_start_is_refused(body: str, message: str, tmp_path: Path) -> None:
    [line] = faults(write(tmp_path, settings(body)))

    assert message in line


def test_processors_on_gpu_instances_cause_a_warning(tmp_path: Path) -> None:
    body = 'framework: {name: xgboost, version: "1.7-1"}\ninstance_type: ml.g4dn.xlarge'
    [environment] = load_environments(files=[write(tmp_path, settings(body))])
    [inference] = [one for one in environment.capabilities if one.key == "inference"]

    [warning] = inference.warnings()

    assert "the GPUs of ml.g4dn.xlarge stay idle" in warning
