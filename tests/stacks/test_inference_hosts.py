"""Images, instance types and hosts: what starts together, and what is refused."""

from pathlib import Path
from textwrap import indent

import pytest

from sagemaker_platform.catalog.hosts import choose_transform_ami
from stacks.inference.host_settings import host_ami
from stacks.inference.real_time_settings import RealTimeSettings
from stacks.loading import load_environments
from tests.bad_settings import BASE, faults, write
from tests.support import block_of

AWS = "763104351884.dkr.ecr.eu-west-1.amazonaws.com"
OWN = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
CUDA_12 = "al2-ami-sagemaker-inference-gpu-3-1"
CUDA_13 = "al2023-ami-sagemaker-inference-gpu-4-1"


def settings(body: str) -> str:
    return f"{BASE}inference:\n  endpoints:\n    - name: chat\n{indent(body, '      ')}\n"


def framework(name: str, version: str, accelerator: str = "gpu") -> str:
    return f'framework: {{name: {name}, version: "{version}", accelerator: {accelerator}}}'


@pytest.mark.parametrize(
    ("container", "instance_type", "ami"),
    [
        (framework("sglang", "0.5.20"), "ml.g5.2xlarge", CUDA_13),
        (framework("vllm", "0.30.0"), "ml.g6.2xlarge", CUDA_13),
        (framework("vllm", "0.30.0"), "ml.p5.48xlarge", CUDA_13),
        (framework("djl-lmi", "0.38.0"), "ml.p5en.48xlarge", CUDA_13),
        (framework("djl-lmi", "0.35.0"), "ml.g5.2xlarge", CUDA_12),
        (framework("djl-lmi", "0.35.0"), "ml.g6.2xlarge", None),
        (framework("djl-lmi", "0.35.0"), "ml.p5en.48xlarge", None),
        (framework("tensorflow", "2.19.0"), "ml.g4dn.xlarge", CUDA_12),
        (framework("tritonserver", "26.05"), "ml.g5.xlarge", CUDA_13),
        (framework("tritonserver", "25.04"), "ml.p4d.24xlarge", CUDA_12),
        (framework("pytorch", "2.6.0"), "ml.g4dn.xlarge", CUDA_12),
        (framework("pytorch", "2.6.0", "cpu"), "ml.g4dn.xlarge", None),
        (framework("pytorch", "2.6.0", "cpu"), "ml.m7i.large", None),
        (framework("vllm", "0.30.0"), "ml.p6-b200.48xlarge", None),
        (f"image: {OWN}/team/llm:1.0-cu130", "ml.g5.2xlarge", CUDA_13),
        (f"image: {OWN}/team/llm:1.0", "ml.g5.2xlarge", None),
    ],
)
def test_the_host_suits_image_and_instance(
    container: str, instance_type: str, ami: str | None, tmp_path: Path
) -> None:
    text = settings(f"{container}\ninstance_type: {instance_type}")

    [environment] = load_environments(files=[write(tmp_path, text)])

    [endpoint] = block_of(environment, "inference").endpoints
    assert isinstance(endpoint, RealTimeSettings)
    assert host_ami(endpoint, [endpoint]) == ami


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            f"{framework('vllm', '0.30.0')}\ninstance_type: ml.p3.2xlarge",
            "needs CUDA 12 or older: choose a newer instance type",
            id="GPU too old",
        ),
        pytest.param(
            f"{framework('tensorflow', '2.19.0')}\ninstance_type: ml.g7e.2xlarge",
            "needs CUDA 12.8 or newer: choose a newer version of the image",
            id="GPU too new",
        ),
        pytest.param(
            f"{framework('vllm', '0.30.0')}\ninstance_type: ml.g5.2xlarge\n"
            f"inference_ami_version: {CUDA_12}",
            "inference_ami_version: got",
            id="driver too old",
        ),
        pytest.param(
            f"{framework('djl-lmi', '0.35.0')}\ninstance_type: ml.g5.2xlarge\n"
            f"inference_ami_version: {CUDA_13}",
            "has CUDA 12, which does not start there. Remove the line",
            id="host too new",
        ),
        pytest.param(
            f"{framework('djl-lmi', '0.35.0')}\ninstance_type: ml.g5.2xlarge\n"
            "inference_ami_version: al2-ami-sagemaker-inference-neuron-2",
            "is for Inferentia2 and Trainium, and ml.g5.2xlarge has neither",
            id="host for Neuron",
        ),
        pytest.param(
            f"image: {OWN}/team/churn:1\ninstance_type: ml.m7i.large\n"
            f"inference_ami_version: {CUDA_12}",
            "is for GPU instances, and ml.m7i.large has no NVIDIA GPU",
            id="host for GPUs",
        ),
        pytest.param(
            f"{framework('vllm', '0.30.0')}\ninstance_type: ml.m7i.2xlarge",
            "does not run on ml.m7i.2xlarge: the image requires gpu",
            id="GPU image on CPU",
        ),
        pytest.param(
            f"image: {AWS}/vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker\n"
            "instance_type: ml.m7i.2xlarge",
            "image: got",
            id="GPU image by URI on CPU",
        ),
        pytest.param(
            f"image: {AWS}/pytorch-inference-arm64:2.6.0-cpu-py312-ubuntu22.04-sagemaker\n"
            "instance_type: ml.m7i.2xlarge",
            "the image requires graviton",
            id="Graviton image by URI",
        ),
        pytest.param(
            "type: multi_container\ninstance_type: ml.g5.2xlarge\ncontainers:\n"
            f"  - name: a\n    {framework('vllm', '0.30.0')}\n"
            f"  - name: b\n    {framework('pytorch', '2.6.0')}",
            "they have CUDA 12 and CUDA 13: no host starts both",
            id="two versions of CUDA",
        ),
        pytest.param(
            f"{framework('vllm', '0.30.0')}\ninstance_type: ml.g5.2xlarge\n"
            f"shadow_experiment:\n  name: next\n  image: {OWN}/team/llm:1\n"
            "  instance_type: ml.g5.2xlarge",
            "which SageMaker does not support for experiments",
            id="experiment",
        ),
    ],
)
def test_what_does_not_start_is_refused(body: str, message: str, tmp_path: Path) -> None:
    [line] = faults(write(tmp_path, settings(body)))

    assert message in line


def test_a_batch_transform_with_a_gpu_image_on_a_cpu_is_refused(tmp_path: Path) -> None:
    text = (
        f"{BASE}inference:\n  batch_transforms:\n    - name: score\n"
        f"      {framework('pytorch', '2.6.0')}\n      instance_type: ml.m5.xlarge\n"
        "      model_data: s3://example-models/m.tar.gz\n"
        "      input: {uri: s3://example-data/in/}\n"
    )

    [line] = faults(write(tmp_path, text))

    assert "inference.batch_transforms[0].framework: " in line


def test_a_batch_transform_gets_a_driver_for_its_image() -> None:
    image = f"{AWS}/vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker"

    assert choose_transform_ami(image, "ml.g5.xlarge") == "al2-ami-sagemaker-batch-gpu-535"
    assert choose_transform_ami(image, "ml.m5.xlarge") is None
