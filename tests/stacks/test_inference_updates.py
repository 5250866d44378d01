"""How long updates of endpoints may take, and what their settings turn off."""

from pathlib import Path

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
    instances = instances_of(endpoint, endpoint, region="us-east-1")

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
