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
    "hub-model",
    "largest-model",
    "multi-model-trees",
    "one-copy",
    "one-gpu",
    "other-servers",
    "pair-with-adapter",
    "pool-degrees",
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
        ("hub-model", [None, CUDA_13, CUDA_13]),
        ("pool-degrees", [CUDA_13] * 3),
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


def test_a_model_of_a_hub_gets_what_its_document_asks_for(assembly: Path) -> None:
    configurations = found(assembly, "hub-model", "EndpointConfig")
    models = found(assembly, "hub-model", "Model")
    [component] = found(assembly, "hub-model", "InferenceComponent")

    trees, pool, shared = (one["ProductionVariants"][0] for one in configurations)
    assert trees["VolumeSizeInGB"] == 256
    assert trees["ModelDataDownloadTimeoutInSeconds"] == 1800
    assert trees["ContainerStartupHealthCheckTimeoutInSeconds"] == 1200
    # Disks of its own.
    assert "VolumeSizeInGB" not in pool
    assert "ModelDataDownloadTimeoutInSeconds" not in shared
    environments = [model["PrimaryContainer"]["Environment"] for model in models[1:]]
    degrees = [one["OPTION_TENSOR_PARALLEL_DEGREE"] for one in environments]
    assert degrees == ["4", "8", "4", "8"]
    isolated = [model.get("EnableNetworkIsolation") for model in models]
    assert isolated == [True, None, None, True, True]
    computes = [one["ComputeResourceRequirements"] for one in component["Specifications"]]
    assert computes == [
        {"MinMemoryRequiredInMb": 34360, "NumberOfAcceleratorDevicesRequired": 4},
        {"MinMemoryRequiredInMb": 98304, "NumberOfAcceleratorDevicesRequired": 8},
    ]
    alarms = [
        one
        for one in stack(assembly, "hub-model/inference").resources().values()
        if one["Type"] == "AWS::CloudWatch::Alarm"
        and one["Properties"]["MetricName"] == "NoCapacityInvocationFailures"
    ]
    assert not alarms


def test_each_type_of_a_pool_gets_its_degree(assembly: Path) -> None:
    chat, slow, shared = found(assembly, "pool-degrees", "EndpointConfig")
    models = found(assembly, "pool-degrees", "Model")
    [component] = found(assembly, "pool-degrees", "InferenceComponent")

    environments = [model["PrimaryContainer"]["Environment"] for model in models]
    degrees = [
        one.get("OPTION_TENSOR_PARALLEL_DEGREE") or one["SM_VLLM_TENSOR_PARALLEL_SIZE"]
        for one in environments
    ]
    assert degrees == ["4", "1", "4", "1", "1", "2"]
    for configuration in (chat, slow):
        first, second = configuration["ProductionVariants"][0]["InstancePools"]
        assert "ModelNameOverride" not in first
        assert second["ModelNameOverride"]
    assert "ModelName" not in shared["ProductionVariants"][0]
    names = [str(one["ModelName"]) for one in component["Specifications"]]
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hub-id-sized", "environment.HF_MODEL_ID: got"),
        ("hub-id-plain", "the network has no internet access"),
        ("shards-and-adapter", "cannot shard models: DJL removed lmi-dist"),
        (
            "too-many-copies",
            "raises the first copies to 5 accelerators, but 1 x ml.g5.12xlarge have 4",
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
    assert "must not be combined with fast_model_loader" in line

    file.write_text(text.split("          adapters:")[0], "utf-8")
    [environment] = load_environments(files=[str(file)])
    [(_, model)] = block_of(environment, "inference").models()
    assert ":0.33.0-lmi15.0.0-cu128" in model.resolve(["ml.g5.12xlarge"]).image
