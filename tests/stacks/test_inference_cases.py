"""Environments of many kinds of endpoints: what each becomes, or why it is refused."""

from pathlib import Path
from typing import Any

import pytest

from stacks.loading import load_environments
from tests.bad_settings import faults
from tests.support import ROOT, block_of, stack, synthesized

CASES = ROOT / "tests" / "fixtures" / "inference"
GOOD = (
    "experiment",
    "largest-model",
    "multi-model-trees",
    "one-copy",
    "one-gpu",
    "other-servers",
    "pair-with-adapter",
    "serverless-text",
    "speech-to-zero",
)
CUDA_12 = "al2-ami-sagemaker-inference-gpu-3-1"
CUDA_13 = "al2023-ami-sagemaker-inference-gpu-4-1"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outdir = tmp_path_factory.mktemp("cases")
    return synthesized(outdir, *(CASES / f"{name}.yaml" for name in GOOD))


def found(assembly: Path, name: str, kind: str) -> list[dict[str, Any]]:
    text = (CASES / f"{name}.yaml").read_text("utf-8")
    [environment] = [one[6:] for one in text.splitlines() if one.startswith("name: ")]
    resources = stack(assembly, f"{environment}/inference").resources().values()
    return [r["Properties"] for r in resources if r["Type"] == f"AWS::SageMaker::{kind}"]


@pytest.mark.parametrize(
    ("name", "amis"),
    [
        ("one-gpu", [CUDA_13]),
        ("one-copy", [CUDA_13]),
        ("pair-with-adapter", [CUDA_13]),
        ("largest-model", [CUDA_13]),
        ("other-servers", [CUDA_13, CUDA_12, CUDA_13]),
        ("speech-to-zero", [CUDA_12]),
        ("multi-model-trees", [None]),
        ("serverless-text", [None]),
        ("experiment", [None]),
    ],
)
def test_each_gets_the_host_that_its_image_needs(
    assembly: Path, name: str, amis: list[str | None]
) -> None:
    configurations = found(assembly, name, "EndpointConfig")

    assert [
        one["ProductionVariants"][0].get("InferenceAmiVersion") for one in configurations
    ] == amis


def test_a_model_of_unknown_length_starts(assembly: Path) -> None:
    [model] = found(assembly, "one-gpu", "Model")

    assert model["PrimaryContainer"]["Environment"]["OPTION_MAX_MODEL_LEN"] == "8192"


def test_containers_with_adapters_take_them(assembly: Path) -> None:
    models = found(assembly, "pair-with-adapter", "Model")

    environments = [model["PrimaryContainer"]["Environment"] for model in models]
    assert environments[0]["OPTION_ENABLE_LORA"] == "true"
    assert "SM_VLLM_ENABLE_LORA" not in environments[1]


def test_an_update_of_a_large_model_has_time(assembly: Path) -> None:
    [endpoint] = found(assembly, "largest-model", "Endpoint")
    [configuration] = found(assembly, "largest-model", "EndpointConfig")

    [variant] = configuration["ProductionVariants"]
    start = (
        variant["ModelDataDownloadTimeoutInSeconds"]
        + variant["ContainerStartupHealthCheckTimeoutInSeconds"]
    )
    update = endpoint["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert update["MaximumExecutionTimeoutInSeconds"] > start > 3600


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hub-id-sized", "environment.HF_MODEL_ID: got"),
        ("hub-id-plain", "the network has no way to the internet"),
        ("shards-and-adapter", "cannot shard models: DJL removed lmi-dist"),
        (
            "too-many-copies",
            "makes 5 accelerators of the first copies so far, and 1 of ml.g5.12xlarge have 4",
        ),
    ],
)
def test_what_cannot_work_is_refused(name: str, message: str) -> None:
    [line] = faults(str(CASES / f"{name}.yaml"))

    assert message in line


def test_a_model_is_sharded_by_an_image_that_can(tmp_path: Path) -> None:
    text = (CASES / "shards-and-adapter.yaml").read_text("utf-8")
    file = tmp_path / "shards-and-adapter.yaml"
    text = text.replace('            version: "0.34.0"\n', "")
    file.write_text(text, "utf-8")
    [line] = faults(str(file))
    assert "components[0].adapters: " in line
    assert "excludes fast_model_loader" in line

    file.write_text(text.split("          adapters:")[0], "utf-8")
    [environment] = load_environments(files=[str(file)])
    [(_, model)] = block_of(environment, "inference").models()
    assert ":0.33.0-lmi15.0.0-cu128" in model.resolve(["ml.g5.12xlarge"]).image
