"""Endpoints in a settings file: what they make together."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bad_settings import BASE, write
from tests.support import StackTemplate, stack, synthesized

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ml/model:1"
TEXT = (
    BASE.replace("eu-west-1", "us-east-1").replace("name: base", "name: team")
    + f"""\
personas:
  ml_engineer: {{}}
  model_approver: {{}}
  caller:
    activities: [invoke_endpoints]
inference:
  endpoints:
    - name: llm
      type: inference_components
      # Its list price is recorded: 7.09 dollars an hour.
      instance_type: ml.g5.12xlarge
      components:
        - name: chat
          image: {IMAGE}
          compute: {{accelerators: 2, min_memory_mb: 4096}}
    - name: docs
      type: asynchronous
      image: {IMAGE}
      instance_type: ml.g5.12xlarge
    - name: credit
      image: {IMAGE}
      instance_type: ml.m7i.large
      data_capture:
        redaction:
          file: examples/inference-redaction.py
      explainer:
        shap_baseline_uri: s3://example-models/credit/baseline.csv
        number_of_samples: 100
        text_features: {{language: en, granularity: sentence}}
        inference:
          feature_types: [text]
          max_payload_in_mb: 3
    - name: plain
      image: {IMAGE}
      instance_type: ml.m7i.large
      data_capture: {{}}
"""
)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inference")
    file = write(folder, TEXT, "team")
    return synthesized(folder / "out", file)


@pytest.fixture(scope="module")
def inference(assembly: Path) -> StackTemplate:
    return stack(assembly, "team/inference")


def configuration(inference: StackTemplate, part: str) -> dict[str, Any]:
    """Return the configuration of an endpoint, by the beginning of its id."""
    [found] = [
        resource["Properties"]
        for name, resource in inference.resources().items()
        if resource["Type"] == "AWS::SageMaker::EndpointConfig" and name.startswith(part)
    ]
    return dict(found)


def test_who_may_call_puts_requests_and_fetches_results(inference: StackTemplate) -> None:
    [policy] = [
        policy["PolicyDocument"]["Statement"]
        for policy in inference.of_type("AWS::S3::BucketPolicy")
        if "docs/input" in json.dumps(policy)
    ]
    given = [one for one in policy if one["Action"] in ("s3:PutObject", "s3:GetObject")]
    assert [one["Action"] for one in given] == ["s3:PutObject", "s3:GetObject"]
    for one in given:
        callers = json.dumps(one["Principal"])
        # Built in and of the team's own; not those who approve.
        assert callers.count("PublishOutput") == 2
        assert "MlEngineer" in callers
        assert "Caller" in callers
    assert "/output/*" in json.dumps(given[1]["Resource"])
    assert "/input/*" not in json.dumps(given[1]["Resource"])


def test_who_may_call_uses_the_key_through_s3_alone(assembly: Path) -> None:
    policies = [
        policy
        for policy in stack(assembly, "team/access").of_type("AWS::IAM::ManagedPolicy")
        if "InvokeEndpointAsync" in json.dumps(policy)
    ]
    assert len(policies) == 2
    for policy in policies:
        [allow] = [
            one
            for one in policy["PolicyDocument"]["Statement"]
            if one["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
        ]
        assert allow["Condition"] == {
            "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
        }


def test_a_copy_costs_its_share_of_an_instance(inference: StackTemplate) -> None:
    bodies = {
        name: json.dumps(resource["Properties"]["DashboardBody"])
        for name, resource in inference.resources().items()
        if resource["Type"] == "AWS::CloudWatch::Dashboard"
    }
    [components] = [body for name, body in bodies.items() if name.startswith("Endpointllm")]
    # Two of four accelerators.
    assert f"{round(7.09 / 2 / 60 * 1000, 6)} / m0" in components
    # AWS lists the price of asynchronous instances apart, and it is not recorded.
    [queue] = [body for name, body in bodies.items() if name.startswith("Endpointdocs")]
    assert "Cost per thousand" not in queue


def test_redacted_requests_are_captured_in_another_bucket(inference: StackTemplate) -> None:
    where = {
        name: json.dumps(configuration(inference, name)["DataCaptureConfig"]["DestinationS3Uri"])
        for name in ("Endpointcredit", "Endpointplain")
    }
    assert "Redaction" in where["Endpointcredit"]
    assert "Captures" in where["Endpointplain"]
    [function] = [
        one
        for one in inference.of_type("AWS::Lambda::Function")
        if "capture_redaction" in one["Handler"]
    ]
    assert "Captures" in json.dumps(function["Environment"]["Variables"]["READABLE_BUCKET"])


def test_explanations_are_configured_and_their_baseline_is_read(
    inference: StackTemplate,
) -> None:
    found = configuration(inference, "Endpointcredit")["ExplainerConfig"]

    assert found["ClarifyExplainerConfig"] == {
        "ShapConfig": {
            "ShapBaselineConfig": {
                "MimeType": "text/csv",
                "ShapBaselineUri": "s3://example-models/credit/baseline.csv",
            },
            "NumberOfSamples": 100,
            "TextConfig": {"Language": "en", "Granularity": "sentence"},
        },
        "InferenceConfig": {"FeatureTypes": ["text"], "MaxPayloadInMB": 3},
    }
    reads = json.dumps(inference.of_type("AWS::IAM::ManagedPolicy"))
    assert "s3:::example-models/credit/baseline.csv" in reads
