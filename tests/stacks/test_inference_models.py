"""What the settings of a model become in the template."""

from pathlib import Path
from typing import Any

import pytest

from stacks.inference.model_settings import ModelSettings
from stacks.loading import load_environments
from tests.support import ROOT, block_of, stack

EXAMPLE = ROOT / "examples" / "inference-models.yaml"
ECR = "dkr.ecr.eu-west-1.amazonaws.com"


@pytest.fixture(scope="module")
def containers(examples: Path) -> dict[str, dict[str, Any]]:
    """The container of each endpoint of the example, by the endpoint's name."""
    found = {}
    for name, resource in stack(examples, "inference-models/inference").resources().items():
        if resource["Type"] == "AWS::SageMaker::Model":
            endpoint = name.removeprefix("Endpoint").split("Model")[0]
            found[endpoint] = resource["Properties"]["PrimaryContainer"]
    return found


def test_a_framework_is_an_image_of_the_region(containers: dict[str, dict[str, Any]]) -> None:
    assert containers["churn"]["Image"] == f"141502667606.{ECR}/sagemaker-xgboost:3.2-0"
    assert f".{ECR}/pytorch-inference-arm64:2.6.0-" in containers["vision"]["Image"]


def test_a_single_file_is_not_unpacked(containers: dict[str, dict[str, Any]]) -> None:
    assert containers["vision"]["ModelDataSource"]["S3DataSource"] == {
        "S3Uri": "s3://example-models/vision/model.pt",
        "S3DataType": "S3Object",
        "CompressionType": "None",
    }
    churn = containers["churn"]["ModelDataSource"]["S3DataSource"]
    assert churn["CompressionType"] == "Gzip"


def test_a_large_model_is_set_up_for_its_instance_type(
    containers: dict[str, dict[str, Any]],
) -> None:
    assert f".{ECR}/vllm:0.30.0-gpu-" in containers["assistant"]["Image"]
    assert containers["assistant"]["Environment"] == {
        "SM_VLLM_TENSOR_PARALLEL_SIZE": "1",
        "SM_VLLM_MAX_MODEL_LEN": "16384",
        "SM_VLLM_DTYPE": "bfloat16",
    }
    assert containers["writer"]["Environment"] == {
        "OPTION_TENSOR_PARALLEL_DEGREE": "4",
        "OPTION_MAX_MODEL_LEN": "8192",
        "OPTION_MAX_ROLLING_BATCH_SIZE": "64",
        "SERVING_FAIL_FAST": "true",
    }


def test_a_version_of_a_registry_is_named_and_nothing_else(
    containers: dict[str, dict[str, Any]],
) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:{}:model-package/{}"
    assert containers["fraud"] == {"ModelPackageName": arn.format("444444444444", "fraud/12")}
    assert containers["demand"] == {"ModelPackageName": arn.format("121212121212", "demand/7")}


def test_the_role_reads_what_the_version_says(examples: Path) -> None:
    resources = stack(examples, "inference-models/inference").resources()
    [policy] = [
        resource["Properties"]["PolicyDocument"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and name.startswith("EndpointfraudModel")
    ]
    text = str(policy)
    assert "models-of-the-registry/fraud/12/model.tar.gz" in text
    assert "141502667606:repository/sagemaker-xgboost" in text
    assert "1234abcd-12ab-34cd-56ef-1234567890ab" in text


def test_a_hub_gives_access_to_licensed_models(containers: dict[str, dict[str, Any]]) -> None:
    source = containers["chat"]["ModelDataSource"]["S3DataSource"]
    assert source["ModelAccessConfig"] == {"AcceptEula": True}
    assert source["HubAccessConfig"]["HubContentArn"].endswith(
        "/approved-models/ModelReference/meta-textgeneration-llama-3-1-8b-instruct/2.5.0"
    )
    assert containers["chat"]["Environment"] == {
        "ENDPOINT_SERVER_TIMEOUT": "3600",
        "OPTION_ROLLING_BATCH": "vllm",
        "OPTION_TENSOR_PARALLEL_DEGREE": "1",
    }


def model(name: str) -> ModelSettings:
    [environment] = load_environments(files=[str(EXAMPLE)])
    models = block_of(environment, "inference").models()
    [found] = [one for _, one in models if getattr(one, "name", None) == name]
    assert isinstance(found, ModelSettings)
    return found


def test_a_hub_says_what_differs_by_instance_type() -> None:
    found = model("chat").resolve(["ml.g5.12xlarge"])
    assert found.environment["OPTION_TENSOR_PARALLEL_DEGREE"] == "4"


def test_settings_that_no_file_gave_cannot_be_resolved() -> None:
    image = f"123456789012.{ECR}/ml/churn:1"
    with pytest.raises(ValueError, match="expected settings that were read from a file"):
        ModelSettings(image=image).resolve()


def test_shards_are_made_before_the_model_that_loads_them(examples: Path) -> None:
    resources = stack(examples, "inference-models/inference").resources()
    parts = {
        name: resource
        for name, resource in resources.items()
        if resource["Type"] == "Custom::FastModelLoader"
    }
    [(last, properties)] = [
        (name, part["Properties"])
        for name, part in parts.items()
        if part["Properties"]["Part"] == part["Properties"]["Parts"]
    ]
    [shared] = [
        resource
        for name, resource in resources.items()
        if resource["Type"] == "AWS::SageMaker::Model" and name.startswith("Endpointshared")
    ]
    assert last in shared["DependsOn"]
    container = shared["Properties"]["PrimaryContainer"]
    assert container["ModelDataSource"]["S3DataSource"]["S3Uri"] == properties["OutputUri"]
    assert container["Environment"]["OPTION_LOAD_FORMAT"] == "sagemaker_fast_model_loader"
    [component] = [
        resource["Properties"]["Specification"]
        for resource in resources.values()
        if resource["Type"] == "AWS::SageMaker::InferenceComponent"
    ]
    compute = component["ComputeResourceRequirements"]
    assert compute["NumberOfAcceleratorDevicesRequired"] == int(
        container["Environment"]["OPTION_TENSOR_PARALLEL_DEGREE"]
    )
    assert "NumberOfCpuCoresRequired" not in compute


def test_nothing_is_made_for_shards_where_there_are_none(examples: Path) -> None:
    resources = stack(examples, "inference-complete/inference").resources()
    assert not [name for name in resources if name.startswith("Shards")]
