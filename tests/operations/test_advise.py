"""Advice on instance types: what fits, in which order, why not, and what to paste."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from operations.advise.advice import Advice, advise, training_gib
from operations.advise.measurement import measure
from operations.advise.needs import Needs
from operations.advise.report import snippet
from operations.advise.tasks import TASKS, Task
from sagemaker_platform.catalog.model_figures import read_figures
from sagemaker_platform.catalog.prices import PriceList
from stacks.loading import load_environments
from stacks.sagemaker_api import instance_types
from tests.bad_settings import BASE
from tests.operations import program

# Llama 3.1 8B, as its config.json says.
CONFIG = {
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "max_position_embeddings": 131072,
    "torch_dtype": "bfloat16",
}


def ask(task: Task, **needs: Any) -> dict[str, Advice]:
    """Return the advice by instance type, in its order."""
    found = advise(Needs(task=task, region="us-east-1", **needs), PriceList.shipped())
    return {one.instance_type: one for one in found}


def fitting(found: dict[str, Advice]) -> list[Advice]:
    return [one for one in found.values() if not one.reason]


def test_cheapest_comes_first_and_unpriced_last() -> None:
    found = fitting(ask("real_time", parameters_billions=8))
    priced = [one.usd for one in found if one.usd is not None]

    assert priced == sorted(priced)
    assert [one.usd is None for one in found] == sorted(one.usd is None for one in found)
    assert found[0].instance_type == "ml.g6.2xlarge"


def test_price_is_of_the_task_and_hours() -> None:
    whole = ask("real_time", parameters_billions=8)["ml.g5.2xlarge"].usd
    part = ask("real_time", parameters_billions=8, hours=73)["ml.g5.2xlarge"].usd

    # 1.515 USD per hour of hosting in us-east-1.
    assert whole == pytest.approx(1.515 * 730)
    assert part == pytest.approx(1.515 * 73)
    # No price of hosting stands in for one of another task.
    assert ask("real_time", parameters_billions=8)["ml.g5.2xlarge"].usd != (
        ask("hyperpod", parameters_billions=8)["ml.g5.2xlarge"].usd
    )


@pytest.mark.parametrize(
    ("task", "needs", "name", "reason"),
    [
        ("real_time", {"parameters_billions": 70}, "ml.g5.2xlarge", "needs 156 GiB"),
        ("real_time", {"parameters_billions": 8}, "ml.m5.xlarge", "no NVIDIA accelerators"),
        ("real_time", {"parameters_billions": 7}, "ml.g4dn.xlarge", "does not compute bf16"),
        (
            "real_time",
            {"parameters_billions": 8, "tokens_per_second": 30},
            "ml.g6.2xlarge",
            "gets 19 tokens per second at the most",
        ),
        ("real_time", {"vcpus": 8}, "ml.c7i.large", "has 2 vCPUs, of 8"),
        ("real_time", {}, "ml.g5.xlarge", "has accelerators, which nothing asks for"),
        ("real_time", {"memory_gib": 64}, "ml.c7i.large", "has 4 GiB of memory, of 64"),
        ("studio", {"data_gib": 48}, "ml.m7i.2xlarge", "has 32 GiB of memory, of 64"),
        ("studio", {"parameters_billions": 70}, "ml.g5.xlarge", "lora needs"),
        ("training", {"parameters_billions": 8}, "ml.p2.xlarge", "too old"),
        ("training", {"parameters_billions": 8}, "ml.g4dn.xlarge", "does not compute bf16"),
        (
            "training",
            {"parameters_billions": 8, "method": "full"},
            "ml.g5.2xlarge",
            "full takes 8 of them, and their network has 10 Gbps, of 100",
        ),
        (
            "training",
            {"parameters_billions": 8, "max_usd": 10},
            "ml.p4d.24xlarge",
            "USD per month, of 10",
        ),
        ("serverless", {"memory_gib": 3}, "2048 MB", "has 2 GiB, of 4.0"),
        ("serverless", {"accelerators": 1}, "6144 MB", "no accelerators"),
    ],
)
def test_reason(task: Task, needs: dict[str, Any], name: str, reason: str) -> None:
    assert reason in ask(task, **needs)[name].reason


def test_memory_of_a_model_is_shown() -> None:
    figures = read_figures(CONFIG)
    one = ask("real_time", parameters_billions=8.03, figures=figures, concurrency=8)

    # 24 GB: 22.35 GiB, nine tenths usable, weights 15 GiB, 2 GiB of overhead: 3.2 GiB hold
    # 25,900 tokens at 128 KiB each, so 3 requests of 8192, and 8 need three instances.
    assert one["ml.g5.2xlarge"].arithmetic == (
        "weights 15.0 GiB bf16 on 1 of NVIDIA A10G; up to 37 tokens per second for one request; "
        "3.2 GiB of each for the cache: 3 requests of 8192 tokens"
    )
    assert one["ml.g5.2xlarge"].count == 3
    assert one["ml.g6e.2xlarge"].count == 1


def test_training_memory_follows_the_method() -> None:
    # 8 billion parameters: 16 bytes each, and a fifth for activations.
    assert training_gib(8, "bf16", "full") == pytest.approx(8e9 * 16 * 1.2 / 2**30)
    assert training_gib(8, "bf16", "lora") == pytest.approx(8e9 * (2 + 0.32) * 1.2 / 2**30)
    assert training_gib(8, "bf16", "qlora") < training_gib(8, "bf16", "lora")


@pytest.mark.parametrize("task", [task for task in TASKS if task != "training"])
@pytest.mark.parametrize("parameters", [None, 8])
def test_settings_to_paste_are_valid(task: Task, parameters: float | None, tmp_path: Path) -> None:
    if task == "serverless" and parameters:
        return
    needs = Needs(task=task, region="us-east-1", parameters_billions=parameters)
    first = fitting(ask(task, parameters_billions=parameters))[0]
    file = tmp_path / "base.yaml"
    file.write_text(f"{BASE}{snippet(needs, first)}\n", "utf-8")

    [environment] = load_environments(files=[str(file)])

    assert environment.name == "base"
    # YAML, or a comment that says why there is none.
    assert first.instance_type.removesuffix(" MB") in file.read_text("utf-8")


def test_training_is_told_in_words_of_the_sdk() -> None:
    needs = Needs(task="training", region="us-east-1", parameters_billions=8)
    first = fitting(ask("training", parameters_billions=8))[0]

    assert snippet(needs, first).startswith(f'Compute(instance_type="{first.instance_type}"')


def measured(**needs: Any) -> dict[str, Mapping[str, Any]]:
    """Return the steps of a measurement; each fits the API of SageMaker."""
    steps = measure(
        Needs(task="real_time", region="eu-west-1", **needs),
        fitting(ask("real_time", **needs)),
    )
    model = boto3.client("sagemaker", region_name="us-east-1").meta.service_model
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    for operation, body in steps:
        shape = model.operation_model(operations[operation]).input_shape
        fault = ParamValidator().validate(body, shape)
        assert not fault.has_errors(), fault.generate_report()
    return dict(steps)


def test_other_models_are_measured_by_inference_recommender() -> None:
    [(operation, body)] = measured().items()

    assert operation == "create-inference-recommendations-job"
    assert len(body["InputConfig"]["EndpointConfigurations"]) == 3
    assert ":eu-west-1:" in body["InputConfig"]["ModelPackageVersionArn"]


def test_language_models_have_a_workload_a_recommendation_and_a_benchmark() -> None:
    found = measured(parameters_billions=8, context=4096, tokens_per_second=10)

    assert list(found) == [
        "create-ai-workload-config",
        "create-ai-recommendation-job",
        "create-ai-benchmark-job",
    ]
    workload = found["create-ai-workload-config"]
    spec = json.loads(workload["AIWorkloadConfigs"]["WorkloadSpec"]["Inline"])
    assert spec["parameters"]["prompt_input_tokens_mean"] == 3072
    assert spec["parameters"]["output_tokens_mean"] == 1024
    job = found["create-ai-recommendation-job"]
    assert set(job["ComputeSpec"]["InstanceTypes"]) <= set(
        instance_types("AIRecommendationInstanceType")
    )
    assert job["PerformanceTarget"] == {"Constraints": [{"Metric": "throughput"}]}
    name = workload["AIWorkloadConfigName"]
    assert job["AIWorkloadConfigIdentifier"] == name
    assert found["create-ai-benchmark-job"]["AIWorkloadConfigIdentifier"] == name


def test_only_endpoints_are_measured() -> None:
    assert measure(Needs(task="training", region="us-east-1", parameters_billions=8), []) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--concurrency", "3"], "--concurrency requires --model"),
        (["--tokens-per-second", "3"], "--tokens-per-second requires --parameters"),
        (["--dtype", "bf8", "--parameters", "8"], "--dtype: got bf8; must be one of fp32, bf16"),
        (["--parameters", "-1"], "--parameters: got -1.0; must be above zero"),
        (["--hours", "0"], "--hours: got 0.0; must be above zero"),
        (["--model", "none.json"], "none.json: cannot be read: No such file or directory"),
    ],
)
def test_bad_needs(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run("advise", "real_time", *arguments) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", ":1: is not valid JSON"),
        ("[]", "must be the config.json of a model"),
        ("{}", "must have num_attention_heads"),
    ],
)
def test_bad_model(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.json"
    file.write_text(text, "utf-8")

    assert program.run("advise", "real_time", "--model", file) == 1
    assert message in capsys.readouterr().err


def test_verb_prints_table_snippet_and_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run("advise", "real_time", "--parameters", 8, "--all") == 0
    out = capsys.readouterr().out

    assert " ".join(out.split()[:7]) == "instance type count USD/month how it fits"
    assert "have no recorded price for real_time in us-east-1" in out
    assert "To use the first:\n\ninference:\n  endpoints:" in out
    command = shlex.split(out.partition("To measure it:\n\n")[2].partition("\n")[0])
    assert command[:3] == ["aws", "sagemaker", "create-ai-workload-config"]
    assert "why not" in out


def test_verb_prints_json_and_fails_where_nothing_fits(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run("advise", "serverless", "--memory", 30, "--json") == 1
    found = json.loads(capsys.readouterr().out)

    assert found["fitting"] == []
    assert found["excluded"][0] == {
        "instance_type": "1024 MB",
        "reason": "has 1 GiB, of 40.0",
    }
