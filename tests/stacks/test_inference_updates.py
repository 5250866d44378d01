"""How long updates of endpoints may take, and what their settings turn off."""

from pathlib import Path

import pytest

from stacks.inference.component_mapping import component_of
from stacks.inference.component_settings import InferenceComponentsSettings
from stacks.inference.mapping import alarms_of, instances_of, traffic_shift_of
from stacks.inference.real_time_settings import RealTimeSettings
from stacks.loading import load_environments
from tests.bad_settings import BASE, write
from tests.support import ROOT, block_of

CASES = ROOT / "tests" / "fixtures" / "inference"


def test_the_limit_of_an_update_follows_the_time_outs_of_a_model() -> None:
    [environment] = load_environments(files=[str(CASES / "largest-model.yaml")])
    [endpoint] = block_of(environment, "inference").endpoints
    assert isinstance(endpoint, RealTimeSettings)
    instances = instances_of(endpoint, [endpoint], region="us-east-1")

    shift = traffic_shift_of(endpoint.deployment, instances)

    download = instances.model_data_download_timeout_seconds
    startup = instances.container_startup_timeout_seconds
    assert download is not None
    assert startup is not None
    assert download + startup > 3600
    assert shift.max_minutes * 60 > download + startup + 2 * shift.wait_seconds


def test_the_limit_of_a_component_allows_for_each_batch() -> None:
    [environment] = load_environments(files=[str(CASES / "pair-with-adapter.yaml")])
    [endpoint] = block_of(environment, "inference").endpoints
    assert isinstance(endpoint, InferenceComponentsSettings)

    component = component_of(endpoint.components[0], endpoint, region="us-east-1")

    shift = component.traffic_shift
    assert shift is not None
    download = component.model_data_download_timeout_seconds
    startup = component.container_startup_timeout_seconds
    assert download is not None
    assert startup is not None
    assert shift.max_minutes * 60 > 2 * (download + startup + shift.wait_seconds)


def test_alarms_and_rollback_are_turned_off(tmp_path: Path) -> None:
    text = (
        f"{BASE}inference:\n  endpoints:\n    - name: churn\n      instance_type: ml.m7i.large\n"
        "      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.0\n"
        "      alarms: {server_errors_per_minute: none, latency_ms: none}\n"
        "      deployment: {rollback_alarms: false}\n"
    )
    [environment] = load_environments(files=[write(tmp_path, text)])
    [endpoint] = block_of(environment, "inference").endpoints

    assert alarms_of(endpoint.alarms).server_errors_per_minute is None
    assert alarms_of(endpoint.alarms).latency_ms is None
    shift = traffic_shift_of(endpoint.deployment)
    assert not shift.rollback
    assert shift.max_minutes == 60


def warnings_of(text: str, folder: Path) -> list[str]:
    [environment] = load_environments(files=[write(folder, text)])
    [inference] = [one for one in environment.capabilities if one.key == "inference"]
    return list(inference.warnings())


def components(instances: str, *models: str) -> str:
    lines = "\n".join(
        f"        - {{name: m{number}, model_data: s3://models/m/, {model}}}"
        for number, model in enumerate(models)
    )
    return (
        f"{BASE}inference:\n  endpoints:\n    - name: shared\n      type: inference_components\n"
        f"      {instances}\n      components:\n{lines}\n"
    )


EIGHT = "large_model: {server: vllm, parameters_billions: 8.03}"
OWN = "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/llm:1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            components("instance_type: ml.g5.2xlarge", EIGHT),
            "endpoints[0].components[0].copies: an update of m0 starts 1 new copy before it "
            "stops old ones, and 1 x ml.g5.2xlarge cannot hold it next to 1 copy, so the update "
            "would fail. Set instance_count to 2 or more",
            id="one copy fills the only instance",
        ),
        pytest.param(
            components(
                "instance_type: ml.g5.12xlarge\n      instance_scaling: {max_instances: 1}",
                f"{EIGHT}, copies: 2, autoscaling: {{min_copies: 1, max_copies: 4, "
                "concurrent_requests_per_copy: 5}",
            ),
            "starts 2 new copies before it stops old ones, and 1 x ml.g5.12xlarge cannot hold "
            "them next to 4 copies, which autoscaling allows",
            id="autoscaling may fill the instances",
        ),
        pytest.param(
            components(
                "instance_type: ml.g5.12xlarge",
                f"{OWN}, compute: {{accelerators: 3, min_memory_mb: 1024}}",
                f"{OWN}, compute: {{accelerators: 1, min_memory_mb: 1024}}",
            ),
            "components[0].copies: an update of m0",
            id="another component has the rest",
        ),
        pytest.param(
            components(
                "instance_type: ml.g5.12xlarge", f"{EIGHT}, deployment: {{max_minutes: 20}}"
            ),
            "components[0].deployment.max_minutes: 20 minutes are less than the",
            id="time limit of a component",
        ),
        pytest.param(
            f"{BASE}inference:\n  endpoints:\n    - name: chat\n      {EIGHT}\n"
            "      model_data: s3://models/m/\n      instance_type: ml.g5.2xlarge\n"
            "      deployment: {max_minutes: 30}\n",
            "inference.endpoints[0].deployment.max_minutes: 30 minutes are less than the",
            id="time limit of an endpoint",
        ),
        pytest.param(
            f"{BASE}inference:\n  endpoints:\n    - name: chat\n      {OWN}\n"
            "      instance_type: ml.g5.2xlarge\n      container_startup_timeout_seconds: 3600\n"
            "      deployment: {max_minutes: 60}\n",
            "Use 85 or more, or remove the line",
            id="time limit and time-outs that are given",
        ),
    ],
)
def test_an_update_that_cannot_succeed_causes_a_warning(
    text: str, message: str, tmp_path: Path
) -> None:
    [warning] = [one for one in warnings_of(text, tmp_path) if message in one]

    assert warning.startswith("inference.endpoints[0].")


@pytest.mark.parametrize(
    "text",
    [
        components("instance_type: ml.g5.2xlarge\n      instance_count: 2", EIGHT),
        components("instance_type: ml.g5.12xlarge", EIGHT, EIGHT),
        components(
            "instance_type: ml.g5.2xlarge\n      instance_scaling: {max_instances: 2}", EIGHT
        ),
        f"{BASE}inference:\n  endpoints:\n    - name: churn\n      {OWN}\n"
        "      instance_type: ml.m7i.large\n      deployment: {max_minutes: 60}\n",
    ],
)
def test_an_update_with_room_and_time_causes_none(text: str, tmp_path: Path) -> None:
    assert warnings_of(text, tmp_path) == []
